import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { disown } from '../../core/transitions.ts';
import { ACCEPTED_AT, fromCell, toCell } from './cell.ts';
import type { EndedTasks } from './ended-tasks.ts';
import type { FreshKeys } from './fresh-keys.ts';
import { idKey, ownerOf } from './id-key.ts';
import { type LaneTable, WAITING_INDEXES } from './lane-table.ts';
import {
  BLOCKED,
  type ContentChange,
  type ExistingRow,
  isPlacedPhase,
  isWaitingPhase,
  mayStayFresh,
  type NewRow,
  type OutlineRow,
  READY,
  type StoredRow,
  type UpdateRow,
} from './layout.ts';
import type { UpdateResult } from './operations.ts';
import { OUTLINE, query, queryNumber, STORED } from './rows.ts';
import { isUnblockedPhase, type SqliteGates } from './sqlite-gates.ts';
import { fromStoredText } from './text.ts';

/** Of a task that does not wait. */
const NO_LANE = 0;
const NOWHERE = [false, '', '', 0, 0] as const;

/** Tasks by id, and the writes that the broker decided on. */
export class SqliteTaskTable {
  readonly #lanes: LaneTable;
  readonly #gates: SqliteGates;
  readonly #ended: EndedTasks;
  readonly #fresh: FreshKeys;
  readonly #secret: string;
  readonly #find: StatementSync;
  readonly #read: StatementSync;
  readonly #outline: StatementSync;
  readonly #existing: StatementSync;
  readonly #insertContent: StatementSync;
  readonly #insertTask: StatementSync;
  readonly #step: StatementSync;
  readonly #move: StatementSync;
  readonly #updateContent: StatementSync;
  readonly #updateCell: StatementSync;
  readonly #laneOf: (...params: number[]) => number | null;
  #lastKey: number;
  #committedKey: number;
  #lastPlace: number;
  #committedPlace: number;

  constructor(
    db: DatabaseSync,
    parts: {
      readonly lanes: LaneTable;
      readonly gates: SqliteGates;
      readonly ended: EndedTasks;
      readonly fresh: FreshKeys;
    },
    secret: string,
  ) {
    this.#lanes = parts.lanes;
    this.#gates = parts.gates;
    this.#ended = parts.ended;
    this.#fresh = parts.fresh;
    this.#secret = secret;
    this.#find = query(db, 'SELECT key, id FROM contents WHERE id_time = ? AND id_hash = ?');
    this.#read = query(db, `SELECT ${STORED} FROM tasks AS t JOIN contents AS c USING (key) WHERE t.key = ?`);
    this.#outline = query(
      db,
      `SELECT ${OUTLINE} FROM tasks AS t JOIN contents AS c USING (key) WHERE t.key = ?`,
    );
    this.#existing = query(
      db,
      `SELECT c.name = ? AND c.call IS ? AND c.args = ? AND c.args_form = ?, c.content_hash,
         json_extract(t.cell, '$[${ACCEPTED_AT}]'), ${OUTLINE}
       FROM tasks AS t JOIN contents AS c USING (key) WHERE t.key = ?`,
    );
    this.#insertContent = db.prepare(
      `INSERT INTO contents (key, id_time, id_hash, id, name, call, options, args, args_form, origin, subject, owner)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertTask = db.prepare(
      `INSERT INTO tasks (key, place, lane, gate, gate_limit, version, phase, rank, due_at, expires_at, ended_at, attempt, nonce, holder, cell, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    // The fence: the outcome is recorded by the statement that compares version, phase and nonce, or not at all.
    const step = 'version = ?, phase = ?, ended_at = ?, cell = ?, body = ?';
    const fence = 'key = ? AND version = ? AND phase = ? AND nonce IS ?';
    const place =
      'place = COALESCE(?, place), gate = ?, gate_limit = ?, lane = ?, rank = ?, due_at = ?, expires_at = ?, attempt = ?, nonce = ?, holder = ?';
    this.#step = db.prepare(`UPDATE tasks SET ${step} WHERE ${fence}`);
    this.#move = db.prepare(`UPDATE tasks SET ${step}, ${place} WHERE ${fence}`);
    this.#updateContent = db.prepare(
      `UPDATE contents SET options = ?, args = ?, args_form = ?, origin = ?, content_hash = COALESCE(content_hash, ?) WHERE key = ?`,
    );
    this.#updateCell = db.prepare('UPDATE tasks SET cell = ? WHERE key = ?');
    this.#laneOf = queryNumber(db, 'SELECT lane FROM tasks WHERE key = ?');
    this.#lastKey = queryNumber(db, 'SELECT max(key) FROM tasks')() ?? 0;
    this.#committedKey = this.#lastKey;
    this.#lastPlace = Math.max(this.#lastKey, ...placesIn(db));
    this.#committedPlace = this.#lastPlace;
  }

  committed(): void {
    this.#fresh.committed();
    this.#committedKey = this.#lastKey;
    this.#committedPlace = this.#lastPlace;
  }

  rollback(): void {
    this.#fresh.rollback();
    this.#lastKey = this.#committedKey;
    this.#lastPlace = this.#committedPlace;
  }

  /** @param fresh whether the main thread keeps those at hand that may be. @returns the new keys, or what has the id */
  insertAll(rows: readonly NewRow[], fresh: boolean): readonly (number | ExistingRow)[] {
    return rows.map((row) => {
      const result = this.insert(row);
      if (fresh && typeof result === 'number' && mayStayFresh(row)) this.#fresh.add(result);
      return result;
    });
  }

  /** @returns the new key, or what has the id */
  insert([id, name, call, options, args, argsForm, origin, subject, queue, kind, gate, ...state]: NewRow):
    | number
    | ExistingRow {
    const { time, hash } = idKey(id, this.#secret);
    const existing = this.#keyOf(id, time, hash);
    if (existing !== undefined)
      return this.#existing.get(name, call, args, argsForm, existing) as unknown as ExistingRow;
    const key = this.#lastKey + 1;
    const place = this.nextPlace();
    const owner = subject === null ? null : ownerOf(subject, this.#secret);
    const content = [id, name, call, options, args, argsForm, origin, subject, owner] as const;
    this.#insertContent.run(key, time, hash, ...content);
    const waits = isWaitingPhase(state[1]);
    const lane = waits ? this.#lanes.number([queue, name, kind]) : NO_LANE;
    if (gate === null) this.#insertTask.run(key, place, lane, null, null, ...state);
    else {
      const [version, phase, ...rest] = state;
      const number = this.#gates.numberOf(gate);
      const stored = this.#gates.phaseOf(phase, number, name, gate[2], key);
      this.#insertTask.run(key, place, lane, number, gate[2], version, stored, ...rest);
    }
    this.#lastKey = key;
    if (waits) this.#lanes.enter(lane, state[1]);
    return key;
  }

  update(row: UpdateRow): UpdateResult {
    const [key, , , , , cell, , , content, , spawn, ...fences] = row;
    this.#fresh.drop(key);
    for (let position = 0; 2 * position < fences.length; position++) {
      const [version = 0, phase = 0] = fences.slice(2 * position);
      if (!this.#updateFrom(version, phase, row)) continue;
      if (content !== null) this.#changeContent(key, content);
      const taken = spawn === null ? [] : this.#spawn(spawn);
      if (taken.length === 0) return position;
      this.#disown(key, cell, taken);
      return [position, ...taken];
    }
    return -1;
  }

  /** @returns the ids that were taken */
  #spawn(rows: readonly NewRow[]): readonly string[] {
    return rows.filter((row) => typeof this.insert(row) !== 'number').map(([id]) => id);
  }

  #disown(key: number, cell: string, taken: readonly string[]): void {
    const { bodyForm, ...fields } = fromCell(cell);
    this.#updateCell.run(toCell(disown(fields, taken.map(fromStoredText)), bodyForm), key);
  }

  get(id: string): StoredRow | null {
    const { time, hash } = idKey(id, this.#secret);
    const key = this.#keyOf(id, time, hash);
    return key === undefined ? null : this.#row(key);
  }

  #updateFrom(fromVersion: number, fromPhase: number, row: UpdateRow): boolean {
    const [key, , , phase] = row;
    // Few updates begin or end with a task that waits: the others are not asked where they are.
    const from = isWaitingPhase(fromPhase) ? this.#laneOf(key) : null;
    if (!this.#pass(fromVersion, fromPhase, row)) return false;
    const to = isWaitingPhase(phase) ? this.#laneOf(key) : null;
    if (to !== null) this.#lanes.enter(to, phase);
    if (from !== null) this.#lanes.leave(from, fromPhase);
    return true;
  }

  /** Through its gate, where the task has one. */
  #pass(fromVersion: number, fromPhase: number, row: UpdateRow): boolean {
    const [key, , , wanted, , , , move, , gate] = row;
    if (gate === null) return this.#write(fromVersion, fromPhase, row, wanted, null);
    const number = this.#gates.numberOf(gate);
    const [anew, , , , rank] = move ?? NOWHERE;
    const yields = anew && wanted === READY && this.#gates.isAwaited(number, rank);
    const phase = yields ? BLOCKED : this.#gates.phaseOf(wanted, number, gate[1], gate[2], key);
    if (!this.#write(fromVersion, fromPhase, row, phase, number)) return false;
    if (isUnblockedPhase(fromPhase) && !isUnblockedPhase(phase)) this.#gates.freed(number);
    return true;
  }

  #write(
    fromVersion: number,
    fromPhase: number,
    [key, nonce, version, , endedAt, cell, body, move, , gate]: UpdateRow,
    phase: number,
    number: number | null,
  ): boolean {
    const fence = [key, fromVersion, fromPhase, nonce] as const;
    if (move === null) return this.#step.run(version, phase, endedAt, cell, body, ...fence).changes !== 0;
    const [anew, queue, name, kind, ...rest] = move;
    const lane = isWaitingPhase(phase) ? this.#lanes.number([queue, name, kind]) : NO_LANE;
    const moved = [
      anew ? this.#newPlace(phase) : null,
      number,
      gate === null ? null : gate[2],
      lane,
      ...rest,
    ] as const;
    return this.#move.run(version, phase, endedAt, cell, body, ...moved, ...fence).changes !== 0;
  }

  /** The last of all; a number that nobody takes leaves a gap. */
  nextPlace(): number {
    this.#lastPlace += 1;
    return this.#lastPlace;
  }

  /** One that has to wait for its time takes its place then. */
  #newPlace(phase: number): number {
    return isPlacedPhase(phase) ? this.nextPlace() : 0;
  }

  #keyOf(id: string, time: number, hash: number): number | undefined {
    const candidates = this.#find.all(time, hash) as unknown as readonly (readonly [number, string])[];
    return candidates.find(([, candidate]) => candidate === id)?.[0];
  }

  outline(id: string): OutlineRow | null {
    const { time, hash } = idKey(id, this.#secret);
    const key = this.#keyOf(id, time, hash);
    return key === undefined ? null : (this.#outline.get(key) as unknown as OutlineRow);
  }

  #row(key: number): StoredRow {
    const row = this.#read.get(key) as unknown as StoredRow | undefined;
    if (row === undefined) throw new Error(`task ${key} has its content but not its state in the task store`);
    return row;
  }

  #changeContent(key: number, [options, args, argsForm, origin, hash, bare]: ContentChange): void {
    this.#updateContent.run(options, args, argsForm, origin, hash, key);
    if (bare) this.#ended.markBare(key);
  }
}

/** The highest place in each part of the table that has places to keep. */
function placesIn(db: DatabaseSync): readonly number[] {
  const parts = [
    ...WAITING_INDEXES.map(([phase, index]) => [`= ${phase}`, index]),
    ['IN (3, 4)', 'tasks_held'],
  ];
  return parts.map(
    ([phases, index]) =>
      queryNumber(db, `SELECT max(place) FROM tasks INDEXED BY ${index} WHERE phase ${phases}`)() ?? 0,
  );
}
