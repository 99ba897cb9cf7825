/**
 * Submits without a receipt: bookkeeping only, no socket, no timer. Times are milliseconds in which this process listened, as
 * {@link Patience} counts them, except for the age of a call.
 */

import type { RefusedError } from '@celeriac/protocol';
import { DEFAULT_LIMITS } from '@celeriac/protocol/calling';
import type { Limits } from '@celeriac/protocol/internal';
import type { TaskRecord } from '../record/task-record.ts';
import { type OutgoingCall, submitSize } from './outgoing-call.ts';

/**
 * Submits on their way at the same time. Twenty thousand calls in a loop then reach the gateway as fast as it accepts
 * them, and wait here rather than in its memory; at 25,000 accepts a second it holds for a round trip of 40 ms.
 */
export const WINDOW = 1_000;

/** About how many bytes the client keeps of a call, besides what is sent. */
const KEPT_BYTES = 512;
/** All that may wait, unless the app says another figure. */
export const OUTBOX_LIMIT = 256 * 1024 * 1024;
/** So little waits that the next calls should be made: more than goes out at a time, and less than anybody would notice. */
const LITTLE = 4 * 1024 * 1024;

const NONE: readonly TaskRecord[] = [];

export interface PendingSubmit {
  readonly call: OutgoingCall;
  /** Of its item in a frame, in bytes. */
  readonly size: number;
  /** Monotonic. */
  readonly calledAt: number;
  readonly waitsFrom: number;
  /** Counts all submits, from 1. */
  readonly ordinal: number;
  readonly record: TaskRecord;
  /** Of the same call made again under the same id before it was confirmed. */
  repeats: readonly TaskRecord[];
  /** Has no receipt, was not refused for good, and is not given up. */
  waits: boolean;
  /** Sent, and not answered: whether the gateway has it is not known. */
  pending: boolean;
  /** Sent in this session, and not answered. */
  inFlight: boolean;
  /** How often it was tried in vain: refused for now, or no gateway was there. */
  tries: number;
  /** Why the gateway did not take it for now. */
  refusal: RefusedError | undefined;
  /** When it may be sent again after such a refusal. */
  restsUntil: number | undefined;
}

export class PendingSubmits {
  /** Of all that waits. */
  readonly limitBytes: number;
  readonly #byId = new Map<string, PendingSubmit>();
  #unsent: PendingSubmit[] = [];
  readonly #resting = new Set<PendingSubmit>();
  /** Those with an accept timeout of their own: few. */
  readonly #impatient = new Set<PendingSubmit>();
  /** Those with a retry policy of their own: few. */
  readonly #limited = new Set<PendingSubmit>();
  #size = 0;
  #inFlight = 0;
  #inFlightBytes = 0;
  #ordinal = 0;
  #limits: Pick<Limits, 'inFlightTasks' | 'inFlightBytes'> = DEFAULT_LIMITS;

  /** @param limit of all that waits, in bytes */
  constructor(limit: number = OUTBOX_LIMIT) {
    this.limitBytes = limit;
  }

  get length(): number {
    return this.#byId.size;
  }

  /** The ordinal of the submission added last. */
  get newest(): number {
    return this.#ordinal;
  }

  /** The longest-waiting submission. */
  get oldest(): PendingSubmit | undefined {
    return this.#byId.values().next().value;
  }

  /** Since when the longest-waiting submission of the usual patience waits. */
  get oldestPatient(): number | undefined {
    for (const { call, waitsFrom } of this.#byId.values()) {
      if (call.acceptTimeoutMs === undefined) return waitsFrom;
    }
    return undefined;
  }

  /** The earliest moment at which a resting submission may go; `undefined` when none rests. */
  get wakesAt(): number | undefined {
    let earliest: number | undefined;
    for (const { restsUntil } of this.#resting) {
      if (restsUntil !== undefined && (earliest === undefined || restsUntil < earliest))
        earliest = restsUntil;
    }
    return earliest;
  }

  get(id: string): PendingSubmit | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<PendingSubmit> {
    return this.#byId.values();
  }

  /** Those with a retry policy of their own. */
  limited(): readonly PendingSubmit[] {
    return [...this.#limited];
  }

  /** Whether more calls should be made now. */
  get hasRoom(): boolean {
    return this.#size <= Math.min(LITTLE, this.limitBytes / 2);
  }

  /** The gateway's own bounds on what is on its way. */
  limit(limits: Limits): void {
    this.#limits = limits;
  }

  /** @returns false when there is no room */
  add(
    call: OutgoingCall,
    record: TaskRecord,
    calledAt: number,
    size: number = submitSize(call),
    waitsFrom: number = calledAt,
  ): boolean {
    if (this.#size + size + KEPT_BYTES > this.limitBytes) return false;
    this.#ordinal += 1;
    const submission: PendingSubmit = {
      call,
      size,
      calledAt,
      waitsFrom,
      ordinal: this.#ordinal,
      record,
      repeats: NONE,
      waits: true,
      pending: false,
      inFlight: false,
      tries: 0,
      refusal: undefined,
      restsUntil: undefined,
    };
    this.#byId.set(call.id, submission);
    if (call.acceptTimeoutMs !== undefined) this.#impatient.add(submission);
    if (call.retryPolicy !== undefined) this.#limited.add(submission);
    this.#unsent.push(submission);
    this.#size += size + KEPT_BYTES;
    return true;
  }

  /** What is to be sent now, in the order of the calls, as far as the window allows; it counts as sent. */
  take(now: number): readonly PendingSubmit[] {
    if (this.#resting.size > 0) this.wake(now);
    const due: PendingSubmit[] = [];
    let looked = 0;
    for (const submission of this.#unsent) {
      const waits = this.#stillWaits(submission);
      if (waits && !this.#mayGo(submission)) break;
      looked += 1;
      if (!waits) continue;
      submission.pending = true;
      submission.inFlight = true;
      this.#inFlight += 1;
      this.#inFlightBytes += submission.size;
      due.push(submission);
    }
    this.#unsent.splice(0, looked);
    return due;
  }

  /** Whether something waits that could be sent now. */
  get sendable(): boolean {
    const next = this.#unsent[0];
    return next !== undefined && this.#mayGo(next);
  }

  /** Dropped in line, or refused there for what was sent before it was put there again, or there twice for that: it is passed over. */
  #stillWaits(submission: PendingSubmit): boolean {
    const { waits, restsUntil, inFlight } = submission;
    return waits && restsUntil === undefined && !inFlight;
  }

  /** A call goes by itself at least, whatever its size. */
  #mayGo({ size }: PendingSubmit): boolean {
    const { inFlightTasks, inFlightBytes } = this.#limits;
    if (this.#inFlight === 0) return true;
    return this.#inFlight < Math.min(WINDOW, inFlightTasks) && this.#inFlightBytes + size <= inFlightBytes;
  }

  /** A new session: everything goes again, in order. What was sent before stays indeterminate until answered. */
  resend(): void {
    for (const submission of this.#resting) submission.restsUntil = undefined;
    this.#resting.clear();
    this.#unsent = [...this.#byId.values()];
    for (const submission of this.#unsent) submission.inFlight = false;
    this.#inFlight = 0;
    this.#inFlightBytes = 0;
  }

  /** The largest of those that were sent and have no answer. */
  largestInFlight(): PendingSubmit | undefined {
    let largest: PendingSubmit | undefined;
    for (const submission of this.#byId.values())
      if (submission.inFlight && submission.size > (largest?.size ?? 0)) largest = submission;
    return largest;
  }

  /** Confirmed, refused or given up: it is forgotten here. */
  remove(id: string): PendingSubmit | undefined {
    const submission = this.#byId.get(id);
    if (submission === undefined) return undefined;
    this.#byId.delete(id);
    submission.waits = false;
    if (submission.restsUntil !== undefined) this.#resting.delete(submission);
    const { acceptTimeoutMs, retryPolicy } = submission.call;
    if (acceptTimeoutMs !== undefined) this.#impatient.delete(submission);
    if (retryPolicy !== undefined) this.#limited.delete(submission);
    this.#size -= submission.size + KEPT_BYTES;
    this.#land(submission);
    return submission;
  }

  /** Refused for now: it goes again at `until`. */
  rest(submission: PendingSubmit, refusal: RefusedError, until: number): void {
    this.#land(submission);
    submission.pending = false;
    submission.refusal = refusal;
    submission.restsUntil = until;
    this.#resting.add(submission);
  }

  #land(submission: PendingSubmit): void {
    if (submission.inFlight) {
      this.#inFlight -= 1;
      this.#inFlightBytes -= submission.size;
    }
    submission.inFlight = false;
  }

  /** Takes out what was called at `before` or earlier. */
  expire(before: number): readonly PendingSubmit[] {
    const expired: PendingSubmit[] = [];
    for (const submission of this.#byId.values()) {
      if (submission.waitsFrom > before) break;
      // One that has a time of its own is not given up with the others.
      if (submission.call.acceptTimeoutMs === undefined || before === Number.POSITIVE_INFINITY)
        expired.push(submission);
    }
    for (const { call } of expired) this.remove(call.id);
    return expired;
  }

  /** Takes out the calls with a time of their own that is over. @returns them, and when the next one's is */
  expireImpatient(now: number): {
    readonly expired: readonly PendingSubmit[];
    readonly next: number | undefined;
  } {
    const expired: PendingSubmit[] = [];
    let next: number | undefined;
    for (const submission of this.#impatient) {
      const until = submission.waitsFrom + (submission.call.acceptTimeoutMs ?? 0);
      if (until <= now) expired.push(submission);
      else if (next === undefined || until < next) next = until;
    }
    for (const { call } of expired) this.remove(call.id);
    return { expired, next };
  }

  /** Puts submissions that have rested long enough back in line. @returns whether there were any */
  wake(now: number): boolean {
    let woken = false;
    for (const submission of this.#resting) {
      if (submission.restsUntil === undefined || submission.restsUntil > now) continue;
      submission.restsUntil = undefined;
      this.#resting.delete(submission);
      this.#unsent.push(submission);
      woken = true;
    }
    return woken;
  }
}
