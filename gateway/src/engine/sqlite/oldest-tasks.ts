import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { PRIORITY_MAX } from '@celeriac/protocol/internal';
import { acceptedAt } from '../../core/record.ts';
import { fromCell } from './cell.ts';
import type { LaneTable } from './lane-table.ts';
import type { Results } from './operations.ts';
import { query } from './rows.ts';

type PlacedRow = readonly [place: number, key: number];

const RANKS = Array.from({ length: PRIORITY_MAX + 1 }, (_, priority) => -priority);

/** The ready tasks that have waited longest. A lane is ordered by rank and then by place, so one lookup per rank finds its first. */
export class OldestTasks {
  readonly #lanes: LaneTable;
  readonly #first: StatementSync;
  readonly #cell: StatementSync;

  constructor(db: DatabaseSync, lanes: LaneTable) {
    this.#lanes = lanes;
    this.#first = query(
      db,
      `SELECT place, key FROM tasks INDEXED BY tasks_ready WHERE phase = 2 AND lane = ? AND rank = ? ORDER BY place LIMIT 1`,
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
    const rows = RANKS.map((rank) => this.#first.get(lane, rank) as unknown as PlacedRow | undefined);
    const [first] = rows.filter((row) => row !== undefined).sort(([one], [other]) => one - other);
    if (first === undefined) return undefined;
    const [cell] = this.#cell.get(first[1]) as unknown as readonly [string];
    return acceptedAt(fromCell(cell));
  }
}
