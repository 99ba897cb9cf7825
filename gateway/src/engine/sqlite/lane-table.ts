import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LaneRow } from './layout.ts';
import { query } from './rows.ts';

/** Lanes as small numbers: rows and indexes hold those, and this table says which they are. */
export class LaneTable {
  readonly #numbers = new Map<string, number>();
  readonly #lanes = new Map<number, LaneRow>();
  readonly #byName = new Map<string, number[]>();
  readonly #insert: StatementSync;
  /** Of the open transaction. */
  #made: number[] = [];
  /** Tasks come in runs of one lane: the last answer is kept. */
  #last: readonly [lane: LaneRow, number: number] | undefined;

  constructor(db: DatabaseSync) {
    const rows = query(db, 'SELECT lane, queue, name, solo FROM lanes').all();
    for (const [number, ...lane] of rows as unknown as readonly (readonly [number, ...LaneRow])[]) {
      this.#learn(number, lane);
    }
    this.#insert = db.prepare('INSERT INTO lanes (lane, queue, name, solo) VALUES (?, ?, ?, ?)');
  }

  /** The lane's number, made in the open transaction if it has none yet. */
  number(lane: LaneRow): number {
    if (this.#last === undefined || !isSame(this.#last[0], lane)) {
      this.#last = [lane, this.find(lane) ?? this.#add(lane)];
    }
    return this.#last[1];
  }

  /** The lane's number, unless no task was ever in it. */
  find(lane: LaneRow): number | undefined {
    return this.#numbers.get(keyOf(lane));
  }

  committed(): void {
    this.#made = [];
  }

  rollback(): void {
    for (const number of this.#made) this.#forget(number);
    this.#made = [];
    this.#last = undefined;
  }

  lane(number: number): LaneRow {
    const lane = this.#lanes.get(number);
    if (lane === undefined)
      throw new Error(`a task is in lane ${number}, which the task store does not have`);
    return lane;
  }

  numbersOf(name: string): readonly number[] {
    return this.#byName.get(name) ?? [];
  }

  #add(lane: LaneRow): number {
    const number = this.#lanes.size + 1;
    this.#insert.run(number, ...lane);
    this.#learn(number, lane);
    this.#made.push(number);
    return number;
  }

  #forget(number: number): void {
    const lane = this.lane(number);
    this.#numbers.delete(keyOf(lane));
    this.#lanes.delete(number);
    const named = this.numbersOf(lane[1]).filter((other) => other !== number);
    if (named.length > 0) this.#byName.set(lane[1], named);
    else this.#byName.delete(lane[1]);
  }

  #learn(number: number, lane: LaneRow): void {
    this.#numbers.set(keyOf(lane), number);
    this.#lanes.set(number, lane);
    const named = this.#byName.get(lane[1]);
    if (named === undefined) this.#byName.set(lane[1], [number]);
    else named.push(number);
  }
}

function keyOf([queue, name, solo]: LaneRow): string {
  return `${solo}\u0000${queue}\u0000${name}`;
}

function isSame([queue, name, solo]: LaneRow, [otherQueue, otherName, otherSolo]: LaneRow): boolean {
  return name === otherName && queue === otherQueue && solo === otherSolo;
}
