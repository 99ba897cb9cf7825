import { hasLimits, startLimits, verdictOnError } from '@celeriac/client/hosting';
import type {
  AbortReason,
  Assignment,
  HeldAttempt,
  Outcome,
  ProgressItem,
  WirePayload,
} from '@celeriac/protocol/internal';
import { afterReading, type Clock, type Timer } from '@celeriac/runtime';
import type { Logger } from 'pino';
import type { LifeEvents } from '../life/events.ts';
import type { Follow, Pool, PoolReports, Run, StopReason } from '../pool/pool.ts';
import { stopError } from '../pool/stop-error.ts';

/**
 * Where an attempt is:
 *
 *   waiting (for a slot) → announced (`started` is on its way, or waits for its ack) → running → gone
 *   running → following → gone, where handlers hear of its outcome
 *   running → disowned → gone, where it timed out or was given back: how its body ends no longer matters
 *
 * Only the slots move it, since they count by it.
 */
export type AttemptPhase = 'waiting' | 'announced' | 'running' | 'disowned' | 'following' | 'gone';

/** What attempts act on and report to: one object for all of a worker. */
export interface AttemptParts {
  readonly pool: Pick<Pool, 'kind' | 'prepare'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long the handlers of a task may take, those before its body and those after it; 0 is without end. */
  readonly handlerTimeoutMs: (task: string) => number;
  readonly slots: {
    move(attempt: Attempt, phase: AttemptPhase): void;
    yieldSlot(attempt: Attempt, yields: boolean): void;
  };
  readonly life: Pick<LifeEvents, 'taskBegan'>;
  readonly turn: {
    /** A slot may be free, or the capacity another. */
    wake(): void;
    progress(item: ProgressItem): void;
  };
  readonly chunks: { add(nonce: string, chunk: WirePayload): void };
  readonly reports: {
    /** @returns whether the gateway is told the outcome as it was */
    settled(attempt: Attempt, outcome: Outcome, children: readonly string[]): boolean;
  };
}

/** What handlers have, once they were asked to stop, before their thread or process is ended. */
const HANDLER_GRACE_MS = 1_000;
const NO_CHILDREN: readonly string[] = [];
const NO_TIMERS: readonly Timer[] = [];

/**
 * One assignment that this worker has.
 *
 * Its time limits count the body alone: neither `beforeStart` nor the handlers after it, which have a limit of their own.
 * The soft limit asks the body to stop, and how it ends then is its outcome. The hard limit is the outcome: the gateway
 * is told at once, and the pool ends the body by force where it can. The slot stays taken until the body is gone.
 *
 * Handlers after the body are called when the gateway has recorded the outcome: from then on it stands, whatever a handler
 * does to this process, and one that the gateway has refused is no news to anybody.
 */
export class Attempt implements PoolReports {
  readonly assignment: Assignment;
  phase: AttemptPhase = 'waiting';
  /** Its body waits for another task: others use its slot. */
  yieldsSlot = false;
  /** The custom state that it showed last; the gateway is told again after a reconnect. */
  shown: ProgressItem | undefined;
  readonly #parts: AttemptParts;
  #run: Run | undefined;
  /** Why it was told to stop, where the gateway decides what becomes of it. */
  #stopped: AbortReason | undefined;
  /** Before the body that of its start, in it its own, after it that of its handlers. */
  #timers: readonly Timer[] = NO_TIMERS;
  /** Its handlers wait for the gateway's answer. */
  #follow: Follow | undefined;

  constructor(assignment: Assignment, parts: AttemptParts) {
    this.assignment = assignment;
    this.#parts = parts;
  }

  get nonce(): string {
    return this.assignment[0];
  }

  get task(): string {
    return this.assignment[3];
  }

  get awaitsStart(): boolean {
    return this.assignment[5].awaitStart;
  }

  /** Only its handlers are left, and the gateway has not answered yet whether they are to be called. */
  get unanswered(): boolean {
    return this.#follow !== undefined;
  }

  /** As a hello has it. */
  describe(): HeldAttempt {
    const [nonce, id, attempt] = this.assignment;
    const { shown } = this;
    return [id, attempt, nonce, this.phase === 'running', shown === undefined ? null : [shown[1], shown[2]]];
  }

  enter(): void {
    this.#run = this.#parts.pool.prepare(this.assignment, this);
    this.#run.enter();
  }

  abort(reason: StopReason, terminate: boolean, graceMs: number): void {
    if (reason === 'revoked' || reason === 'lease-lost') this.#stopped ??= reason;
    // Nobody waits for it any more.
    if (reason === 'shutdown') this.#stopTimers();
    this.#run?.abort(reason, terminate, graceMs);
  }

  room(upTo: number): void {
    this.#run?.room(upTo);
  }

  /** In a child the time limit is watched from here as well, with the time of `beforeStart` added: it may never enter the body. */
  began(): void {
    const { pool, clock, handlerTimeoutMs, life } = this.#parts;
    const { timeLimitMs = 0 } = this.assignment[5];
    const startMs = timeLimitMs > 0 && pool.kind !== 'inline' ? handlerTimeoutMs(this.task) : 0;
    if (startMs > 0) this.#timers = [afterReading(clock, timeLimitMs + startMs, () => this.#timeOut())];
    life.taskBegan(this.assignment);
  }

  entered(): void {
    this.#stopTimers();
    if (!hasLimits(this.assignment)) return;
    const soft = (): void => this.abort('soft-limit', false, 0);
    this.#timers = startLimits(this.#parts.clock, this.assignment, soft, () => this.#timeOut());
  }

  progress(state: string, meta: WirePayload): void {
    if (this.phase !== 'running') return;
    this.shown = [this.nonce, state, meta];
    this.#parts.turn.progress(this.shown);
  }

  emit(chunk: WirePayload): void {
    if (this.phase === 'running') this.#parts.chunks.add(this.nonce, chunk);
  }

  waits(waiting: boolean): void {
    this.#parts.slots.yieldSlot(this, waiting);
    this.#parts.turn.wake();
  }

  settled(outcome: Outcome, children: readonly string[], follow?: Follow): void {
    if (this.phase !== 'running' && this.phase !== 'disowned') return;
    this.#stopTimers();
    if (this.phase === 'disowned') {
      if (follow === undefined) this.#end();
      else follow(false);
      return;
    }
    const judged = this.#judge(outcome);
    // What is not as the run has it, the handlers of the run are not told.
    this.#follow = judged === outcome || follow === undefined ? follow : () => follow(false);
    if (follow === undefined) this.#end();
    else this.#parts.slots.move(this, 'following');
    if (!this.#parts.reports.settled(this, judged, children))
      this.forgo('the outcome could not be reported to the gateway unchanged');
  }

  followed(cut?: string): void {
    if (this.phase !== 'following' && this.phase !== 'disowned') return;
    if (cut !== undefined) this.#logCut(cut);
    this.#follow = undefined;
    this.#stopTimers();
    this.#end();
  }

  /** The gateway has recorded the outcome, or refused it. */
  answered(recorded: boolean): void {
    const follow = this.#follow;
    if (follow === undefined) return;
    const { clock, handlerTimeoutMs } = this.#parts;
    this.#follow = undefined;
    const limitMs = recorded ? handlerTimeoutMs(this.task) : 0;
    if (limitMs > 0) this.#timers = [afterReading(clock, limitMs, () => this.#stopHandlers())];
    follow(recorded);
  }

  /** The gateway will say nothing of it that its handlers may be told: they are not called, and the log says so. */
  forgo(why: string): void {
    if (this.#follow === undefined) return;
    this.#logCut(`not called: ${why}`);
    this.answered(false);
  }

  /** Its handlers are no longer waited for. */
  stopFollowing(): void {
    if (this.phase !== 'following') return;
    if (this.#follow === undefined) this.abort('shutdown', true, 0);
    else this.forgo('the worker stopped before the gateway had recorded the outcome');
  }

  #timeOut(): void {
    if (this.phase === 'running') {
      const [, id, , task] = this.assignment;
      this.#parts.log.error({ task, id }, 'the time limit is over');
      this.#parts.slots.move(this, 'disowned');
      const { outcome } = verdictOnError(stopError('time-limit', this.assignment), Number.POSITIVE_INFINITY);
      if (outcome[0] === 'failure') this.#parts.reports.settled(this, ['timed-out', outcome[1]], NO_CHILDREN);
    }
    this.#run?.abort('time-limit', true, 0);
  }

  /** A function in our own loop cannot be ended: its slot is given back, and it is no longer waited for. */
  #stopHandlers(): void {
    this.abort('handler-limit', true, HANDLER_GRACE_MS);
    if (this.#parts.pool.kind === 'inline') this.followed();
  }

  #stopTimers(): void {
    for (const timer of this.#timers) timer.cancel();
  }

  #end(): void {
    this.#parts.slots.move(this, 'gone');
    this.#parts.turn.wake();
  }

  #logCut(why: string): void {
    const [, id, , task] = this.assignment;
    this.#parts.log.error({ task, id, why }, 'handlers were stopped before their end');
  }

  /**
   * A body that was told to stop and fails has not failed by itself. Most often the report is ignored: the task is
   * revoked, or another's. But a gateway may have died before it recorded the one, and still keep the lease that we
   * gave up: then the task must not end by our error, but run again if it may.
   */
  #judge(outcome: Outcome): Outcome {
    const failed = outcome[0] === 'failure' || outcome[0] === 'retry' || outcome[0] === 'rejected';
    return this.#stopped === undefined || !failed ? outcome : ['lost', `was told to stop (${this.#stopped})`];
  }
}
