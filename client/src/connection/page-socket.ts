/**
 * The part of socket.io's protocol that a page speaks, over the page's WebSocket: text packets in one namespace. socket.io-client
 * weighs 13 kB in a page with the transports that are never tried here, two thirds of what the whole client may weigh.
 */
import {
  CLIENT_MARK,
  CLIENT_PATH,
  FrameError,
  readHandshake,
  readShape,
  readTurnedAway,
  unexpected,
} from '@celeriac/protocol/calling';
import type { Timer } from '@celeriac/runtime';
import { deadline } from '@celeriac/runtime/calling';
import { comesFirst } from '../values/devalue-comes.ts';
import type { OpenSocketLink } from './socket-link.ts';

/** An event or the answer to one: `42["name",…]`, `4312[…]`. */
const NUMBERED = /^..(\d*)(\[.*)$/s;

/** @internal */
export const openSocket: OpenSocketLink = ({ url, clock, names, hello }, events) => {
  const { origin, pathname } = new URL(url);
  const place = origin.replace(/^http/, 'ws') + pathname.replace(/\/+$/, '') + CLIENT_PATH;
  const socket = new WebSocket(`${place}/?${CLIENT_MARK}=1&EIO=4&transport=websocket`);
  const answers = new Map<number, (said: unknown) => void>();
  let asked = 0;
  const early: string[] = [];
  let stage: 'dialled' | 'open' | 'connected' = 'dialled';
  let silenceMs = 0;
  let silence: Timer | undefined;
  let silentAt = 0;
  let turn: Promise<void> | undefined;

  const close = (): void => {
    silence?.cancel();
    if (stage === 'connected') socket.send('41');
    stage = 'dialled';
    socket.onmessage = socket.onerror = socket.onclose = null;
    socket.close();
  };
  const end = (why: string, details?: unknown): void => {
    close();
    events.ended(why, details);
  };
  const fail = (message: string, facts: object): void => {
    close();
    events.failed(Object.assign(new Error(message), facts));
  };
  const listen = (): void => {
    silence?.cancel();
    silentAt = clock.now() + silenceMs;
    silence = deadline(clock, silenceMs, () => end('ping timeout'));
  };

  const carefully = (read: () => void): void => {
    try {
      read();
    } catch (error) {
      end('parse error', error);
    }
  };

  const readHello = (packet: string): void => {
    if (stage !== 'dialled') throw new FrameError('expected one handshake, got a second one');
    const beat = readShape(readHandshake, JSON.parse(packet.slice(1)), 'handshake');
    stage = 'open';
    silenceMs = beat.pingInterval + beat.pingTimeout;
    listen();
    events.opened();
    hello((said) => {
      if (stage === 'open') socket.send(`40${JSON.stringify(said)}`);
    });
  };
  const readTold = (packet: string): void => {
    if (stage !== 'connected') throw new FrameError('expected nothing before the connection is open');
    const [, number, text] = NUMBERED.exec(packet) ?? [];
    if (text === undefined) throw unexpected('an event or an answer', 'packet', packet);
    const [first, body]: readonly unknown[] = JSON.parse(text);
    if (packet[1] === '3') {
      const answer = answers.get(Number(number));
      answers.delete(Number(number));
      answer?.(first);
    } else {
      const name = names.find((known) => known === first);
      if (name !== undefined) events.said(name, body);
    }
  };
  /** Some values are read by code that comes with the first of them; what is said after it waits too. */
  const readInTurn = (packet: string): void => {
    const first = turn ?? comesFirst(packet);
    if (first === undefined) {
      readTold(packet);
      return;
    }
    const own = first.then(() => {
      if (turn === own) turn = undefined;
      if (stage === 'connected') carefully(() => readTold(packet));
    });
    turn = own;
  };
  const read = (packet: unknown): void => {
    if (typeof packet !== 'string') throw new FrameError('expected packets of text, got bytes');
    const kind = packet.slice(0, packet[0] === '4' ? 2 : 1);
    if (kind === '42' || kind === '43') readInTurn(packet);
    else if (kind === '2') {
      // Are you there?
      socket.send('3');
      listen();
    } else if (kind === '0') readHello(packet);
    else if (kind === '40') {
      stage = 'connected';
      for (const said of early.splice(0)) socket.send(said);
    } else if (kind === '1') end('transport close');
    else if (kind === '41') end('io server disconnect');
    else if (kind === '44') {
      const said: unknown = JSON.parse(packet.slice(2));
      const { message } = readShape(readTurnedAway, said, 'refusal');
      fail(message, { data: Reflect.get(Object(said), 'data') });
    } else if (kind !== '3' && kind !== '6') throw unexpected('of a known type', 'packet', packet);
  };

  socket.onmessage = ({ data }: MessageEvent) => carefully(() => read(data));
  socket.onerror = (event: Event) =>
    stage === 'dialled' ? fail('websocket error', { description: event }) : end('transport error', event);
  socket.onclose = (event: CloseEvent) => end('transport close', { context: event });

  return {
    emit: (name, body, answer) => {
      if (answer !== undefined) answers.set(asked, answer);
      const said = `42${answer === undefined ? '' : asked++}${JSON.stringify([name, body])}`;
      if (stage !== 'connected') early.push(said);
      // Timers stand still while a machine sleeps: what is written first tells that the other end has long gone.
      else if (clock.now() > silentAt) queueMicrotask(() => stage === 'connected' && end('ping timeout'));
      else socket.send(said);
    },
    close,
  };
};
