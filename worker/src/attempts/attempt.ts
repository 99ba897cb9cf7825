import type { AbortReason, Assignment, HeldAttempt, Outcome, WirePayload } from '@celeriac/protocol';
import type { Follow, Run, StopReason } from '../pool/pool.ts';
import type { LimitedReports } from './limited-run.ts';

/**
 * Where an attempt is:
 * waiting (for a slot) → announced (`started` is on its way, or waits for its ack) → running → gone; or, where handlers
 * hear of its outcome, running → following → gone.
 */
export type Phase = 'waiting' | 'announced' | 'running' | 'following' | 'gone';

/** Who counts what an attempt takes. */
export interface AttemptHome {
  waits(attempt: Attempt, waiting: boolean): void;
  settled(attempt: Attempt, outcome: Outcome, children: readonly string[], follow?: Follow): void;
  followed(attempt: Attempt, cut?: string): void;
  timedOut(attempt: Attempt, outcome: Outcome): void;
}

/** Who is told what its body does. */
export interface AttemptListener {
  /** Its body begins. */
  began(attempt: Attempt): void;
  progressed(attempt: Attempt): void;
  emitted(attempt: Attempt, chunk: WirePayload): void;
}

/** One assignment held by this worker. */
export class Attempt implements LimitedReports {
  readonly assignment: Assignment;
  phase: Phase = 'waiting';
  /** The custom state set last; the gateway is told again after a reconnect. */
  progressSet: readonly [state: string, meta: WirePayload] | null = null;
  /** Its body waits for another task: the slot is lent. */
  lends = false;
  /** Given back, given up or timed out: how the body ends is nobody's business any more. */
  disowned = false;
  readonly #home: AttemptHome;
  readonly #listener: AttemptListener;
  #run: Run | undefined;
  /** Why it was told to stop, where the gateway decides what becomes of it. */
  #stopped: AbortReason | undefined;

  constructor(assignment: Assignment, home: AttemptHome, listener: AttemptListener) {
    this.assignment = assignment;
    this.#home = home;
    this.#listener = listener;
  }

  get nonce(): string {
    return this.assignment[0];
  }

  get awaitsStart(): boolean {
    return this.assignment[5].awaitStart;
  }

  /** As a hello has it. */
  describe(): HeldAttempt {
    const [nonce, id, attempt] = this.assignment;
    return [id, attempt, nonce, this.phase === 'running', this.progressSet];
  }

  enter(run: Run): void {
    this.phase = 'running';
    this.#run = run;
    run.enter();
  }

  abort(reason: StopReason, terminate: boolean, graceMs: number): void {
    if (reason === 'revoked' || reason === 'lease-lost') this.#stopped ??= reason;
    this.#run?.abort(reason, terminate, graceMs);
  }

  began(): void {
    this.#listener.began(this);
  }

  progress(state: string, meta: WirePayload): void {
    if (this.phase !== 'running') return;
    this.progressSet = [state, meta];
    if (!this.disowned) this.#listener.progressed(this);
  }

  emit(chunk: WirePayload): void {
    if (this.phase === 'running' && !this.disowned) this.#listener.emitted(this, chunk);
  }

  room(upTo: number): void {
    this.#run?.room(upTo);
  }

  waits(waiting: boolean): void {
    this.#home.waits(this, waiting);
  }

  entered(): void {}

  settled(outcome: Outcome, children: readonly string[], follow?: Follow): void {
    const judged = this.#judge(outcome);
    // What is not as the run has it, the handlers of the run are not told.
    const changed = judged !== outcome && follow !== undefined;
    this.#home.settled(this, judged, children, changed ? () => follow(false) : follow);
  }

  followed(cut?: string): void {
    this.#home.followed(this, cut);
  }

  timedOut(outcome: Outcome): void {
    this.#home.timedOut(this, outcome);
  }

  /**
   * A body that was told to stop and fails has not failed by itself. Most often nobody reads the report: the task is
   * revoked, or another's. But a gateway may have died before it recorded the one, and still keep the lease that we
   * gave up: then the task must not end by our error, but run again if it may.
   */
  #judge(outcome: Outcome): Outcome {
    const failed = outcome[0] === 'failure' || outcome[0] === 'retry' || outcome[0] === 'rejected';
    return this.#stopped === undefined || !failed ? outcome : ['lost', `was told to stop (${this.#stopped})`];
  }
}
