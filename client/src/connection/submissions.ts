import { IdConflictError, RefusedError } from '@celeriac/protocol';
import { CALL_LIMIT, conflictText, differencesOf, FRAME_ITEMS } from '@celeriac/protocol/calling';
import type {
  AcceptedReceipt,
  ClientWelcome,
  Receipt,
  RefusedReceipt,
  WireTaskOptions,
} from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { cutBatch, Patience } from '@celeriac/runtime/calling';
import type { GatewaySession, Hold } from '../record/changes.ts';
import type { TaskRecord } from '../record/task-record.ts';
import { Definitions } from './definitions.ts';
import { type FrameSizes, type Producer, type Ready, SINGLY, USUAL_FRAME_SIZES } from './frames.ts';
import { isSameCall, type OutgoingCall, submitSize, toSubmitItem } from './outgoing-call.ts';
import { type PendingSubmit, PendingSubmits } from './pending-submits.ts';
import { notConfirmed, notReached, outboxFull, refusedCall, refuseTooLarge } from './refusals.ts';
import { mayResubmit, PATIENT, resubmitPause } from './submit-retry.ts';
import type { Transport } from './transport.ts';
import type { Watches } from './watches.ts';

export interface SubmissionsOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly acceptTimeoutMs: number;
  /** Of all calls without a receipt, in bytes. */
  readonly outboxLimit?: number | undefined;
  /** Options of a task that is defined here. */
  readonly definitionOf: (name: string) => WireTaskOptions | undefined;
  /** Unconfirmed calls keep the process alive. */
  readonly hold: Hold;
  readonly watches: Watches;
  readonly ready: Ready;
  /** Why the connection is not open, if it is not. */
  readonly trouble: () => Error | null;
}

/** Sessions that end without a word to what was sent in them, before that is taken for a matter of size. */
const FRUITLESS_SESSIONS = 2;
/** What is around the item of a frame: `42["submit",[…]]`. */
const FRAME_ENVELOPE = 64;

/** Our calls from `delay()` to their receipt, refusal or the end of `acceptTimeout`. */
export class Submissions implements Producer {
  readonly #options: SubmissionsOptions;
  readonly #clock: Clock;
  readonly #definitions: Definitions;
  readonly #pending: PendingSubmits;
  /** Until the next call ends by time. */
  readonly #patience: Patience;
  /** Tasks whose definition the gateway cannot read, and why. */
  readonly #undefinable = new Map<string, RefusedError>();
  #session: GatewaySession = { epoch: '' };
  #limit = CALL_LIMIT;
  /** Calls were sent in this session, and it has said nothing to any. */
  #unheard = false;
  #fruitless = 0;
  #holding = false;
  #flushes: { readonly until: number; readonly done: () => void }[] = [];
  /** All who wait for room wait for the same. */
  #drain: { readonly promise: Promise<void>; readonly done: () => void } | undefined;

  constructor(options: SubmissionsOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#pending = new PendingSubmits(options.outboxLimit);
    this.#definitions = new Definitions(options.definitionOf);
    this.#patience = new Patience(options.clock, () => this.#lookAtTime());
  }

  /**
   * Watched from here on, before a byte is sent. Other trouble is told to the record.
   * @throws PayloadError for a call that is too large with all that it carries
   */
  add(call: OutgoingCall, record: TaskRecord): void {
    const size = submitSize(call);
    if (size > this.#limit) throw refuseTooLarge(call.name, size, this.#limit);
    const undefinable = this.#undefinable.get(call.name);
    if (undefinable !== undefined) {
      record.break(refusedCall(call.id, undefinable));
      return;
    }
    const earlier = this.#pending.get(call.id);
    const calledAt = this.#clock.monotonic();
    const now = this.#patience.now(calledAt);
    if (earlier !== undefined) {
      this.#join(earlier, call, record);
    } else if (this.#pending.add(call, record, calledAt, size, now)) {
      this.#options.watches.addOwn(record);
      this.#patience.at(now + (call.acceptTimeoutMs ?? this.#options.acceptTimeoutMs));
      this.#settle();
    } else {
      record.break(outboxFull(call.id, this.#pending.limitBytes));
    }
  }

  /** Sends what may go now, definitions before their calls. */
  send(transport: Transport, framing: FrameSizes = USUAL_FRAME_SIZES): void {
    const now = this.#clock.monotonic();
    const submissions = this.#pending.take(this.#patience.now(now));
    if (submissions.length === 0) return;
    this.#unheard = true;
    for (const frame of this.#definitions.takeFor(submissions, framing)) transport.send('define', frame);
    for (const batch of cutBatch(submissions, ({ size }) => size, FRAME_ITEMS, framing.calls)) {
      transport.send(
        'submit',
        batch.map((submission) => toSubmitItem(submission, now)),
      );
    }
  }

  #tooLarge(submission: PendingSubmit): void {
    const { id } = submission.call;
    this.#pending.remove(id);
    submission.pending = false;
    const message = `its ${submission.size} bytes are more than the gateway, or a proxy in between, accepts in one frame`;
    this.#fail(submission, refusedCall(id, new RefusedError('FRAME_TOO_LARGE', message, null)));
  }

  /** Its submit is not one that the gateway can read. @returns whether there was one */
  giveUp(id: string, refusal: RefusedError): boolean {
    const submission = this.#pending.remove(id);
    if (submission === undefined) return false;
    submission.pending = false;
    this.#fail(submission, refusedCall(id, refusal));
    this.#settle();
    return true;
  }

  /** The definition of a task is not one that the gateway can read: without it its calls would be others. */
  giveUpTask(name: string, refusal: RefusedError): void {
    this.#undefinable.set(name, refusal);
    for (const { call } of [...this.#pending.all()]) if (call.name === name) this.giveUp(call.id, refusal);
  }

  /** Another gateway: what the last one could not read it may. */
  moved(): void {
    this.#undefinable.clear();
  }

  /** A new session: all go again, under its limits. Those that its gateway does not take, called when another one was there, fail. */
  resume(session: GatewaySession, { limits }: ClientWelcome): void {
    this.#session = session;
    this.#definitions.restart();
    this.#pending.limit(limits);
    this.#limit = Math.min(limits.call ?? CALL_LIMIT, limits.frame - FRAME_ENVELOPE);
    for (const submission of [...this.#pending.all()])
      if (submission.size > this.#limit) this.#tooLarge(submission);
    this.#pending.resend();
    this.#settle();
  }

  /** All go again in this session. */
  resend(): void {
    this.#pending.resend();
  }

  readonly receive = (receipts: readonly Receipt[]): void => {
    this.#unheard = false;
    this.#fruitless = 0;
    for (const receipt of receipts) {
      if (receipt[1] === 1) this.#accepted(receipt);
      else this.#refused(receipt);
    }
    this.#settle();
  };

  /** Resolves when every call made so far is confirmed or refused. */
  flushed(): Promise<void> {
    if (this.#pending.length === 0) return Promise.resolve();
    return new Promise((done) => {
      this.#flushes.push({ until: this.#pending.newest, done });
    });
  }

  /** Resolves when few enough calls wait that more should be made. */
  drained(): Promise<void> {
    if (this.#pending.hasRoom) return Promise.resolve();
    if (this.#drain === undefined) {
      let done = (): void => {};
      const promise = new Promise<void>((resolve) => {
        done = resolve;
      });
      this.#drain = { promise, done };
    }
    return this.#drain.promise;
  }

  /** Gives up all that is unconfirmed. */
  abandon(describe: (submission: PendingSubmit) => Error): void {
    this.#patience.cancel();
    for (const submission of this.#pending.expire(Number.POSITIVE_INFINITY))
      this.#fail(submission, describe(submission));
    this.#settle();
  }

  #accepted(receipt: AcceptedReceipt): void {
    const submission = this.#pending.remove(receipt[0]);
    if (submission === undefined) return;
    submission.record.accept(receipt, this.#session);
    for (const repeat of submission.repeats) repeat.accept(receipt, this.#session);
  }

  /**
   * The gateway was not reached, or was lost: a try in vain for calls that count theirs. A frame that was refused for its size,
   * or that may have been, is not sent again as it was: each item goes by itself, and of those the largest cannot pass.
   * @param choked a frame was too large
   * @returns how frames are cut from now on
   */
  away(choked: boolean, framing: FrameSizes): FrameSizes {
    if (this.#unheard) this.#fruitless += 1;
    this.#unheard = false;
    const largest = choked && framing === SINGLY ? this.#pending.largestInFlight() : undefined;
    if (largest !== undefined) this.#tooLarge(largest);
    for (const submission of this.#pending.limited()) {
      submission.tries += 1;
      if (mayResubmit(submission.call.retryPolicy ?? PATIENT, submission.tries)) continue;
      this.#pending.remove(submission.call.id);
      this.#fail(submission, notReached(submission, this.#options.trouble()));
    }
    this.#settle();
    return choked || this.#fruitless >= FRUITLESS_SESSIONS ? SINGLY : framing;
  }

  /** What may pass later is tried again for as long as `acceptTimeout` lasts, or as the call's own policy says. */
  #refused([id, , code, message, retryAfterMs]: RefusedReceipt): void {
    const submission = this.#pending.get(id);
    if (submission === undefined) return;
    const refusal = RefusedError.of({ code, message, retryAfterMs });
    const policy = submission.call.retryPolicy ?? PATIENT;
    submission.tries += 1;
    if (retryAfterMs === null || !mayResubmit(policy, submission.tries)) {
      this.#pending.remove(id);
      this.#fail(submission, refusedCall(id, refusal));
      return;
    }
    const pauseMs = resubmitPause(policy, submission.tries, retryAfterMs, this.#options.random());
    const until = this.#patience.now() + pauseMs;
    this.#pending.rest(submission, refusal, until);
    this.#patience.at(until);
  }

  #lookAtTime(): void {
    const { acceptTimeoutMs, trouble } = this.#options;
    const now = this.#patience.now();
    for (const submission of this.#pending.expire(now - acceptTimeoutMs)) {
      this.#fail(submission, notConfirmed(submission, acceptTimeoutMs, trouble()));
    }
    const { expired, next } = this.#pending.expireImpatient(now);
    for (const submission of expired) {
      const ownMs = submission.call.acceptTimeoutMs ?? acceptTimeoutMs;
      this.#fail(submission, notConfirmed(submission, ownMs, trouble()));
    }
    if (next !== undefined) this.#patience.at(next);
    this.#settle();
    const { oldestPatient } = this.#pending;
    if (oldestPatient !== undefined) this.#patience.at(oldestPatient + acceptTimeoutMs);
    if (this.#pending.wake(now)) this.#options.ready(this);
    const { wakesAt } = this.#pending;
    if (wakesAt !== undefined) this.#patience.at(wakesAt);
  }

  /** The same call under the same id is one submission; another call under it is refused here already. */
  #join(earlier: PendingSubmit, call: OutgoingCall, record: TaskRecord): void {
    if (isSameCall(earlier.call, call)) {
      earlier.repeats = [...earlier.repeats, record];
      this.#options.watches.addOwn(record);
    } else {
      const text = conflictText(call.id, differencesOf(earlier.call, call));
      record.break(new IdConflictError(call.id, text));
    }
  }

  #fail(submission: PendingSubmit, error: Error): void {
    for (const record of [submission.record, ...submission.repeats]) {
      record.break(error);
      this.#options.watches.remove(record, submission.pending);
    }
  }

  #settle(): void {
    const waiting = this.#pending.length > 0;
    if (waiting !== this.#holding) {
      this.#holding = waiting;
      if (waiting) this.#options.hold.acquire();
      else this.#options.hold.release();
    }
    if (this.#pending.sendable) this.#options.ready(this);
    if (this.#pending.hasRoom) {
      this.#drain?.done();
      this.#drain = undefined;
    }
    if (this.#flushes.length === 0) return;
    const oldest = this.#pending.oldest?.ordinal ?? Number.POSITIVE_INFINITY;
    const flushed = this.#flushes.filter(({ until }) => until < oldest);
    this.#flushes = this.#flushes.filter(({ until }) => until >= oldest);
    for (const flush of flushed) flush.done();
  }
}
