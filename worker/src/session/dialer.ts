/** Keeps trying to have a connection, for ever, with a backoff. */
import type { TokenSource } from '@celeriac/client';
import { describeFailure } from '@celeriac/protocol/internal';
import type { Clock, MachinePlace, Timer } from '@celeriac/runtime';
import type { Logger } from 'pino';
import { GatewaySocket, type SocketListener } from './gateway-socket.ts';

export interface DialerSettings {
  /** `ws://…/worker`. */
  readonly url: string;
  readonly token: TokenSource;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly log: Logger;
  /** Default: where this process runs. */
  readonly place?: MachinePlace;
  /** Another way to the gateway than a WebSocket; for tests. */
  readonly openSocket?: OpenSocket;
}

/** What a session does with its socket. */
export type SessionSocket = Pick<GatewaySocket, 'backlog' | 'write' | 'close' | 'terminate'>;
/** The listener is called after it has returned, never inside it. */
export type OpenSocket = (url: string, listener: SocketListener) => SessionSocket;

/** The first wait and the longest. Short: a gateway that restarts must be resumed before its leases are given to others. */
const WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;

const openWebSocket: OpenSocket = (url, listener) => new GatewaySocket(url, listener);

export class WorkerDialer {
  readonly #settings: DialerSettings;
  readonly #listen: (token: string | null) => SocketListener;
  #socket: SessionSocket | undefined;
  #retry: Timer | undefined;
  #tries = 0;
  #stopped = false;

  /** @param listen makes the listener of the next socket, which tells of its end by {@link closed} */
  constructor(settings: DialerSettings, listen: (token: string | null) => SocketListener) {
    this.#settings = settings;
    this.#listen = listen;
  }

  get socket(): SessionSocket | undefined {
    return this.#socket;
  }

  /** Connects; returns at once. */
  open(): void {
    void this.#dial();
  }

  /** The connection has proved itself: the next one starts again with the shortest wait. */
  proven(): void {
    this.#tries = 0;
  }

  /** No more attempts; an open socket is left to its owner. Idempotent. */
  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
  }

  closed(): void {
    this.#socket = undefined;
  }

  /** Another connection, after a while. @param reason why there is none */
  again(reason: string): void {
    if (this.#stopped) return;
    const { clock, random, url, log } = this.#settings;
    this.#tries++;
    const waitMs = backoffMs(this.#tries, random());
    // One line for the 1st, 2nd, 4th, 8th … attempt: a gateway that is away for an hour is one screen of log.
    const level = Number.isInteger(Math.log2(this.#tries)) ? 'warn' : 'debug';
    log[level]({ url, tries: this.#tries, waitMs, reason }, 'no connection to the gateway, retrying');
    // Held: a worker that waits for its gateway has nothing else that keeps its process alive.
    this.#retry = clock.after(waitMs, () => void this.#dial(), true);
  }

  async #dial(): Promise<void> {
    const { url, token: source, openSocket } = this.#settings;
    let token: string | null;
    try {
      token = await askToken(source);
    } catch (error) {
      const { name, message } = describeFailure(error);
      return this.again(`no token: ${name}: ${message}`);
    }
    if (this.#stopped) return;
    this.#socket = (openSocket ?? openWebSocket)(url, this.#listen(token));
  }
}

export async function askToken(source: TokenSource): Promise<string | null> {
  return typeof source === 'function' ? await source() : source;
}

/**
 * Doubles up to the longest wait; jitter takes away up to half, so that many workers do not come back at once.
 * @param tries failed attempts so far, from 1
 * @param random from 0 to below 1
 */
export function backoffMs(tries: number, random: number): number {
  const fullMs = Math.min(LONGEST_WAIT_MS, WAIT_MS * 2 ** Math.min(tries - 1, 30));
  return Math.round(fullMs * (1 - random / 2));
}
