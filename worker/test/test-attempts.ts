import type { Assignment, Outcome } from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import { pino } from 'pino';
import { Attempt, type AttemptParts } from '../src/attempts/attempt.ts';
import { Slots } from '../src/attempts/slots.ts';
import type { Follow, Pool, PoolReports, StopReason } from '../src/pool/pool.ts';

/** A body that does what a test says, and then its handlers. */
export class HandRun {
  readonly nonce: string;
  readonly reports: PoolReports;
  /** The body has not ended, or its handlers have not: its slot is taken. */
  open = true;
  /** The body has ended. */
  settled = false;
  /** It waits for another task. */
  waiting = false;
  /** Why it was asked to stop, in order. */
  readonly stops: StopReason[] = [];
  /** Whether its handlers were let go, or told that they are not to be called. */
  followed: boolean | undefined;

  readonly #reachesBody: boolean;

  constructor(nonce: string, reports: PoolReports, reachesBody: boolean) {
    this.nonce = nonce;
    this.reports = reports;
    this.#reachesBody = reachesBody;
  }

  enter(): void {
    this.reports.began();
    if (this.#reachesBody) this.reports.entered();
  }

  abort(reason: StopReason): void {
    this.stops.push(reason);
  }

  room(): void {}

  waits(waiting: boolean): void {
    if (this.open) this.waiting = waiting;
    this.reports.waits(waiting);
  }

  /** @param handlers whether some are to hear of it: then it goes on until they have, or are not to */
  settle(outcome: Outcome = ['success', '1'], handlers = false): void {
    const first = !this.settled;
    this.settled = true;
    this.waiting = false;
    if (!handlers) this.open = false;
    const follow: Follow = (recorded) => {
      this.followed = recorded;
      if (!recorded) this.end();
    };
    if (first) this.reports.settled(outcome, [], handlers ? follow : undefined);
  }

  /** The handlers end. @param cut why, where they were cut short */
  end(cut?: string): void {
    this.open = false;
    this.waiting = false;
    this.reports.followed(cut);
  }
}

/** Attempts and their slots without a gateway: what leaves is noted. */
export class TestAttempts {
  readonly clock = new ManualClock();
  readonly slots: Slots;
  readonly runs = new Map<string, HandRun>();
  /** What the gateway is told, in order. */
  readonly reported: (readonly [nonce: string, Outcome])[] = [];
  /** States and chunks, as they leave. */
  readonly shown: unknown[] = [];
  readonly lines: Readonly<Record<string, unknown>>[] = [];
  /** Whether the gateway is told the outcome as it was. */
  faithful = true;
  /** Whether runs come to their body, or hang before it. */
  reachBodies = true;
  /** 0 is without end. */
  handlerTimeoutMs = 0;
  readonly #parts: AttemptParts;

  constructor(concurrency = 1, given: Partial<AttemptParts> | Pool['kind'] = 'inline') {
    this.slots = new Slots(concurrency);
    const kind = typeof given === 'string' ? given : 'inline';
    this.#parts = {
      pool: { kind, prepare: (assignment, reports) => this.#prepare(assignment, reports) },
      clock: this.clock,
      log: pino({ level: 'error' }, { write: (line) => void this.lines.push(JSON.parse(line)) }),
      handlerTimeoutMs: () => this.handlerTimeoutMs,
      slots: this.slots,
      life: { taskBegan: () => undefined },
      turn: { wake: () => undefined, progress: (item) => void this.shown.push(item) },
      chunks: { add: (...chunk) => void this.shown.push(chunk) },
      reports: {
        settled: ({ nonce }, outcome) => {
          this.reported.push([nonce, outcome]);
          return this.faithful;
        },
      },
      ...(typeof given === 'string' ? undefined : given),
    };
  }

  /** It waits for a slot. */
  assign(assignment: Assignment): Attempt {
    const attempt = new Attempt(assignment, this.#parts);
    this.slots.accept(attempt);
    return attempt;
  }

  /** One that runs, where there is a slot for it. */
  run(assignment: Assignment): HandRun {
    this.assign(assignment);
    this.turn();
    const run = this.runs.get(assignment[0]);
    if (run === undefined) throw new Error('there was no slot for it');
    return run;
  }

  /** Those that find a slot are announced, and then entered. */
  turn(): void {
    this.slots.enter(this.slots.announce());
  }

  #prepare([nonce]: Assignment, reports: PoolReports): HandRun {
    const run = new HandRun(nonce, reports, this.reachBodies);
    this.runs.set(nonce, run);
    return run;
  }
}
