/**
 * The worker's session with the gateway; it outlives the sockets it is spoken over.
 *
 *   dialing → opened: hello → welcome: up → closed: dialing again, naming the session to resume
 *
 * A hello that is too long for a first frame: knock → admitted → hello.
 *
 * The session also keeps the lease, since the same beats prove both.
 */

import { PROTOCOL, type RefusedError } from '@celeriac/protocol';
import {
  CLOSE,
  FIRST_FRAME_LIMIT,
  FRAME_LIMIT,
  FrameError,
  type GatewayWorkerFrame,
  readGatewayFrame,
  utf8Bytes,
  type WorkerHello,
  type WorkerRefusal,
  type WorkerVitals,
  type WorkerWelcome,
} from '@celeriac/protocol/internal';
import { deadline, type Timer } from '@celeriac/runtime';
import { HERE } from '@celeriac/runtime/node';
import { type DialerSettings, WorkerDialer } from './dialer.ts';
import { encode, encodeHello } from './frames.ts';
import type { SocketEnd } from './gateway-socket.ts';
import { Heartbeat, type HeartbeatSettings } from './heartbeat.ts';
import { type ClockReading, readClock, SessionLease } from './lease.ts';
import { NameClaim } from './name-claim.ts';
import { refusalOfEnd } from './refusal.ts';
import { TokenRenewal } from './token-renewal.ts';

const WELCOME_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1_000;
const NORMAL_CLOSE = 1000;
/** Bytes that one UTF-16 unit of a payload takes in a frame at most, escaped; and those of the frame around the payload. */
const UNIT_BYTES = 6;
const ENVELOPE_BYTES = 4_096;

export type HelloFacts = Omit<WorkerHello, 'protocol' | 'token' | 'session'>;
export type WorkFrame = Exclude<
  GatewayWorkerFrame,
  readonly ['admitted' | 'welcome' | 'beat' | 'refreshed' | 'refused', unknown]
>;

export interface SessionListener {
  /** What the next hello says. */
  greet(): HelloFacts;
  /** What the next beat says. */
  vitals(): WorkerVitals;
  /** Reports may be written from now on. `resumed`: attempts from before are still ours, except `welcome.lost`. */
  welcomed(welcome: WorkerWelcome, resumed: boolean): void;
  received(frame: WorkFrame): void;
  /**
   * The connection is gone; another one is being made.
   * @param choked a frame of ours was too large
   * @param misread why the gateway could not read a frame of ours, where that is what it is gone for
   */
  lost(reason: string, choked: boolean, misread: string | undefined): void;
  /** The gateway has not confirmed our lease in time. The connection has been dropped, to agree anew on what we hold. */
  leaseLost(): void;
}

export interface SessionSettings extends DialerSettings, HeartbeatSettings {
  /** The gateway refuses this worker. @returns whether to try again all the same */
  readonly refused: (error: RefusedError) => boolean;
}

export class Session {
  readonly #settings: SessionSettings;
  readonly #listener: SessionListener;
  readonly #dialer: WorkerDialer;
  readonly #lease: SessionLease;
  readonly #token: TokenRenewal;
  readonly #name: NameClaim;
  #welcome: WorkerWelcome | undefined;
  #up = false;
  #closing = false;
  #helloSent: ClockReading | undefined;
  /** Of this connection, while it waits to be admitted. */
  #knocked: { readonly token: string | null } | undefined;
  #patience: Timer | undefined;
  #heartbeat: Heartbeat | undefined;
  #refusal: WorkerRefusal | undefined;
  #onClosed: (() => void) | undefined;

  constructor(settings: SessionSettings, listener: SessionListener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#lease = new SessionLease(settings.clock, () => this.#loseLease());
    this.#token = new TokenRenewal(settings, (frames) => this.write(frames));
    this.#name = new NameClaim(settings, settings.place ?? HERE);
    this.#dialer = new WorkerDialer(settings, (token) => ({
      opened: () => this.#opened(token),
      received: (text) => this.#received(text),
      closed: (end) => this.#closed(end),
    }));
  }

  /** Welcomed, and the socket is open. */
  get up(): boolean {
    return this.#up;
  }

  /** What the gateway said last; `undefined` before the first welcome. */
  get welcome(): WorkerWelcome | undefined {
    return this.#welcome;
  }

  /** What one result, error, progress meta or chunk may have, in UTF-16 units: with it, each fits into a frame by itself. */
  get payloadLimit(): number {
    const { payloadLimit = 0 } = this.#welcome ?? {};
    return Math.min(payloadLimit, Math.floor((this.frameLimit - ENVELOPE_BYTES) / UNIT_BYTES));
  }

  /** What one frame to the gateway may have, in bytes. */
  get frameLimit(): number {
    return this.#welcome?.frameLimit ?? FRAME_LIMIT;
  }

  get backlog(): number {
    return this.#dialer.socket?.backlog ?? 0;
  }

  open(): void {
    this.#dialer.open();
  }

  /** @returns whether bodies may start now, by both clocks */
  mayStart(): boolean {
    this.#lease.check();
    return this.#up;
  }

  /** Tells how the worker does, now rather than with its next turn. */
  beat(): void {
    this.#heartbeat?.beat();
  }

  /** See {@link GatewaySocket.write}. */
  write(frames: readonly string[], whenWritten?: () => void): void {
    this.#dialer.socket?.write(frames, whenWritten);
  }

  /** Ends the session: `bye`, then the closing handshake, at most a second of it. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#dialer.stop();
    const { socket } = this.#dialer;
    if (socket === undefined) return this.#lease.end();
    const closed = new Promise<void>((resolve) => {
      this.#onClosed = resolve;
    });
    if (this.#up) {
      socket.write([encode(['bye', null])]);
      socket.close(NORMAL_CLOSE, 'bye');
      const impatience = deadline(
        this.#settings.clock,
        CLOSE_TIMEOUT_MS,
        () => socket.terminate('the socket did not answer close'),
        true,
      );
      await closed;
      impatience.cancel();
    } else {
      socket.terminate('closed before the gateway had answered the hello');
      await closed;
    }
    this.#lease.end();
  }

  #opened(token: string | null): void {
    const hello = this.#hello(token);
    const text = encode(['hello', hello]);
    if (utf8Bytes(text) <= FIRST_FRAME_LIMIT) this.write([text]);
    else {
      this.#knocked = { token };
      this.write([encode(['knock', { protocol: hello.protocol, token }])]);
    }
    this.#patience = deadline(this.#settings.clock, WELCOME_TIMEOUT_MS, () =>
      this.#drop('the gateway did not answer the hello in time'),
    );
  }

  #hello(token: string | null): WorkerHello {
    this.#helloSent = readClock(this.#settings.clock);
    const session = this.#welcome?.session ?? null;
    return { ...this.#listener.greet(), protocol: PROTOCOL, token, session, ...this.#name.said };
  }

  #admitted(frameLimit: number): void {
    const knocked = this.#knocked;
    this.#knocked = undefined;
    if (knocked !== undefined) this.write(encodeHello(this.#hello(knocked.token), frameLimit));
  }

  #received(text: string): void {
    this.#heartbeat?.heard();
    const frame = this.#read(text);
    if (frame === undefined) return;
    switch (frame[0]) {
      case 'admitted':
        this.#admitted(frame[1].frameLimit);
        break;
      case 'welcome':
        this.#welcomed(frame[1]);
        break;
      case 'beat':
        this.#beaten(frame[1]);
        break;
      case 'refreshed':
        this.#token.answered(frame[1]);
        break;
      case 'refused':
        this.#refusal = frame[1];
        break;
      default:
        if (this.#up) this.#listener.received(frame);
    }
  }

  #read(text: string): GatewayWorkerFrame | undefined {
    try {
      return readGatewayFrame(text);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#settings.log.error({ error: error.message }, 'the gateway sent a malformed frame');
      this.#dialer.socket?.close(CLOSE.badFrame, 'malformed frame');
      this.#drop('malformed frame');
      return undefined;
    }
  }

  #welcomed(welcome: WorkerWelcome): void {
    this.#patience?.cancel();
    const sameStore = this.#welcome === undefined || this.#welcome.epoch === welcome.epoch;
    this.#welcome = welcome;
    this.#lease.grant(this.#helloSent ?? readClock(this.#settings.clock), welcome.leaseMs);
    this.#heartbeat?.stop();
    this.#heartbeat = new Heartbeat(
      this.#settings,
      welcome.heartbeatMs,
      (count) => this.#beat(count),
      () => this.#drop('the gateway does not answer heartbeats'),
    );
    this.#heartbeat.start();
    this.#token.start(welcome.tokenExpiresInMs);
    this.#name.granted();
    this.#up = true;
    this.#listener.welcomed(welcome, welcome.resumed && sameStore);
  }

  #beat(count: number): void {
    this.write([encode(['beat', { count, ...this.#listener.vitals() }])]);
    // A machine that slept may find its lease over; what has arrived meanwhile is read first.
    this.#settings.clock.soon(() => this.#lease.check());
  }

  #beaten(count: number): void {
    const sent = this.#heartbeat?.answered(count);
    if (sent === undefined || this.#welcome === undefined) return;
    this.#dialer.proven();
    this.#lease.grant(sent, this.#welcome.leaseMs);
  }

  #loseLease(): void {
    this.#drop('the lease ran out');
    this.#listener.leaseLost();
  }

  #drop(reason: string): void {
    this.#dialer.socket?.terminate(reason);
  }

  #closed(end: SocketEnd): void {
    this.#dialer.closed();
    this.#patience?.cancel();
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
    this.#token.stop();
    this.#knocked = undefined;
    const wasUp = this.#up;
    this.#up = false;
    const spoken = this.#refusal;
    this.#refusal = undefined;
    this.#onClosed?.();
    if (this.#closing) return;
    const reason = end.reason || `closed with ${end.code}`;
    const misread = spoken?.code === 'BAD_FRAME' ? spoken.message : undefined;
    if (wasUp) this.#listener.lost(reason, end.choked, misread);
    const refusal = refusalOfEnd(end, spoken, wasUp);
    if (this.#name.asksAgain(spoken) || refusal === undefined || this.#settings.refused(refusal))
      this.#dialer.again(reason);
  }
}
