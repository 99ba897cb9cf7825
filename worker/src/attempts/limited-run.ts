/**
 * The time limits of a run, for every pool. They count from when the body begins.
 *
 * The soft limit asks the body to stop, and how it ends then is its outcome. The hard limit is the outcome: the gateway
 * is told at once, and the pool ends the body by force where it can. The slot stays taken until the body is gone.
 */
import type { Assignment, Outcome } from '@celeriac/protocol';
import type { Clock, Timer } from '@celeriac/runtime';
import { verdictOnError } from '../execute/outcome.ts';
import type { Pool, PoolReports, Run, StopReason } from '../pool/pool.ts';
import { stopError } from '../pool/stop-error.ts';

export interface LimitedReports extends PoolReports {
  /** How the attempt ended, while its body may still run; `settled` follows when it does not, and is no news. */
  timedOut(outcome: Outcome): void;
}

/** Makes a run; one without limits costs nothing more than the pool asks. */
export function prepareRun(pool: Pool, clock: Clock, assignment: Assignment, reports: LimitedReports): Run {
  const { timeLimitMs, softTimeLimitMs } = assignment[5];
  return timeLimitMs === undefined && softTimeLimitMs === undefined
    ? pool.prepare(assignment, reports)
    : new LimitedRun(pool, clock, assignment, reports);
}

class LimitedRun implements Run, PoolReports {
  readonly #run: Run;
  readonly #clock: Clock;
  readonly #assignment: Assignment;
  readonly #reports: LimitedReports;
  #timers: readonly Timer[] = [];

  constructor(pool: Pool, clock: Clock, assignment: Assignment, reports: LimitedReports) {
    this.#run = pool.prepare(assignment, this);
    this.#clock = clock;
    this.#assignment = assignment;
    this.#reports = reports;
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

  began(): void {
    const { timeLimitMs, softTimeLimitMs } = this.#assignment[5];
    this.#timers = [
      ...(softTimeLimitMs === undefined
        ? []
        : [this.#clock.after(softTimeLimitMs, () => this.#run.abort('soft-limit', false, 0))]),
      ...(timeLimitMs === undefined ? [] : [this.#clock.after(timeLimitMs, () => this.#timeOut())]),
    ];
    this.#reports.began();
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

  settled(outcome: Outcome, children: readonly string[]): void {
    for (const timer of this.#timers) timer.cancel();
    this.#reports.settled(outcome, children);
  }

  #timeOut(): void {
    const { outcome } = verdictOnError(stopError('time-limit', this.#assignment), Number.POSITIVE_INFINITY);
    if (outcome[0] === 'failure') this.#reports.timedOut(['timed-out', outcome[1]]);
    this.#run.abort('time-limit', true, 0);
  }
}
