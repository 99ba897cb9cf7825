/**
 * What socket.io is given to read. It reads some packets unchecked, so that a peer which is no gateway of ours would end the
 * process (`0null`, `44`, `42`), and keeps events that come too early without a bound.
 */
import {
  FrameError,
  readHandshake,
  readShape,
  readTurnedAway,
  unexpected,
} from '@celeriac/protocol/internal';
import { NodeWebSocket } from 'socket.io-client';

/** A WebSocket of Node's, of `ws`: it has the connection below it. */
interface Unreferenced {
  readonly _socket?: { readonly unref?: () => void };
}

/** A bundler has left out what `ws` sends with (webpack gives it an empty `bufferutil`): the platform's own is taken from then on. */
let wsCannotSend = false;

/** In a browser the same name is a transport over the browser's WebSocket. */
export class GuardedWebSocket extends NodeWebSocket {
  #stage: 'dialled' | 'open' | 'connected' = 'dialled';

  /** Which WebSocket it is shows when there is one: `process` may be in a page (Electron), and a page in Node (jsdom). */
  constructor(options: ConstructorParameters<typeof NodeWebSocket>[0]) {
    super({ ...options, autoUnref: false });
  }

  /** A module of Node's that was resolved for a page (Jest) is one that throws; the page has a WebSocket of its own. */
  override createSocket(...dial: Parameters<NodeWebSocket['createSocket']>): unknown {
    if (wsCannotSend) return new WebSocket(dial[0]);
    try {
      return super.createSocket(...dial);
    } catch (error) {
      if (typeof WebSocket === 'undefined') throw error;
      return new WebSocket(dial[0]);
    }
  }

  /** An error thrown here would reach nobody. */
  override doWrite(...written: Parameters<NodeWebSocket['doWrite']>): void {
    if (this.ws === null) return;
    try {
      super.doWrite(...written);
    } catch (error) {
      wsCannotSend = typeof WebSocket !== 'undefined';
      this.onError('cannot send', error instanceof Error ? error : new Error(String(error)));
    }
  }

  protected override onOpen(): void {
    const { _socket: connection }: Unreferenced = this.ws;
    connection?.unref?.();
    super.onOpen();
  }

  protected override onData(data: Parameters<NodeWebSocket['onData']>[0]): void {
    try {
      this.#check(data);
    } catch (error) {
      this.onError('bad packet', error instanceof FrameError ? error : new FrameError(String(error)));
      return;
    }
    super.onData(data);
  }

  #check(data: unknown): void {
    if (typeof data !== 'string') throw new FrameError('expected packets of text, got bytes');
    switch (data[0]) {
      case '0':
        if (this.#stage !== 'dialled') throw new FrameError('expected one handshake, got a second one');
        readShape(readHandshake, JSON.parse(data.slice(1)), 'handshake');
        this.#stage = 'open';
        break;
      case '4':
        this.#checkMessage(data);
        break;
      case '1': // the end
      case '2': // are you there?
      case '3':
      case '6': // nothing
        break;
      default:
        throw unexpected('of a known type', 'packet', data);
    }
  }

  /** What is socket.io's own; the bodies of events and answers are read by the transport. */
  #checkMessage(data: string): void {
    switch (data[1]) {
      case '0': // connected
        this.#stage = 'connected';
        break;
      case '4': // refused
        readShape(readTurnedAway, JSON.parse(data.slice(2)), 'refusal');
        break;
      case '2': // an event
      case '3': // an answer
        if (this.#stage !== 'connected')
          throw new FrameError('expected nothing before the connection is open');
        if (!data.includes('[')) throw unexpected('an event or an answer', 'packet', data);
        break;
      case '1': // the end
        break;
      default:
        throw unexpected('of a known type', 'packet', data);
    }
  }
}
