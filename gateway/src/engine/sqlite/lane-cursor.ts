import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Budget } from '../engine-parts.ts';
import { LIMIT, query } from './rows.ts';

/** A task that may be leased. */
export type ReadyRow = readonly [key: number, version: number, rank: number, place: number];
const RANK = 2;
const PLACE = 3;

/**
 * Reads the ready tasks of one lane in their order, a page at a time, leaving out those that have expired, until it has
 * given as many as it may.
 */
export class LaneCursor {
  readonly lane: number;
  readonly #page: StatementSync;
  readonly #now: number;
  readonly #pageSize: number;
  readonly #budget: Budget;
  #rows: readonly ReadyRow[] = [];
  #position = 0;
  /** Where the page before ended. Tasks are leased behind this point only, so no page misses or repeats one. */
  #after: readonly [rank: number, place: number] = [Number.MIN_SAFE_INTEGER, 0];
  #done = false;

  static prepare(db: DatabaseSync): StatementSync {
    return query(
      db,
      `SELECT key, version, rank, place FROM tasks INDEXED BY tasks_ready
       WHERE phase = 2 AND lane = ? AND (rank, place) > (?, ?) AND (expires_at IS NULL OR expires_at > ?)
       ORDER BY rank, place ${LIMIT}`,
    );
  }

  constructor(page: StatementSync, lane: number, now: number, budget: Budget, pageSize: number) {
    this.#page = page;
    this.lane = lane;
    this.#now = now;
    this.#budget = budget;
    this.#pageSize = pageSize;
  }

  /** Whether the next task of this lane goes before that of the other. */
  isBefore(other: LaneCursor | undefined): boolean {
    const mine = this.#peek();
    if (mine === undefined) return false;
    const others = other === undefined ? undefined : other.#peek();
    if (others === undefined) return true;
    return mine[RANK] === others[RANK] ? mine[PLACE] < others[PLACE] : mine[RANK] < others[RANK];
  }

  take(): ReadyRow | undefined {
    const row = this.#peek();
    this.#position += 1;
    this.#budget.left -= 1;
    return row;
  }

  #peek(): ReadyRow | undefined {
    if (this.#budget.left <= 0) return undefined;
    if (this.#position === this.#rows.length && !this.#done) this.#turnPage();
    return this.#rows[this.#position];
  }

  #turnPage(): void {
    const rows = this.#page.all(
      this.lane,
      ...this.#after,
      this.#now,
      this.#pageSize,
    ) as unknown as readonly ReadyRow[];
    const last = rows.at(-1);
    if (last !== undefined) this.#after = [last[RANK], last[PLACE]];
    this.#done = rows.length < this.#pageSize;
    this.#rows = rows;
    this.#position = 0;
  }
}
