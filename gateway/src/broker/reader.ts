import type { Waiting, WireSnapshot } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import { laneOf } from '../core/lane.ts';
import type { TaskRecord } from '../core/record.ts';
import { type Retention, snapshotOf, unknownSnapshot } from '../core/snapshot.ts';
import type { Engine } from '../engine/engine.ts';
import type { Leases } from './leases.ts';
import type { Roster } from './roster.ts';

/** Says where tasks stand: the committed record, and why it waits. */
export class Reader {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #leases: Leases;
  readonly #roster: Roster;
  readonly #retention: Retention;

  constructor(clock: Clock, engine: Engine, leases: Leases, roster: Roster, retention: Retention) {
    this.#clock = clock;
    this.#engine = engine;
    this.#leases = leases;
    this.#roster = roster;
    this.#retention = retention;
  }

  /** @param tasks ids, each with the number of history entries that the asker has */
  async snapshots(
    tasks: readonly (readonly [id: string, after: number])[],
  ): Promise<readonly WireSnapshot[]> {
    const records = await this.#engine.get(tasks.map(([id]) => id));
    const now = this.#clock.now();
    return tasks.map(([id, after], position) => {
      const record = records[position];
      if (record === undefined) return unknownSnapshot(id);
      const held = this.#leases.findTask(id);
      // As for events: not before the start that it belongs to.
      const progress = held?.visible === true ? held.progress : null;
      return snapshotOf(
        record,
        { waiting: this.#waiting(record), progress, retention: this.#retention, after },
        now,
      );
    });
  }

  #waiting(record: TaskRecord): Waiting | null {
    switch (record.phase) {
      case 'unrouted':
        return 'worker';
      case 'scheduled':
        return 'due';
      case 'ready':
        return this.#roster.serves(laneOf(record)) ? 'turn' : 'worker';
      case 'leased':
        return 'turn';
      default:
        return null;
    }
  }
}
