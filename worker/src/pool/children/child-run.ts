/** A run in a child: waits for one that is free, and may be ended with it. */
import { verdictOnError } from '@celeriac/client/hosting';
import { type Assignment, LOSS_LENGTH, type Outcome } from '@celeriac/protocol/internal';
import { afterReading, type Clock, type Timer } from '@celeriac/runtime';
import type { ChildHandle } from '../child/child-messages.ts';
import type { PoolReports, Run, StopReason } from '../pool.ts';
import { stopError } from '../stop-error.ts';

/** Those that wait for a child. */
export interface RunQueue {
  add(run: ChildRun): void;
  remove(run: ChildRun): void;
  /** The worker shuts down: what ends now is not replaced. */
  hurried(): void;
}

export class ChildRun implements Run {
  readonly assignment: Assignment;
  /** Hears at once what its body shows. */
  readonly reports: PoolReports;
  readonly #queue: RunQueue;
  readonly #clock: Clock;
  #child: ChildHandle | undefined;
  #forced: StopReason | undefined;
  #timer: Timer | undefined;
  /** Its outcome is told. */
  #told = false;
  /** Nothing of it is left, neither its body nor its handlers. */
  #over = false;

  constructor(assignment: Assignment, queue: RunQueue, clock: Clock, reports: PoolReports) {
    this.assignment = assignment;
    this.#queue = queue;
    this.#clock = clock;
    this.reports = reports;
  }

  /** Whether its child has been told to end with it, so that it can be of no more use. */
  get forced(): boolean {
    return this.#forced !== undefined;
  }

  enter(): void {
    this.#queue.add(this);
  }

  abort(reason: StopReason, terminate: boolean, graceMs: number): void {
    if (reason === 'shutdown') this.#queue.hurried();
    if (this.#over) return;
    const child = this.#child;
    if (child === undefined) {
      this.#queue.remove(this);
      this.settled(unbegun(reason, this.assignment), [], false);
      return;
    }
    child.post(['abort', this.assignment[0], reason]);
    if (!terminate) return;
    this.#timer?.cancel();
    if (graceMs <= 0) this.#force(child, reason);
    else this.#timer = afterReading(this.#clock, graceMs, () => this.#force(child, reason));
  }

  /** A child has it, and begins. */
  taken(child: ChildHandle): void {
    this.#child = child;
    this.reports.began();
  }

  room(upTo: number): void {
    if (!this.#over) this.#child?.post(['room', this.assignment[0], upTo]);
  }

  entered(): void {
    if (!this.#told) this.reports.entered();
  }

  /** @param follows whether its handlers are to hear of it: then it goes on */
  settled(outcome: Outcome, children: readonly string[], follows: boolean): void {
    if (this.#told) return;
    this.#told = true;
    this.#over = !follows;
    this.#timer?.cancel();
    if (!follows) this.reports.settled(outcome, children);
    else this.reports.settled(outcome, children, (recorded) => this.#follow(recorded));
  }

  followed(cut?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.reports.followed(cut);
  }

  /** Its child is gone, and the body with it, or its handlers. */
  died(why: string): void {
    const told = this.#forced === undefined ? why : `was ended by force (${this.#forced})`;
    if (this.#told) this.followed(`${this.#child?.label ?? 'its child'} ${told}`);
    else this.settled(['lost', told.slice(0, LOSS_LENGTH)], [], false);
  }

  #follow(recorded: boolean): void {
    if (!this.#over) this.#child?.post(['follow', this.assignment[0], recorded]);
  }

  #force(child: ChildHandle, reason: StopReason): void {
    this.#forced = reason;
    child.kill();
  }
}

/** The gateway has decided already; if it has not, the task goes back without blame. */
function unbegun(reason: StopReason, assignment: Assignment): Outcome {
  const { outcome } = verdictOnError(stopError(reason, assignment), Number.POSITIVE_INFINITY);
  return outcome[0] === 'failure' ? ['rejected', outcome[1], true] : outcome;
}
