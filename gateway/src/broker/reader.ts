import type { Waiting, WireSnapshot } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import { laneOf } from '../core/lane.ts';
import type { TaskRecord } from '../core/record.ts';
import { type Retention, snapshotOf, unknownSnapshot } from '../core/snapshot.ts';
import type { Engine } from '../engine/engine.ts';
import type { Leases } from './leases.ts';
import type { Limits } from './limits.ts';
import type { Roster } from './roster.ts';

/** Says where tasks stand: the committed record, and why it waits. */
export class Reader {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #leases: Leases;
  readonly #limits: Limits;
  readonly #roster: Roster;
  readonly #retention: Retention;

  constructor(
    parts: {
      readonly clock: Clock;
      readonly engine: Engine;
      readonly leases: Leases;
      readonly limits: Limits;
      readonly roster: Roster;
    },
    retention: Retention,
  ) {
    this.#clock = parts.clock;
    this.#engine = parts.engine;
    this.#leases = parts.leases;
    this.#limits = parts.limits;
    this.#roster = parts.roster;
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
        if (!this.#roster.serves(laneOf(record))) return 'worker';
        return this.#limits.rateWaitMs(record.name) === undefined ? 'turn' : 'rate';
      case 'blocked':
        return this.#roster.serves(laneOf(record)) ? 'turn' : 'worker';
      case 'leased':
        return 'turn';
      default:
        return null;
    }
  }
}
