import {
  type AcceptedReceipt,
  type ClientWelcome,
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  IdConflictError,
  type Receipt,
  RefusedError,
  type RefusedReceipt,
  type TaskOptions,
} from '@celeriac/protocol';
import { type Clock, cutBatch } from '@celeriac/runtime';
import type { Hold, TaskRecord } from '../record/task-record.ts';
import { Definitions } from './definitions.ts';
import type { Link } from './link.ts';
import { type Call, isSameCall, Outbox, type Submission, toSubmitItem } from './outbox.ts';
import { notConfirmed, notReached, outboxFull, refusedCall } from './refusals.ts';
import { mayRetry, PATIENT, pauseAfter } from './retry-policy.ts';
import { Sweep } from './sweep.ts';
import type { Watches } from './watches.ts';

export interface SubmissionsOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly acceptTimeoutMs: number;
  /** Options of a task that is defined here. */
  readonly definitionOf: (name: string) => TaskOptions | undefined;
  /** Unconfirmed calls keep the process alive. */
  readonly hold: Hold;
  readonly watches: Watches;
  /** Something can be sent. */
  readonly ready: () => void;
  /** Why the connection is not open, if it is not. */
  readonly trouble: () => Error | null;
}

/** Our calls from `delay()` to their receipt, refusal or the end of `acceptTimeout`. */
export class Submissions {
  readonly #options: SubmissionsOptions;
  readonly #clock: Clock;
  readonly #definitions: Definitions;
  readonly #outbox = new Outbox();
  readonly #sweep: Sweep;
  #epoch = '';
  #holding = false;
  #drains: { readonly until: number; readonly done: () => void }[] = [];

  constructor(options: SubmissionsOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#definitions = new Definitions(options.definitionOf);
    this.#sweep = new Sweep(options.clock, () => this.#onSweep());
  }

  /** Watched from here on, before a byte is sent. Trouble is told to the record. */
  add(call: Call, record: TaskRecord): void {
    const earlier = this.#outbox.get(call.id);
    const now = this.#clock.monotonic();
    if (earlier !== undefined) {
      this.#join(earlier, call, record);
    } else if (this.#outbox.add(call, record, now)) {
      this.#options.watches.addOwn(record);
      this.#sweep.at(now + (call.acceptTimeoutMs ?? this.#options.acceptTimeoutMs));
      this.#settle();
      this.#options.ready();
    } else {
      record.break(outboxFull(call.id));
    }
  }

  /** Sends what may go now, definitions before their calls. */
  send(link: Link): void {
    const now = this.#clock.monotonic();
    const submissions = this.#outbox.take(now);
    for (const frame of this.#definitions.takeFor(submissions)) link.send('define', frame);
    for (const batch of cutBatch(submissions, ({ size }) => size, FRAME_ITEMS, FRAME_SOFT_LIMIT)) {
      link.send(
        'submit',
        batch.map((submission) => toSubmitItem(submission, now)),
      );
    }
  }

  /** A new session: all go again, under its limits. */
  resume({ epoch, limits }: ClientWelcome): void {
    this.#epoch = epoch;
    this.#definitions.restart();
    this.#outbox.limit(limits);
    this.#outbox.resend();
  }

  /** All go again in this session. */
  resend(): void {
    this.#outbox.resend();
  }

  receive(receipts: readonly Receipt[]): void {
    for (const receipt of receipts) {
      if (receipt[1] === 1) this.#accepted(receipt);
      else this.#refused(receipt);
    }
    this.#settle();
    if (this.#outbox.sendable) this.#options.ready();
  }

  /** Resolves when every call made so far is confirmed or refused. */
  drained(): Promise<void> {
    if (this.#outbox.length === 0) return Promise.resolve();
    return new Promise((done) => {
      this.#drains.push({ until: this.#outbox.newest, done });
    });
  }

  /** Gives up all that is unconfirmed. */
  abandon(describe: (submission: Submission) => Error): void {
    this.#sweep.cancel();
    for (const submission of this.#outbox.expire(Number.POSITIVE_INFINITY))
      this.#fail(submission, describe(submission));
    this.#settle();
  }

  #accepted(receipt: AcceptedReceipt): void {
    const submission = this.#outbox.remove(receipt[0]);
    submission?.record.accept(receipt, this.#epoch);
    for (const repeat of submission?.repeats ?? []) repeat.accept(receipt, this.#epoch);
  }

  /** The gateway was not reached, or was lost: a try in vain for calls that count theirs. */
  away(): void {
    for (const submission of this.#outbox.limited()) {
      submission.tries += 1;
      if (mayRetry(submission.call.retryPolicy ?? PATIENT, submission.tries)) continue;
      this.#outbox.remove(submission.call.id);
      this.#fail(submission, notReached(submission, this.#options.trouble()));
    }
    this.#settle();
  }

  /** What may pass later is tried again for as long as `acceptTimeout` lasts, or as the call's own policy says. */
  #refused([id, , code, message, retryAfterMs]: RefusedReceipt): void {
    const submission = this.#outbox.get(id);
    if (submission === undefined) return;
    const refusal = new RefusedError(code, message, retryAfterMs);
    const policy = submission.call.retryPolicy ?? PATIENT;
    submission.tries += 1;
    if (retryAfterMs === null || !mayRetry(policy, submission.tries)) {
      this.#outbox.remove(id);
      this.#fail(submission, refusedCall(id, refusal));
      return;
    }
    const pauseMs = pauseAfter(policy, submission.tries, retryAfterMs, this.#options.random());
    const until = this.#clock.monotonic() + pauseMs;
    this.#outbox.rest(submission, refusal, until);
    this.#sweep.at(until);
  }

  #onSweep(): void {
    const { acceptTimeoutMs, trouble } = this.#options;
    const now = this.#clock.monotonic();
    for (const submission of this.#outbox.expire(now - acceptTimeoutMs)) {
      this.#fail(submission, notConfirmed(submission, acceptTimeoutMs, trouble()));
    }
    const { expired, next } = this.#outbox.expireImpatient(now);
    for (const submission of expired) {
      const ownMs = submission.call.acceptTimeoutMs ?? acceptTimeoutMs;
      this.#fail(submission, notConfirmed(submission, ownMs, trouble()));
    }
    if (next !== undefined) this.#sweep.at(next);
    this.#settle();
    const { oldestPatient } = this.#outbox;
    if (oldestPatient !== undefined) this.#sweep.at(oldestPatient + acceptTimeoutMs);
    if (this.#outbox.wake(now)) this.#options.ready();
    const { wakesAt } = this.#outbox;
    if (wakesAt !== undefined) this.#sweep.at(wakesAt);
  }

  /** The same call under the same id is one submission; another call under it is refused here already. */
  #join(earlier: Submission, call: Call, record: TaskRecord): void {
    if (isSameCall(earlier.call, call)) {
      earlier.repeats = [...earlier.repeats, record];
      this.#options.watches.addOwn(record);
    } else {
      record.break(new IdConflictError(call.id));
    }
  }

  #fail(submission: Submission, error: Error): void {
    for (const record of [submission.record, ...submission.repeats]) {
      record.break(error);
      this.#options.watches.remove(record, submission.pending);
    }
  }

  #settle(): void {
    const waiting = this.#outbox.length > 0;
    if (waiting !== this.#holding) {
      this.#holding = waiting;
      if (waiting) this.#options.hold.acquire();
      else this.#options.hold.release();
    }
    if (this.#drains.length === 0) return;
    const oldest = this.#outbox.oldest?.ordinal ?? Number.POSITIVE_INFINITY;
    const done = this.#drains.filter(({ until }) => until < oldest);
    this.#drains = this.#drains.filter(({ until }) => until >= oldest);
    for (const drain of done) drain.done();
  }
}
