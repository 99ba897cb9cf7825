/**
 * The time limits of a run, for every pool. They count the body alone: neither `beforeStart` nor the handlers after it,
 * which have a limit of their own.
 *
 * The soft limit asks the body to stop, and how it ends then is its outcome. The hard limit is the outcome: the gateway
 * is told at once, and the pool ends the body by force where it can. The slot stays taken until the body is gone.
 */
import { startLimits, verdictOnError } from '@celeriac/client/hosting';
import type { Assignment, Outcome } from '@celeriac/protocol';
import { afterReading, type Clock, type Timer } from '@celeriac/runtime';
import type { Follow, Pool, PoolReports, Run, StopReason } from '../pool/pool.ts';
import { stopError } from '../pool/stop-error.ts';

export interface LimitedReports extends PoolReports {
  /** How the attempt ended, while its body may still run; `settled` follows when it does not, and is no news. */
  timedOut(outcome: Outcome): void;
}

/**
 * Makes a run; one without limits costs nothing more than the pool asks.
 * @param handlerTimeoutMs how long the `beforeStart` of a task may take; 0 is without end
 */
export function prepareRun(
  pool: Pool,
  clock: Clock,
  assignment: Assignment,
  reports: LimitedReports,
  handlerTimeoutMs: (task: string) => number,
): Run {
  return hasLimits(assignment)
    ? new LimitedRun(pool, clock, assignment, reports, handlerTimeoutMs(assignment[3]))
    : pool.prepare(assignment, reports);
}

/** A limit of 0 is none. */
export function hasLimits([, , , , , { timeLimitMs, softTimeLimitMs }]: Assignment): boolean {
  return isLimit(timeLimitMs) || isLimit(softTimeLimitMs);
}

function isLimit(ms: number | undefined): ms is number {
  return ms !== undefined && ms > 0;
}

class LimitedRun implements Run, PoolReports {
  readonly #run: Run;
  readonly #clock: Clock;
  readonly #assignment: Assignment;
  readonly #reports: LimitedReports;
  /** How much later than the attempt the body may begin; `undefined` where nobody could tell, or end it. */
  readonly #startMs: number | undefined;
  #timers: readonly Timer[] = [];

  constructor(
    pool: Pool,
    clock: Clock,
    assignment: Assignment,
    reports: LimitedReports,
    handlerTimeoutMs: number,
  ) {
    this.#run = pool.prepare(assignment, this);
    this.#clock = clock;
    this.#assignment = assignment;
    this.#reports = reports;
    this.#startMs = pool.kind === 'inline' || handlerTimeoutMs === 0 ? undefined : handlerTimeoutMs;
  }

  enter(): void {
    this.#run.enter();
  }

  abort(reason: StopReason, terminate: boolean, graceMs: number): void {
    this.#run.abort(reason, terminate, graceMs);
  }

  room(upTo: number): void {
    this.#run.room(upTo);
  }

  /** A child that does not come to its body has the time of what is before the body, and the body's. */
  began(): void {
    const { timeLimitMs } = this.#assignment[5];
    if (isLimit(timeLimitMs) && this.#startMs !== undefined)
      this.#timers = [afterReading(this.#clock, timeLimitMs + this.#startMs, () => this.#timeOut())];
    this.#reports.began();
  }

  entered(): void {
    this.#cancel();
    const soft = (): void => this.#run.abort('soft-limit', false, 0);
    this.#timers = startLimits(this.#clock, this.#assignment, soft, () => this.#timeOut());
    this.#reports.entered();
  }

  progress(...facts: Parameters<PoolReports['progress']>): void {
    this.#reports.progress(...facts);
  }

  emit(...chunk: Parameters<PoolReports['emit']>): void {
    this.#reports.emit(...chunk);
  }

  waits(waiting: boolean): void {
    this.#reports.waits(waiting);
  }

  settled(outcome: Outcome, children: readonly string[], follow?: Follow): void {
    this.#cancel();
    this.#reports.settled(outcome, children, follow);
  }

  followed(cut?: string): void {
    this.#reports.followed(cut);
  }

  #cancel(): void {
    for (const timer of this.#timers) timer.cancel();
  }

  #timeOut(): void {
    const { outcome } = verdictOnError(stopError('time-limit', this.#assignment), Number.POSITIVE_INFINITY);
    if (outcome[0] === 'failure') this.#reports.timedOut(['timed-out', outcome[1]]);
    this.#run.abort('time-limit', true, 0);
  }
}
