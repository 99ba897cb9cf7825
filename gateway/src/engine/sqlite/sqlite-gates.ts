import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { keyedHash } from './id-key.ts';
import type { LaneTable } from './lane-table.ts';
import { BLOCKED, type GateRow, READY } from './layout.ts';
import type { LaneCountRow } from './operations.ts';
import { LIMIT, query, queryNumber } from './rows.ts';

type BlockedRow = readonly [key: number, lane: number, limit: number];

/**
 * Tasks of which only so many may be unblocked at their gate (core/gate.ts) at a time. Their number is read from an index of
 * the unblocked ones, so that it can never be wrong; tasks without a gate are in none of these indexes.
 */
export class SqliteGates {
  readonly #lanes: LaneTable;
  readonly #secret: string;
  readonly #others: (...params: number[]) => number | null;
  readonly #first: StatementSync;
  readonly #firstRank: (...params: number[]) => number | null;
  readonly #open: StatementSync;
  readonly #waiting: StatementSync;
  /** Set at run time, by name; `null` is without end. */
  #limits = new Map<string, number | null>();
  /** How many became ready by themselves, by lane; since {@link takeUnblocked}. */
  #unblocked = new Map<number, number>();

  constructor(db: DatabaseSync, lanes: LaneTable, secret: string) {
    this.#lanes = lanes;
    this.#secret = secret;
    this.#others = queryNumber(
      db,
      `SELECT count(*) FROM (SELECT 1 FROM tasks INDEXED BY tasks_through
       WHERE gate IS NOT NULL AND phase IN (2, 3, 4) AND gate = ? AND key <> ? ${LIMIT})`,
    );
    this.#first = query(
      db,
      `SELECT key, lane, gate_limit FROM tasks INDEXED BY tasks_blocked
       WHERE phase = 6 AND gate = ? ORDER BY rank, place LIMIT 1`,
    );
    this.#firstRank = queryNumber(
      db,
      'SELECT rank FROM tasks INDEXED BY tasks_blocked WHERE phase = 6 AND gate = ? ORDER BY rank LIMIT 1',
    );
    this.#open = db.prepare('UPDATE tasks SET phase = 2, version = version + 1 WHERE key = ?');
    this.#waiting = query(
      db,
      'SELECT DISTINCT gate, lane FROM tasks INDEXED BY tasks_blocked WHERE phase = 6 ORDER BY gate',
    );
  }

  numberOf([text]: GateRow): number {
    return keyedHash(text, this.#secret);
  }

  /**
   * The phase in which a task that would be in `phase` is stored.
   * @param key of the task itself, 0 for a new one
   */
  phaseOf(phase: number, gate: number, name: string, limit: number, key: number): number {
    return phase === READY && !this.#hasRoom(gate, name, limit, key) ? BLOCKED : phase;
  }

  /** Whether others wait at this gate that are as urgent as this. */
  isAwaited(gate: number, rank: number): boolean {
    const first = this.#firstRank(gate);
    return first !== null && first <= rank;
  }

  /** A task has left this gate: waiting tasks become ready, as far as there is room. */
  freed(gate: number): void {
    for (;;) {
      const row = this.#first.get(gate) as unknown as BlockedRow | undefined;
      if (row === undefined) return;
      const [key, lane, limit] = row;
      if (!this.#hasRoom(gate, this.#lanes.lane(lane)[1], limit, key)) return;
      this.#open.run(key);
      this.#unblocked.set(lane, (this.#unblocked.get(lane) ?? 0) + 1);
    }
  }

  /** @param limit `undefined`: that of each task */
  tune(name: string, limit: number | null | undefined): void {
    if (limit === undefined) this.#limits.delete(name);
    else this.#limits.set(name, limit);
  }

  /** What was remembered of a transaction is forgotten. @param limits those that were set before it, by name */
  rollback(limits: Iterable<readonly [name: string, limit: number | null]>): void {
    this.#limits = new Map(limits);
    this.#unblocked = new Map();
  }

  /** Unblocks what the limits of these names now allow. */
  openAll(names: ReadonlySet<string>): void {
    const gates = this.#waiting.all() as unknown as readonly (readonly [gate: number, lane: number])[];
    const tuned = gates.filter(([, lane]) => names.has(this.#lanes.lane(lane)[1]));
    for (const gate of new Set(tuned.map(([number]) => number))) this.freed(gate);
  }

  /** Which lanes got ready tasks since it was asked last. */
  takeUnblocked(): readonly LaneCountRow[] {
    if (this.#unblocked.size === 0) return NONE;
    const rows = [...this.#unblocked].map(
      ([lane, count]): LaneCountRow => [...this.#lanes.lane(lane), count],
    );
    this.#unblocked = new Map();
    return rows;
  }

  #hasRoom(gate: number, name: string, own: number, key: number): boolean {
    const set = this.#limits.get(name);
    const limit = set === undefined ? own : set;
    return limit === null || (this.#others(gate, key, limit) ?? 0) < limit;
  }
}

const NONE: readonly LaneCountRow[] = [];

/** The unblocked phases: ready, leased and running. */
export function isUnblockedPhase(phase: number): boolean {
  return phase >= READY && phase <= 4;
}
