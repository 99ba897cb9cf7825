import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LaneTable } from './lane-table.ts';
import { READY, type StoredRow } from './layout.ts';
import type { LaneCountRow, Results } from './operations.ts';
import { LIMIT, query, queryNumber, queryStored } from './rows.ts';
import type { SqliteGates } from './sqlite-gates.ts';

type DueRow = readonly [
  key: number,
  place: number,
  lane: number,
  gate: number | null,
  gateLimit: number | null,
];

/** Tasks that wait for a time, or for somebody to define them. */
export class WaitingTasks {
  readonly #lanes: LaneTable;
  readonly #gates: SqliteGates;
  readonly #nextPlace: () => number;
  readonly #due: StatementSync;
  readonly #promote: StatementSync;
  readonly #expired: (...params: number[]) => readonly StoredRow[];
  readonly #unrouted: (...params: number[]) => readonly StoredRow[];
  readonly #expiryAfter: (...params: number[]) => number | null;
  readonly nextDueAt: () => number | null;

  /** @param nextPlace the last of all places, for those that come as new ones now that they are due */
  constructor(db: DatabaseSync, lanes: LaneTable, gates: SqliteGates, nextPlace: () => number) {
    this.#nextPlace = nextPlace;
    this.#gates = gates;
    this.#lanes = lanes;
    this.#due = query(
      db,
      `SELECT key, place, lane, gate, gate_limit FROM tasks INDEXED BY tasks_scheduled WHERE phase = 1 AND due_at <= ?
       ORDER BY due_at, key ${LIMIT}`,
    );
    this.#promote = db.prepare('UPDATE tasks SET phase = ?, place = ?, version = version + 1 WHERE key = ?');
    const expiring = 'expires_at IS NOT NULL AND phase NOT IN (3, 4, 5)';
    this.#expired = queryStored(
      db,
      `tasks AS t INDEXED BY tasks_expiring CROSS JOIN contents AS c USING (key)
       WHERE t.expires_at IS NOT NULL AND t.phase NOT IN (3, 4, 5) AND t.expires_at <= ? ORDER BY t.expires_at, t.key ${LIMIT}`,
    );
    this.#expiryAfter = queryNumber(
      db,
      `SELECT expires_at FROM tasks INDEXED BY tasks_expiring WHERE ${expiring} ORDER BY expires_at, key LIMIT 1 OFFSET ?`,
    );
    this.#unrouted = queryStored(
      db,
      `tasks AS t INDEXED BY tasks_unrouted CROSS JOIN contents AS c USING (key)
       WHERE t.phase = 0 AND t.lane = ? ORDER BY t.key ${LIMIT}`,
    );
    this.nextDueAt = queryNumber(
      db,
      'SELECT due_at FROM tasks INDEXED BY tasks_scheduled WHERE phase = 1 ORDER BY due_at LIMIT 1',
    );
  }

  promoteDue(now: number, limit: number): Results['promoteDue'] {
    const due = this.#due.all(now, limit) as unknown as readonly DueRow[];
    const counts = new Map<number, number>();
    for (const [key, place, lane, gate, gateLimit] of due) {
      const phase =
        gate === null || gateLimit === null
          ? READY
          : this.#gates.phaseOf(READY, gate, this.#lanes.lane(lane)[1], gateLimit, key);
      this.#promote.run(phase, place === 0 ? this.#nextPlace() : place, key);
      if (phase === READY) counts.set(lane, (counts.get(lane) ?? 0) + 1);
    }
    const ready = [...counts].map(([lane, count]): LaneCountRow => [...this.#lanes.lane(lane), count]);
    return [ready, this.nextDueAt()];
  }

  expired(now: number, limit: number): Results['expired'] {
    const rows = this.#expired(now, limit);
    return [rows, this.#expiryAfter(rows.length)];
  }

  nextExpiryAt(): number | null {
    return this.#expiryAfter(0);
  }

  unrouted(names: readonly string[], limit: number): readonly StoredRow[] {
    const found: StoredRow[] = [];
    for (const name of new Set(names)) {
      for (const lane of this.#lanes.unrouted(name)) {
        if (found.length === limit) return found;
        found.push(...this.#unrouted(lane, limit - found.length));
      }
    }
    return found;
  }
}
