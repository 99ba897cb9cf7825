/** A history by task: what was asked, told and done of each, in order of time. */
import type {
  CallEntry,
  Entry,
  EntryOf,
  FaultKind,
  OperationName,
  ReadState,
  SampleEntry,
  SeenEntry,
  Setup,
  Stamp,
} from '../history/entry.ts';

/** An operation from its call to its answer. */
export interface Asked {
  readonly op: OperationName;
  readonly by: string;
  readonly id: string;
  readonly at: number;
  readonly invoke: EntryOf<'operation'>;
  /** `undefined` while there is no answer: its process died, or still waits. */
  answer: EntryOf<'operation'> | undefined;
  /** Who asked died without an answer. */
  abandoned: boolean;
}

export interface RunFacts {
  readonly by: string;
  readonly id: string;
  readonly attempt: number;
  readonly nonce: string;
  readonly begin: Stamp;
  effectAt: number | undefined;
  end: (EntryOf<'run'> & { readonly phase: 'end' }) | undefined;
}

export interface FaultFacts {
  readonly fault: FaultKind;
  readonly target: string;
  readonly begin: number;
  /** The end of the history where it has none. */
  end: number;
}

export interface TaskDigest {
  readonly id: string;
  /** Every submit, of all clients. */
  readonly submits: Asked[];
  /** The call that links to it, if one does. */
  linkedFrom: string | undefined;
  readonly revokes: Asked[];
  readonly reads: (ReadState & { readonly at: number; readonly by: string; readonly final: boolean })[];
  readonly follows: Asked[];
  readonly seen: (Stamp & SeenEntry)[];
  readonly runs: RunFacts[];
  /** By nonce, the last. */
  readonly verdicts: Map<string, EntryOf<'verdict'>['verdict']>;
}

export interface Digest {
  /** Stamped by a clock that nothing strikes: what `at` is in wall time. */
  readonly setup: Stamp & Setup;
  readonly entries: readonly Entry[];
  readonly tasks: ReadonlyMap<string, TaskDigest>;
  readonly asked: readonly Asked[];
  readonly faults: readonly FaultFacts[];
  readonly gaps: readonly EntryOf<'gap'>[];
  readonly samples: readonly (Stamp & SampleEntry)[];
  /** Workers whose bodies run in threads. */
  readonly threads: ReadonlySet<string>;
  readonly drained: boolean;
  readonly endAt: number;
}

/** @throws Error when the history does not begin with its setup */
export function digest(entries: readonly Entry[]): Digest {
  const [setup] = entries.filter((entry) => entry.kind === 'setup');
  if (setup === undefined) throw new Error('expected a history to have a setup, got none');
  return new Digester(setup, entries).read();
}

class Digester {
  readonly #setup: Stamp & Setup;
  readonly #entries: readonly Entry[];
  readonly #tasks = new Map<string, TaskDigest>();
  readonly #asked: Asked[] = [];
  readonly #open = new Map<string, Asked>();
  readonly #runs = new Map<string, RunFacts>();
  readonly #faults = new Map<number, FaultFacts>();
  readonly #gaps: EntryOf<'gap'>[] = [];
  readonly #samples: (Stamp & SampleEntry)[] = [];
  readonly #threads = new Set<string>();
  readonly #endAt: number;
  #drained = false;

  constructor(setup: Stamp & Setup, entries: readonly Entry[]) {
    this.#setup = setup;
    this.#entries = entries;
    this.#endAt = entries.at(-1)?.at ?? 0;
  }

  read(): Digest {
    for (const entry of this.#entries) this.#take(entry);
    return {
      setup: this.#setup,
      entries: this.#entries,
      tasks: this.#tasks,
      asked: this.#asked,
      faults: [...this.#faults.values()],
      gaps: this.#gaps,
      samples: this.#samples,
      threads: this.#threads,
      drained: this.#drained,
      endAt: this.#endAt,
    };
  }

  #take(entry: Entry): void {
    switch (entry.kind) {
      case 'operation':
        this.#operation(entry);
        break;
      case 'run':
        this.#run(entry);
        break;
      case 'fault':
        this.#fault(entry);
        break;
      case 'seen':
        this.#task(entry.id).seen.push(entry);
        break;
      case 'verdict':
        this.#task(entry.id).verdicts.set(entry.nonce, entry.verdict);
        break;
      case 'worker':
        if (entry.pool === 'threads') this.#threads.add(entry.by);
        break;
      case 'gap':
        this.#gaps.push(entry);
        break;
      case 'sample':
        this.#samples.push(entry);
        break;
      case 'milestone':
        this.#drained ||= entry.name === 'drained';
    }
  }

  #operation(entry: EntryOf<'operation'>): void {
    const key = `${entry.by} ${entry.number}`;
    if (entry.phase === 'invoke') {
      const { op, by, id, at } = entry;
      const asked: Asked = { op, by, id, at, invoke: entry, answer: undefined, abandoned: false };
      this.#open.set(key, asked);
      this.#asked.push(asked);
      const task = this.#task(id);
      if (op === 'submit') this.#submitted(task, asked, entry.call);
      else if (op === 'revoke') task.revokes.push(asked);
      else if (op === 'follow') task.follows.push(asked);
      return;
    }
    const asked = this.#open.get(key);
    if (asked === undefined) throw new Error(`${key}: expected its invoke before its ${entry.phase}`);
    asked.answer = entry;
    if (entry.op !== 'read' || entry.phase !== 'ok' || asked.invoke.phase !== 'invoke') return;
    const final = asked.invoke.op === 'read' && asked.invoke.final;
    this.#task(entry.id).reads.push({ ...entry, final });
  }

  #submitted(task: TaskDigest, asked: Asked, { links }: CallEntry): void {
    task.submits.push(asked);
    for (const link of links) this.#task(link).linkedFrom = task.id;
  }

  #run(entry: EntryOf<'run'>): void {
    if (entry.phase === 'begin') {
      const { by, id, attempt, nonce } = entry;
      const run: RunFacts = { by, id, attempt, nonce, begin: entry, effectAt: undefined, end: undefined };
      this.#runs.set(`${by} ${nonce}`, run);
      this.#task(id).runs.push(run);
      return;
    }
    const run = this.#runs.get(`${entry.by} ${entry.nonce}`);
    if (run === undefined)
      throw new Error(`run ${entry.nonce}: expected its begin before its ${entry.phase}`);
    if (entry.phase === 'end') run.end = entry;
    else run.effectAt = entry.at;
  }

  #fault({ number, phase, fault, target, at }: EntryOf<'fault'>): void {
    if (phase === 'begin') {
      this.#faults.set(number, { fault, target, begin: at, end: this.#endAt });
      if (fault === 'client-kill') this.#abandon(target);
      return;
    }
    const begun = this.#faults.get(number);
    if (begun === undefined) throw new Error(`fault ${number}: expected its begin before its end`);
    begun.end = at;
  }

  #abandon(client: string): void {
    for (const asked of this.#open.values())
      if (asked.by === client && asked.answer === undefined) asked.abandoned = true;
  }

  #task(id: string): TaskDigest {
    let task = this.#tasks.get(id);
    if (task === undefined) {
      task = {
        id,
        submits: [],
        linkedFrom: undefined,
        revokes: [],
        reads: [],
        follows: [],
        seen: [],
        runs: [],
        verdicts: new Map(),
      };
      this.#tasks.set(id, task);
    }
    return task;
  }
}

/** The call it was made with; `undefined` for one that only a link asked for. */
export function askedCall(task: TaskDigest): CallEntry | undefined {
  const accepted = task.submits.find(isAccepted) ?? task.submits[0];
  const invoke = accepted?.invoke;
  return invoke?.phase === 'invoke' && invoke.op === 'submit' ? invoke.call : undefined;
}

export function isAccepted({ answer }: Asked): boolean {
  return answer?.phase === 'ok';
}

/** When somebody was first told that it is kept. */
export function acceptanceOf({ submits }: TaskDigest): number | undefined {
  const times = submits.flatMap(({ answer }) => (answer?.phase === 'ok' ? [answer.at] : []));
  return times.length === 0 ? undefined : Math.min(...times);
}
