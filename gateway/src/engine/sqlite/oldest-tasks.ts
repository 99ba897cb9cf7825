import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { PRIORITY_MAX } from '@celeriac/protocol';
import { fromCell } from './cell.ts';
import type { LaneTable } from './lane-table.ts';
import type { Results } from './operations.ts';
import { query, queryNumber } from './rows.ts';

const RANKS = Array.from({ length: PRIORITY_MAX + 1 }, (_, priority) => -priority);

/** Which ready tasks have waited longest. A lane goes by rank and then by age, so one look into each rank finds its oldest. */
export class OldestTasks {
  readonly #lanes: LaneTable;
  readonly #first: (...params: number[]) => number | null;
  readonly #cell: StatementSync;

  constructor(db: DatabaseSync, lanes: LaneTable) {
    this.#lanes = lanes;
    this.#first = queryNumber(
      db,
      `SELECT key FROM tasks INDEXED BY tasks_ready WHERE phase = 2 AND lane = ? AND rank = ? ORDER BY key LIMIT 1`,
    );
    this.#cell = query(db, 'SELECT cell FROM tasks WHERE key = ?');
  }

  /** @returns for each lane that is looked at and has a ready task its queue, and when its oldest was accepted */
  of(queues: readonly string[], lanes: number): Results['oldest'] {
    return queues.flatMap((queue) =>
      [...this.#lanes.waitingIn(queue, lanes)].flatMap((lane) => {
        const acceptedAt = this.#oldestIn(lane);
        return acceptedAt === undefined ? [] : [[queue, acceptedAt] as const];
      }),
    );
  }

  #oldestIn(lane: number): number | undefined {
    const keys = RANKS.map((rank) => this.#first(lane, rank)).filter((key) => key !== null);
    if (keys.length === 0) return undefined;
    const [cell] = this.#cell.get(Math.min(...keys)) as unknown as readonly [string];
    return fromCell(cell).history.entries[0]?.[2];
  }
}
