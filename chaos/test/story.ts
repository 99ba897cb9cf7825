/**
 * Histories written by hand: a few words per deed, in any order. Times are milliseconds from the beginning; wall time is
 * the same number, so that due times are easy to read.
 */
import type { CallEntry, Entry, FaultKind, ReadState, TaskLine } from '../history/entry.ts';
import type { Said } from '../history/history-recorder.ts';

export const LEASE_MS = 30_000;
export const GRACE_MS = 5_000;
export const STALL_MS = 2_000;

const PLAIN: CallEntry = {
  name: 'work',
  content: 'work 1',
  dueAt: null,
  expiresAt: null,
  once: false,
  maxDeliveries: 3,
  poison: false,
  links: [],
};

type RunOutcome = 'success' | 'failure' | 'retry' | 'requeue' | 'ignored' | 'rejected';

interface RunGiven {
  readonly by?: string;
  readonly attempt?: number;
  readonly from: number;
  /** Left out: it never ended. */
  readonly to?: number;
  readonly outcome?: RunOutcome;
  readonly body?: string;
  readonly aborted?: boolean;
  readonly verdict?: 'applied' | 'duplicate' | 'stale' | 'unknown';
}

export class Story {
  readonly #entries: Entry[] = [];
  #numbers = 0;
  #faults = 0;

  constructor() {
    this.say(0, 'nemesis', {
      kind: 'setup',
      seed: 1,
      leaseMs: LEASE_MS,
      graceMs: GRACE_MS,
      heartbeatMs: 5_000,
      lazyMs: 100,
      stallMs: STALL_MS,
      faultyStallMs: 35_000,
      memoryLimit: 1_000,
    });
  }

  /** In order of time; of one moment, in the order in which they were said. */
  get entries(): readonly Entry[] {
    return [...this.#entries].sort((one, other) => one.at - other.at);
  }

  say(at: number, by: string, said: Said): this {
    this.#entries.push({ at, wall: at, by, ...said } as Entry);
    return this;
  }

  /** Submits; `answer` is what comes of it one millisecond later, `null` nothing. */
  calls(
    id: string,
    at: number,
    given: Partial<CallEntry> = {},
    answer: string | null = 'ok',
    by = 'client-1',
  ): this {
    const number = ++this.#numbers;
    const common = { kind: 'operation', op: 'submit', number, id } as const;
    this.say(at, by, { ...common, phase: 'invoke', call: { ...PLAIN, ...given } });
    if (answer === 'ok') this.say(at + 1, by, { ...common, phase: 'ok' });
    else if (answer !== null) this.say(at + 1, by, { ...common, phase: 'fail', code: answer });
    return this;
  }

  runs(id: string, given: RunGiven): this {
    const { by = 'worker-1', attempt = 1, from, to, outcome = 'success', aborted = false } = given;
    const run = { kind: 'run', id, attempt, nonce: `${id} ${attempt} ${by}` } as const;
    const body = given.body ?? `value of ${run.nonce}`;
    this.say(from, by, { ...run, phase: 'begin' });
    if (to !== undefined) this.say(to, by, { ...run, phase: 'end', outcome, body, aborted });
    const { verdict } = given;
    if (verdict !== undefined)
      this.say((to ?? from) + 1, by, { kind: 'verdict', id, nonce: run.nonce, verdict });
    return this;
  }

  /** A handle sees these lines, one more than the last each time: `STARTED started 1` is one. */
  sees(id: string, at: number, lines: readonly string[], body: string | null = null, by = 'client-1'): this {
    const { watcher, all } = { watcher: `${by} ${id}`, all: lines.map((line) => toLine(line, at)) };
    return this.say(at, by, {
      kind: 'seen',
      watcher,
      id,
      from: 0,
      lines: all,
      sequence: all.length,
      body,
    });
  }

  reads(id: string, at: number, standing: Partial<ReadState> = {}, final = true): this {
    const number = ++this.#numbers;
    const common = { kind: 'operation', op: 'read', number, id } as const;
    const found = {
      known: true,
      state: 'SUCCESS',
      sequence: 3,
      attempt: 1,
      body: null,
      ...standing,
    } as const;
    this.say(at, 'client-last', { ...common, phase: 'invoke', final });
    return this.say(at + 1, 'client-last', { ...common, phase: 'ok', ...found });
  }

  follows(id: string, at: number, by = 'client-1'): this {
    return this.say(at, by, {
      kind: 'operation',
      op: 'follow',
      phase: 'invoke',
      number: ++this.#numbers,
      id,
    });
  }

  prevents(id: string, at: number): this {
    const common = { kind: 'operation', op: 'revoke', number: ++this.#numbers, id } as const;
    this.say(at, 'client-1', { ...common, phase: 'invoke' });
    return this.say(at + 1, 'client-1', { ...common, phase: 'ok', verdict: 'prevented' });
  }

  strikes(fault: FaultKind, target: string, from: number, to: number): this {
    const number = ++this.#faults;
    this.say(from, 'nemesis', { kind: 'fault', phase: 'begin', number, fault, target });
    return this.say(to, 'nemesis', { kind: 'fault', phase: 'end', number, fault, target });
  }

  workerUp(at: number, by = 'worker-1', concurrency = 1): this {
    return this.say(at, by, { kind: 'worker', phase: 'up', pool: 'inline', concurrency, prefetch: 0 });
  }

  leaves(at: number, residue: Readonly<Record<string, number>>, memory: number | null = null): this {
    return this.say(at, 'nemesis', { kind: 'sample', memory, residue });
  }

  drains(at: number): this {
    return this.say(at, 'nemesis', { kind: 'milestone', name: 'drained' });
  }

  /** Called, run, seen and read back, as it should be. */
  lives(id: string, at = 10): this {
    const body = `value of ${id} 1 worker-1`;
    return this.calls(id, at)
      .runs(id, { from: at + 10, to: at + 20, verdict: 'applied' })
      .sees(id, at + 25, ['PENDING submitted 0', 'STARTED started 1', 'SUCCESS completed 1'], body)
      .reads(id, 90_000, { body });
  }
}

function toLine(text: string, at: number): TaskLine {
  const [state, reason, attempt, when] = text.split(' ');
  return [state, reason, when === undefined ? at : Number(when), Number(attempt)] as unknown as TaskLine;
}
