import type { Waiting } from '@celeriac/protocol';
import type { WireTaskRow } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { isHeld, type StoredTask } from '../../core/record.ts';
import {
  compareAge,
  matchesText,
  mayMatch,
  type SubjectFilter,
  summaryOf,
  type TaskSummary,
} from '../../core/summary.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Leases } from '../leases.ts';
import type { SnapshotReader } from '../snapshot-reader.ts';
import { type Feed, type FeedSink, Pacer } from './feed.ts';

/** Tasks that one step of reading history looks at: a few milliseconds of the store's time. */
export const REACH = 2_000;
/** Such steps at the opening: what is older stays unseen, and the feed says so. */
const STEPS = 25;

interface Parts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly leases: Leases;
  readonly reader: SnapshotReader;
  readonly report: (error: unknown) => void;
}

/**
 * The newest tasks that match a filter, kept in step. Costs one look at each task that changes, and memory for its rows,
 * however many tasks there are. It listens before it reads history; of what it then hears twice the later version stays.
 */
export class TaskFeed implements Feed {
  readonly #number: number;
  readonly #filter: SubjectFilter;
  readonly #limit: number;
  readonly #parts: Parts;
  readonly #sink: FeedSink;
  readonly #pacer: Pacer;
  readonly #rows = new Map<string, TaskSummary>();
  /** What the client has: why each of its rows waits. */
  readonly #shown = new Map<string, Waiting | null>();
  readonly #changed = new Set<string>();
  readonly #gone = new Set<string>();
  /** While history is read: versions of what no longer matches. */
  #left: Map<string, number> | undefined;
  #replaces = true;
  #more = false;
  /** The newest that it knows and does not show. What is older is not let in before the next reading: it would hide a gap. */
  #edge: TaskSummary | undefined;
  #closed = false;

  constructor(
    [number, filter, limit]: readonly [number, SubjectFilter, number],
    parts: Parts,
    sink: FeedSink,
  ) {
    this.#number = number;
    this.#filter = filter;
    this.#limit = limit;
    this.#parts = parts;
    this.#sink = sink;
    this.#pacer = new Pacer(
      parts.clock,
      () => sink.room(),
      () => this.#speak(),
    );
  }

  open(): void {
    void this.#read().catch(this.#parts.report);
  }

  close(): void {
    this.#closed = true;
    this.#pacer.close();
  }

  /** @param summary made once for all feeds that want it */
  changed(record: StoredTask, summary: () => TaskSummary): void {
    if (mayMatch(record, this.#filter) && matchesText(summary(), this.#filter)) this.#put(summary());
    else this.#drop(record);
  }

  /** Why tasks wait changes without them: workers come and go, time passes. Also finds older rows when many have left. */
  look(): void {
    for (const [id, shown] of this.#shown) {
      const row = this.#rows.get(id);
      if (row !== undefined && this.#parts.reader.waiting(row, row.queue) !== shown) this.#changed.add(id);
    }
    if (this.#changed.size > 0) this.#pacer.touch();
    if (this.#more && this.#left === undefined && this.#rows.size * 2 < this.#limit) this.open();
  }

  async #read(): Promise<void> {
    this.#left = new Map();
    this.#edge = undefined;
    let before: number | null = null;
    let missing = this.#limit;
    let oldest: TaskSummary | undefined;
    for (let step = 0; step < STEPS && missing > 0; step++) {
      const { tasks, next } = await this.#parts.engine.list({
        filter: this.#filter,
        before,
        limit: missing,
        reach: REACH,
      });
      if (this.#closed) return;
      for (const summary of tasks) this.#admit(summary);
      oldest = tasks.at(-1) ?? oldest;
      missing -= tasks.length;
      before = next;
      if (before === null) break;
    }
    this.#admitRunning();
    if (oldest !== undefined && missing <= 0 && before !== null) this.#endAt(oldest);
    this.#more = before !== null || this.#edge !== undefined;
    this.#left = undefined;
    this.#pacer.touch();
  }

  /** What runs is known here, however old it is. */
  #admitRunning(): void {
    for (const { record, visible } of this.#parts.leases.all()) {
      if (!visible || !isHeld(record) || !mayMatch(record, this.#filter)) continue;
      const summary = summaryOf(record);
      if (matchesText(summary, this.#filter)) this.#admit(summary);
    }
  }

  #admit(summary: TaskSummary): void {
    if ((this.#left?.get(summary.id) ?? 0) < summary.version) this.#put(summary);
  }

  #put(summary: TaskSummary): void {
    const { id, version } = summary;
    if ((this.#rows.get(id)?.version ?? 0) >= version || this.#isBelow(summary)) return;
    this.#rows.set(id, summary);
    this.#changed.add(id);
    this.#gone.delete(id);
    // A burst of new tasks: the oldest go before they were ever sent.
    if (this.#rows.size >= 2 * this.#limit + 100) this.#cut();
    this.#pacer.touch();
  }

  #drop({ id, version }: StoredTask): void {
    this.#left?.set(id, version);
    if (!this.#rows.has(id)) return;
    this.#remove(id);
    this.#pacer.touch();
  }

  #remove(id: string): void {
    this.#rows.delete(id);
    this.#changed.delete(id);
    if (this.#shown.has(id)) this.#gone.add(id);
  }

  #cut(): void {
    const over = this.#rows.size - this.#limit;
    if (over <= 0) return;
    const byAge = [...this.#rows.values()].sort(compareAge);
    for (const { id } of byAge.slice(0, over)) this.#remove(id);
    this.#edge = byAge[over - 1];
    this.#more = true;
  }

  /** More than the limit were found, down to this one: what came meanwhile and is older goes. */
  #endAt(oldest: TaskSummary): void {
    for (const row of this.#rows.values()) if (compareAge(row, oldest) < 0) this.#remove(row.id);
    if (this.#edge === undefined || compareAge(this.#edge, oldest) < 0) this.#edge = oldest;
  }

  #isBelow(summary: TaskSummary): boolean {
    return this.#edge !== undefined && !this.#rows.has(summary.id) && compareAge(summary, this.#edge) < 0;
  }

  #speak(): void {
    // The first word is all of it.
    if (this.#replaces && this.#left !== undefined) return;
    this.#cut();
    const rows: WireTaskRow[] = [];
    for (const id of this.#changed) {
      const summary = this.#rows.get(id);
      if (summary === undefined) continue;
      const waiting = this.#parts.reader.waiting(summary, summary.queue);
      rows.push(rowOf(summary, waiting));
      this.#shown.set(id, waiting);
    }
    for (const id of this.#gone) this.#shown.delete(id);
    const update = { replaces: this.#replaces, last: true, rows, gone: [...this.#gone], more: this.#more };
    this.#changed.clear();
    this.#gone.clear();
    this.#replaces = false;
    this.#sink.deliver([this.#number, 'rows', update]);
  }
}

export function rowOf(task: TaskSummary, waiting: Waiting | null): WireTaskRow {
  return [
    task.id,
    task.name,
    task.state,
    task.reason,
    waiting,
    task.queue,
    task.priority,
    task.worker,
    task.attempt,
    task.retries,
    task.submittedAt,
    task.startedAt,
    task.endedAt,
    task.dueAt,
    task.expiresAt,
    task.args,
    task.error,
    task.shadow,
    task.rootId,
    task.parentId,
  ];
}
