import type { Lack, Waiting } from '@celeriac/protocol';
import type { WireSnapshot } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import type { Trade } from '../core/lane.ts';
import type { StoredTask } from '../core/record.ts';
import { type Retention, snapshotOf, unknownSnapshot } from '../core/snapshot.ts';
import type { Engine } from '../engine/engine.ts';
import type { Progress } from './last-shown.ts';
import type { Leases } from './leases.ts';
import type { Pauses } from './pauses.ts';
import type { Roster } from './roster.ts';
import type { RunLimits } from './run-limits.ts';
import { Semaphore } from './semaphore.ts';

/**
 * Reads on their way to the engine at a time. Each may bring a hundred tasks with 256 KB each, and when a thousand clients are back at
 * once all of them ask; the engine answers one after the other anyway.
 */
const READS_AT_ONCE = 4;

const NOBODYS: ReadonlySet<string> = new Set();

type Waiter = Pick<StoredTask, 'phase' | 'name' | 'dueAt'>;

interface Parts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly leases: Leases;
  readonly limits: RunLimits;
  readonly pauses: Pauses;
  readonly roster: Roster;
}

/** Reads the state of tasks: the committed record, and why it waits. */
export class SnapshotReader {
  readonly #parts: Parts;
  readonly #retention: Retention;
  readonly #reads = new Semaphore(READS_AT_ONCE);

  constructor(parts: Parts, retention: Retention) {
    this.#parts = parts;
    this.#retention = retention;
  }

  /**
   * @param tasks ids, each with the number of history entries that the asker has, and the time of the last one if it tells
   * @param shows whether a task may be shown, given its owner; one that may not looks like an unknown one
   * @param late whether who asks may have missed what a run that has ended showed last: where it is still known, the
   * snapshot has it as well
   */
  async snapshots(
    tasks: readonly (readonly [id: string, after: number, lastAt?: number])[],
    shows: (id: string, caller: string | null) => boolean = () => true,
    late = false,
  ): Promise<readonly WireSnapshot[]> {
    const { clock, engine, leases } = this.#parts;
    const records = await this.#reads.pass(() => engine.get(tasks.map(([id]) => id)));
    const now = clock.now();
    return tasks.map(([id, after, lastAt], position) => {
      const record = records[position];
      if (record === undefined || !shows(id, record.subject)) return unknownSnapshot(id);
      const held = leases.findTask(id);
      // As for events: not before the start that it belongs to.
      const progress = held?.visible === true ? held.progress : null;
      const waiting = this.waiting(record, record.options.queue);
      const lacks = waiting === 'worker' ? this.#lacks(record) : null;
      const snapshot = snapshotOf(
        record,
        {
          waiting,
          lacks,
          progress,
          retention: this.#retention,
          after,
          lastAt,
        },
        now,
      );
      const last = late && held === undefined ? this.#lastShown(record) : undefined;
      return last === undefined ? snapshot : { ...snapshot, progress: last };
    });
  }

  /** Of a run that has ended: its end may not be in the record yet. Of a task that was forgotten nothing is told. */
  #lastShown(record: StoredTask): Progress | undefined {
    const { phase, args, body } = record;
    const forgotten = args === '' && body === null;
    return phase === 'running' || (phase === 'ended' && !forgotten)
      ? this.#parts.leases.lastShown.of(record)
      : undefined;
  }

  /** @returns those of the ids whose tasks, by whose they are, may concern who asks */
  async concerned(
    ids: readonly string[],
    may: (id: string, caller: string | null) => boolean,
  ): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return NOBODYS;
    const records = await this.#reads.pass(() => this.#parts.engine.outline(ids));
    return new Set(records.flatMap((record) => (record && may(record.id, record.subject) ? record.id : [])));
  }

  /** Why it is not running, if it waits. */
  waiting({ phase, name, dueAt }: Waiter, queue: string): Waiting | null {
    const { clock, pauses, roster } = this.#parts;
    switch (phase) {
      case 'unrouted':
        return 'worker';
      case 'scheduled':
        // One that has become due may already be ready, and its record older.
        return dueAt !== null && dueAt <= clock.now() ? this.#waitingReady({ queue, name }) : 'due';
      case 'ready':
        return this.#waitingReady({ queue, name });
      case 'blocked':
        if (pauses.has(queue)) return 'pause';
        return roster.serves({ queue, name }) ? 'turn' : 'worker';
      case 'leased':
        return 'turn';
      default:
        return null;
    }
  }

  #lacks({ phase, options, name }: StoredTask): Lack | null {
    return phase === 'unrouted' ? 'task' : this.#parts.roster.lacks({ queue: options.queue, name });
  }

  #waitingReady(lane: Trade): Waiting {
    const { limits, pauses, roster } = this.#parts;
    if (pauses.has(lane.queue)) return 'pause';
    if (!roster.serves(lane)) return 'worker';
    return limits.isRated(lane.name) ? 'rate' : 'turn';
  }
}
