/** What subjects take up of their limits. Bookkeeping over all connections of each, in this gateway's memory. */

import { RefusedError } from '@celeriac/protocol';
import {
  type EventItem,
  isTerminal,
  type RefusedReceipt,
  type SubmitItem,
} from '@celeriac/protocol/internal';
import type { Clock, Timer } from '@celeriac/runtime';
import { spacingOf, take, tokensAt } from '../../core/bucket.ts';
import type { Bus, Subscriber } from '../../events/bus.ts';
import type { Grant } from './grant.ts';
import { lowerLimits, NO_LIMITS, type SubjectLimits } from './subject-limits.ts';

/** When a call that others in flight keep out may try again, and a connection. */
const BUSY_RETRY_MS = 1_000;
/** What a rate lets through at once: a second's calls. */
const BURST_MS = 1_000;
/** Those that are told to wait come back in groups: each moment at which one does costs its sender a timer. */
const RETRY_STEP_MS = 50;
/** The longest wait that a caller is told; no place is kept for it. */
const LONGEST_RETRY_MS = 10_000;

/** Of one call id. It counts as a call in flight as long as either is above zero. */
interface Flight {
  /** How many frames name it whose receipts have not all been sent. */
  landing: number;
  /** How often it was accepted here as new, and has not ended. */
  open: number;
}

/** Of one subject. */
class Usage implements Subscriber {
  connections = 0;
  watches = 0;
  /** Monotonic; see core/bucket.ts. */
  callDueAt = Number.NEGATIVE_INFINITY;
  readonly calls = new Map<string, Flight>();
  timer: Timer | undefined;
  readonly #idle: (usage: Usage) => void;

  constructor(idle: (usage: Usage) => void) {
    this.#idle = idle;
  }

  /** A followed call has changed: once it has ended, it is no longer in flight. */
  deliver([id, , , state]: EventItem): void {
    if (state === null || !isTerminal(state)) return;
    const flight = this.calls.get(id);
    if (flight === undefined) return;
    flight.open = 0;
    this.drop(id, flight);
  }

  /** Forgets it, unless some of its frames or tasks are still under way. */
  drop(id: string, { landing, open }: Flight): void {
    if (landing > 0 || open > 0) return;
    this.calls.delete(id);
    this.settle();
  }

  settle(): void {
    if (this.connections === 0 && this.calls.size === 0) this.#idle(this);
  }
}

/** One connection's part in what its subject takes up. */
export class Quota {
  limits: SubjectLimits;
  readonly #usage: Usage;
  readonly #clock: Clock;
  readonly #bus: Bus;
  /** Frames that were taken under a limit of calls in flight, and have not landed. */
  readonly #counted = new Set<readonly SubmitItem[]>();
  #left = false;

  constructor(usage: Usage, limits: SubjectLimits, clock: Clock, bus: Bus) {
    this.#usage = usage;
    this.limits = limits;
    this.#clock = clock;
    this.#bus = bus;
    usage.connections += 1;
  }

  /**
   * @param refused gets a receipt for each that is not taken
   * @returns those that are; each is to be landed
   */
  takeCalls(items: readonly SubmitItem[], refused: RefusedReceipt[]): readonly SubmitItem[] {
    const { callsPerSecond, callsInFlight } = this.limits;
    if (callsPerSecond === null && callsInFlight === null) return items;
    const room = callsInFlight === null ? items : this.#withinFlight(items, callsInFlight, refused);
    const taken = callsPerSecond === null ? room : this.#withinRate(room, callsPerSecond, refused);
    if (callsInFlight === null) return taken;
    this.#land(room.slice(taken.length));
    if (taken.length > 0) this.#counted.add(taken);
    return taken;
  }

  /** Accepted, or known already. */
  answered(id: string): void {
    const flight = this.#usage.calls.get(id);
    if (flight === undefined) return;
    flight.open += 1;
    this.#bus.watch(id, this.#usage);
  }

  /** Answered calls that existed already: they may have ended, so this answer does not count them. */
  existed(ids: readonly string[]): void {
    for (const id of ids) {
      const flight = this.#usage.calls.get(id);
      if (flight === undefined || flight.open === 0) continue;
      flight.open -= 1;
      if (flight.open > 0) continue;
      this.#bus.unwatch(id, this.#usage);
      this.#usage.drop(id, flight);
    }
  }

  /** @param taken as {@link takeCalls} returned it: all of it has its receipt */
  landCalls(taken: readonly SubmitItem[]): void {
    if (this.#counted.delete(taken)) this.#land(taken);
  }

  /** @returns false where the subject watches as many as it may */
  takeWatch(): boolean {
    if (!this.hasRoomForWatch) return false;
    this.#usage.watches += 1;
    return true;
  }

  get hasRoomForWatch(): boolean {
    const { watches } = this.limits;
    return watches === null || this.#usage.watches < watches;
  }

  giveWatches(count: number): void {
    this.#usage.watches -= count;
  }

  /** Idempotent. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#usage.connections -= 1;
    this.#usage.settle();
  }

  /** Counts each call that it admits, and each repetition of one. */
  #withinFlight(
    items: readonly SubmitItem[],
    callsInFlight: number,
    refused: RefusedReceipt[],
  ): readonly SubmitItem[] {
    const { calls } = this.#usage;
    return items.filter(([id]) => {
      const present = calls.get(id);
      // Sent again, as its receipt was lost.
      if (present !== undefined) present.landing += 1;
      else if (calls.size < callsInFlight) calls.set(id, { landing: 1, open: 0 });
      else {
        const why = `this subject has more than ${callsInFlight} unfinished calls`;
        refused.push([id, 0, 'TOO_MANY_CALLS', why, BUSY_RETRY_MS]);
        return false;
      }
      return true;
    });
  }

  /** As many of the first ones as there are tokens. */
  #withinRate(
    items: readonly SubmitItem[],
    perSecond: number,
    refused: RefusedReceipt[],
  ): readonly SubmitItem[] {
    const now = this.#clock.monotonic();
    const spacingMs = spacingOf(perSecond * 3_600);
    // Half a place less, so that rounding never takes or gives one.
    const slackMs = Math.max(0, BURST_MS - spacingMs / 2);
    const tokens = perSecond === 0 ? 0 : tokensAt(this.#usage.callDueAt, spacingMs, now, slackMs);
    const taken = Math.min(tokens, items.length);
    if (taken > 0) this.#usage.callDueAt = take(this.#usage.callDueAt, spacingMs, taken, now);
    const nextMs = this.#usage.callDueAt - slackMs - now;
    const why = `this subject makes more than ${perSecond} calls per second`;
    for (const [position, [id]] of items.slice(taken).entries()) {
      refused.push([
        id,
        0,
        'RATE_LIMITED',
        why,
        perSecond === 0 ? null : retryAfter(nextMs + position * spacingMs),
      ]);
    }
    return items.slice(0, taken);
  }

  #land(items: readonly SubmitItem[]): void {
    for (const [id] of items) {
      const flight = this.#usage.calls.get(id);
      if (flight === undefined || flight.landing === 0) continue;
      flight.landing -= 1;
      this.#usage.drop(id, flight);
    }
  }
}

function retryAfter(ms: number): number {
  return Math.min(Math.max(1, Math.ceil(ms / RETRY_STEP_MS)) * RETRY_STEP_MS, LONGEST_RETRY_MS);
}

export class Quotas {
  readonly #clock: Clock;
  readonly #bus: Bus;
  readonly #limits: SubjectLimits;
  readonly #usages = new Map<string, Usage>();
  #stopped = false;

  /** @param limits the gateway's own, for every subject */
  constructor(clock: Clock, bus: Bus, limits: SubjectLimits) {
    this.#clock = clock;
    this.#bus = bus;
    this.#limits = limits;
  }

  /** How many subjects are remembered. */
  get size(): number {
    return this.#usages.size;
  }

  /** From now on nothing is remembered of a subject without connections and calls. */
  stop(): void {
    this.#stopped = true;
    for (const usage of this.#usages.values()) {
      usage.timer?.cancel();
      usage.settle();
    }
  }

  /** A token without a subject counts by its own id; all tokens with neither are one subject. On an open gateway nobody is counted. */
  limitsOf(grant: Grant): SubjectLimits {
    return grant.scopes === null ? NO_LIMITS : lowerLimits(this.#limits, grant.limits);
  }

  /** @throws RefusedError with `TOO_MANY_CONNECTIONS` */
  enter(grant: Grant): Quota {
    const limits = this.limitsOf(grant);
    const usage = this.#usageOf(grant);
    if (limits.connections !== null && usage.connections >= limits.connections) {
      usage.settle();
      const why = `this subject has more than ${limits.connections} connections`;
      throw new RefusedError('TOO_MANY_CONNECTIONS', why, BUSY_RETRY_MS);
    }
    return new Quota(usage, limits, this.#clock, this.#bus);
  }

  #usageOf(grant: Grant): Usage {
    if (grant.scopes === null) return new Usage(() => {});
    const key = keyOf(grant);
    const present = this.#usages.get(key);
    if (present !== undefined) return present;
    const usage = new Usage((idle) => this.#forget(key, idle));
    this.#usages.set(key, usage);
    return usage;
  }

  /** Not before its rate has recovered: a subject that returns at once must not get a fresh one. */
  #forget(key: string, usage: Usage): void {
    const waitMs = this.#stopped ? 0 : usage.callDueAt - this.#clock.monotonic();
    if (waitMs <= 0) this.#usages.delete(key);
    else
      usage.timer ??= this.#clock.after(waitMs, () => {
        usage.timer = undefined;
        usage.settle();
      });
  }
}

function keyOf({ subject, tokenId }: Grant): string {
  if (subject !== null) return `sub:${subject}`;
  return tokenId === null ? '' : `jti:${tokenId}`;
}
