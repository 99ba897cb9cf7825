import { CeleriacError, ClosedError, RefusedError } from '@celeriac/protocol';
import type { ClientWelcome, Refusal } from '@celeriac/protocol/internal';
import type { Clock, Timer } from '@celeriac/runtime';
import { deadline, StateBox } from '@celeriac/runtime/calling';
import type { OpenTransport, Transport, TransportEvents, TransportLoss } from './transport.ts';

/**
 * idle: nothing was called or watched yet · connecting: the first try · open: connected · reconnecting: lost or refused, trying
 * again; `reason` says why · closed: by `app.close()`, or for good because the gateway refuses the app's host, origin or token,
 * and the token is not a function; `reason` says which.
 */
export type ConnectionState = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed';

/** The state of the connection to the gateway at one moment. */
export interface ConnectionStatus {
  /** What it does. */
  readonly state: ConnectionState;
  /** Why the connection is not open; `null` while nothing is wrong. A RefusedError with its `code` if the gateway refused it. */
  readonly reason: Error | null;
}

export type SessionEvents = Omit<TransportEvents, 'lost' | 'goaway' | 'welcome'> & {
  opened(welcome: ClientWelcome): void;
  /** The session is over; called only after `opened`. */
  ended(): void;
  /**
   * A try to connect, or a session, came to nothing; the status says why.
   * @param choked a frame of ours was too large
   */
  failed(choked: boolean): void;
  /** There will be no further try. */
  refusedForGood(reason: Error): void;
};

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
/** While the gateway is unreachable: with the handshake, every client is back within 3 s after the gateway is. */
const LONGEST_ABSENCE_MS = 2_500;
/** Connecting, handshake and token factory together. */
const WELCOME_TIMEOUT_MS = 20_000;
/** Sessions that end sooner, one after the other, lengthen the wait: a peer that kicks us out is not hammered. */
const LASTING_SESSION_MS = 1_000;

const CALM: ConnectionStatus = { state: 'idle', reason: null };

/** Keeps one transport to the gateway: dials, waits with jitter, dials again. */
export class ClientDialer {
  readonly status = new StateBox<ConnectionStatus>(CALM);
  readonly #openTransport: OpenTransport;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #session: SessionEvents;
  #transport: Transport | undefined;
  #welcomedAt: number | undefined;
  /** Tries since the last session, and sessions in a row that did not last; one such is forgiven. */
  #failures = 0;
  #shortSessions = 0;
  #timer: Timer | undefined;
  #awayUntil = 0;
  #lastRefusal: Error | null = null;
  #mayHurry = false;

  constructor(openTransport: OpenTransport, clock: Clock, random: () => number, session: SessionEvents) {
    this.#openTransport = openTransport;
    this.#clock = clock;
    this.#random = random;
    this.#session = session;
  }

  /** The transport of the present session; `undefined` before the welcome and after the loss. */
  get transport(): Transport | undefined {
    return this.#welcomedAt === undefined ? undefined : this.#transport;
  }

  /** Idempotent. */
  open(): void {
    if (this.status.get().state !== 'idle') return;
    this.status.set({ state: 'connecting', reason: null });
    this.#dial();
  }

  /** Leaves the present gateway, if there is one, and dials anew at once. */
  redial(): void {
    const { state } = this.status.get();
    if (state === 'idle' || state === 'closed') return;
    this.#hangUp();
    this.#failures = 0;
    this.status.set({ state: state === 'connecting' ? 'connecting' : 'reconnecting', reason: null });
    this.#dial();
  }

  /** After a refusal for good: as if nothing had been asked yet. */
  reset(): void {
    this.#failures = 0;
    this.#shortSessions = 0;
    this.status.set(CALM);
  }

  /** What was in the way may be gone: a wait for the next try ends now, unless the gateway itself asked for it. */
  hurry(): void {
    if (!this.#mayHurry) return;
    this.#timer?.cancel();
    this.#dial();
  }

  close(): void {
    this.#mayHurry = false;
    this.#hangUp();
    this.status.set({ state: 'closed', reason: new ClosedError('the app was closed') });
  }

  #dial(): void {
    this.#mayHurry = false;
    this.#timer = deadline(this.#clock, WELCOME_TIMEOUT_MS, () => this.#lost(timedOut()));
    this.#transport = this.#openTransport({
      ...this.#session,
      refused: (refusal) => this.#refused(refusal),
      welcome: (welcome) => this.#welcomed(welcome),
      goaway: (afterMs) => this.#goaway(afterMs),
      lost: (loss) => this.#lost(loss),
    });
  }

  #welcomed(welcome: ClientWelcome): void {
    if (this.#welcomedAt !== undefined) return;
    this.#timer?.cancel();
    this.#welcomedAt = this.#clock.monotonic();
    this.#awayUntil = 0;
    this.#lastRefusal = null;
    this.#session.opened(welcome);
    this.status.set({ state: 'open', reason: null });
  }

  #refused(refusal: Refusal): void {
    this.#lastRefusal = RefusedError.of(refusal);
    this.#session.refused(refusal);
  }

  /** The transport is usually lost first; one that lingers is left, so that a draining gateway gets rid of us. */
  #goaway(afterMs: number): void {
    const waitMs = afterMs + this.#random() * FIRST_WAIT_MS;
    this.#awayUntil = this.#clock.monotonic() + waitMs;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(waitMs, () => {
      this.#awayUntil = 0;
      this.redial();
    });
  }

  #lost(loss: TransportLoss): void {
    const openedAt = this.#welcomedAt;
    if (openedAt !== undefined) {
      const lastedMs = this.#clock.monotonic() - openedAt;
      this.#shortSessions = lastedMs < LASTING_SESSION_MS ? this.#shortSessions + 1 : 0;
      this.#failures = Math.max(0, this.#shortSessions - 1);
    }
    this.#failures += 1;
    this.#hangUp();
    if (loss.final === true) {
      this.#mayHurry = false;
      this.status.set({ state: 'closed', reason: loss.reason });
      this.#session.refusedForGood(loss.reason);
      return;
    }
    this.status.set({ state: 'reconnecting', reason: this.#lastRefusal ?? loss.reason });
    this.#lastRefusal = null;
    this.#mayHurry =
      !loss.refused && loss.retryAfterMs === null && this.#awayUntil <= this.#clock.monotonic();
    this.#timer = this.#clock.after(this.#waitMs(loss, openedAt !== undefined), () => this.#dial());
    this.#session.failed(loss.choked === true);
  }

  #waitMs(loss: TransportLoss, wasOpen: boolean): number {
    const away = this.#awayUntil - this.#clock.monotonic();
    if (away > 0) return away;
    const longest = wasOpen && this.#shortSessions > 1 ? LONGEST_WAIT_MS : LONGEST_ABSENCE_MS;
    const grown = loss.refused
      ? LONGEST_WAIT_MS
      : Math.min(FIRST_WAIT_MS * 2 ** (this.#failures - 1), longest);
    return Math.max(loss.retryAfterMs ?? 0, grown * (0.5 + this.#random() / 2));
  }

  #hangUp(): void {
    this.#timer?.cancel();
    this.#transport?.close();
    this.#transport = undefined;
    if (this.#welcomedAt === undefined) return;
    this.#welcomedAt = undefined;
    this.#session.ended();
  }
}

function timedOut(): TransportLoss {
  return {
    reason: new CeleriacError('CONNECT_FAILED', 'the gateway did not answer in time'),
    refused: false,
    retryAfterMs: null,
  };
}
