import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Budget, budgetsOf } from '../engine-parts.ts';
import type { FreshKeys } from './fresh-keys.ts';
import { LaneCursor } from './lane-cursor.ts';
import type { LaneTable } from './lane-table.ts';
import { type AskRow, type FreshRow, READY, type StoredRow } from './layout.ts';
import type { LaneCountRow } from './operations.ts';
import { queryNumber, queryStored } from './rows.ts';

/** Tasks that may be handed out. */
export class ReadyTasks {
  readonly #lanes: LaneTable;
  readonly #fresh: FreshKeys;
  readonly #page: StatementSync;
  readonly #lease: StatementSync;
  readonly #read: (...params: number[]) => readonly StoredRow[];
  readonly #count: (...params: number[]) => number | null;

  constructor(db: DatabaseSync, lanes: LaneTable, fresh: FreshKeys) {
    this.#lanes = lanes;
    this.#fresh = fresh;
    this.#page = LaneCursor.prepare(db);
    this.#lease = db.prepare(
      `UPDATE tasks SET phase = 3, version = version + 1, attempt = attempt + 1, nonce = ?, holder = ? WHERE key = ?`,
    );
    this.#read = queryStored(db, 'tasks AS t JOIN contents AS c USING (key) WHERE t.key = ?');
    this.#count = queryNumber(
      db,
      'SELECT count(*) FROM tasks INDEXED BY tasks_ready WHERE phase = 2 AND lane = ?',
    );
  }

  /** Leases the best of the ask's lanes. Nonces count up from the seed. */
  claim([holder, lanes, most, limit, seed]: AskRow, now: number): readonly (StoredRow | FreshRow)[] {
    const budgets = budgetsOf(
      lanes.map(([, name]) => name),
      { most, limit },
    );
    const budgetOf = new Map<number, Budget>();
    for (const [position, lane] of lanes.entries()) {
      const number = this.#lanes.find(lane);
      const budget = budgets[position];
      if (number !== undefined && budget !== undefined) budgetOf.set(number, budget);
    }
    // A page per lane that together are about what is asked for: no lane is read much further than it is used.
    const pageSize = Math.ceil(limit / Math.max(1, budgetOf.size)) + 1;
    const cursors = [...budgetOf].map(
      ([lane, budget]) => new LaneCursor(this.#page, lane, now, budget, Math.min(budget.left, pageSize)),
    );
    const claimed: (StoredRow | FreshRow)[] = [];
    while (claimed.length < limit) {
      const cursor = best(cursors);
      const row = cursor?.take();
      if (cursor === undefined || row === undefined) break;
      const nonce = `${seed}.${claimed.length}`;
      const [key, version] = row;
      this.#lease.run(nonce, holder, key);
      if (this.#fresh.has(key, version)) claimed.push([key, nonce]);
      else claimed.push(...this.#read(key));
      this.#lanes.leave(cursor.lane, READY);
    }
    return claimed;
  }

  /** How many are ready in each lane of these queues and names that has some. */
  among(queues: readonly string[], names: readonly string[]): readonly LaneCountRow[] {
    return [...this.#lanes.among(queues, names)].flatMap((lane): readonly LaneCountRow[] => {
      const count = this.#count(lane) ?? 0;
      return count === 0 ? [] : [[...this.#lanes.lane(lane), count]];
    });
  }
}

/** By rank, then by place. */
function best(cursors: readonly LaneCursor[]): LaneCursor | undefined {
  let first: LaneCursor | undefined;
  for (const cursor of cursors) {
    if (cursor.isBefore(first)) first = cursor;
  }
  return first;
}
