import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LANE_KINDS } from '../../core/lane.ts';
import { BLOCKED, type LaneRow, READY, SCHEDULED, UNROUTED } from './layout.ts';
import type { QueueCount } from './operations.ts';
import { query, queryNumber } from './rows.ts';

interface KeptLane {
  readonly number: number;
  readonly row: LaneRow;
  readonly queue: KeptQueue;
  /** How many tasks wait in it, and how many of those nobody has defined. */
  waiting: number;
  unrouted: number;
}

interface KeptQueue {
  readonly name: string;
  readonly lanes: Map<string, KeptLane>;
  waiting: number;
}

/** Lanes that nobody waits in and that keep their rows until they are swept: those of a busy worker come and go all the time. */
const IDLE_LANES = 64;

/**
 * Lanes as small numbers: rows and indexes of tasks that wait hold those, and this table says which they are, and how many tasks
 * wait in each. It knows lanes that have some, and a few that had: what is named once and left goes, row and all. The number that
 * a task has which does not wait means nothing.
 */
export class LaneTable {
  readonly #db: DatabaseSync;
  readonly #byNumber = new Map<number, KeptLane>();
  readonly #queues = new Map<string, KeptQueue>();
  /** Lanes with tasks that nobody has defined, by their names. */
  readonly #unrouted = new Map<string, Set<KeptLane>>();
  /** Those that are idle, the longest first. */
  readonly #idle = new Set<KeptLane>();
  /** Queues in which another number of tasks waits than was last told. */
  readonly #untold = new Set<string>();
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  #next = 1;
  /** Tasks come in runs of one lane: the last answer is kept. */
  #last: KeptLane | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare('INSERT INTO lanes (lane, queue, name, kind) VALUES (?, ?, ?, ?)');
    this.#delete = db.prepare('DELETE FROM lanes WHERE lane = ?');
    this.#load();
  }

  /** The lane's number, made in the open transaction if it has none. */
  number(row: LaneRow): number {
    if (this.#last === undefined || !isSame(this.#last.row, row)) {
      this.#last = this.#find(row) ?? this.#add(row);
    }
    return this.#last.number;
  }

  /** The lane's number; if it has none, nobody waits in it. */
  find(row: LaneRow): number | undefined {
    return this.#find(row)?.number;
  }

  lane(number: number): LaneRow {
    return this.#kept(number).row;
  }

  /** A task waits here from now on. */
  enter(number: number, phase: number): void {
    const lane = this.#kept(number);
    if (lane.waiting === 0) this.#idle.delete(lane);
    this.#count(lane, phase, 1);
  }

  /** A task waits here no longer. */
  leave(number: number, phase: number): void {
    const lane = this.#kept(number);
    this.#count(lane, phase, -1);
    if (lane.waiting === 0) this.#idle.add(lane);
  }

  /** Lanes of this name with tasks that nobody has defined, in an order that is the same when a transaction is done again. */
  unrouted(name: string): readonly number[] {
    const lanes = [...(this.#unrouted.get(name) ?? NO_LANES.values())];
    return lanes.map(({ number }) => number).sort((one, other) => one - other);
  }

  /** Lanes of a queue in which tasks wait, at most so many. */
  *waitingIn(queue: string, most: number): Generator<number> {
    let left = most;
    for (const { number, waiting } of this.#queues.get(queue)?.lanes.values() ?? []) {
      if (waiting === 0) continue;
      if (left-- === 0) return;
      yield number;
    }
  }

  /** Lanes of these queues and names in which tasks wait. Of a queue it looks at as many as there are names, or as it has. */
  *among(queues: readonly string[], names: readonly string[]): Generator<number> {
    const wanted = new Set(names.flatMap((name) => LANE_KINDS.map((_, kind) => keyOf(name, kind))));
    for (const queue of queues) {
      const lanes = this.#queues.get(queue)?.lanes ?? NO_LANES;
      for (const key of lanes.size < wanted.size ? lanes.keys() : wanted) {
        const lane = wanted.has(key) ? lanes.get(key) : undefined;
        if (lane !== undefined && lane.waiting > 0) yield lane.number;
      }
    }
  }

  /** Queues in which another number of tasks waits than was last told. */
  takeCounts(): readonly QueueCount[] {
    if (this.#untold.size === 0) return NONE;
    const counts = [...this.#untold].map(
      (queue): QueueCount => [queue, this.#queues.get(queue)?.waiting ?? 0],
    );
    this.#untold.clear();
    return counts;
  }

  /** In how many lanes tasks wait. */
  get filled(): number {
    return this.#byNumber.size - this.#idle.size;
  }

  /** Called before each commit: of more idle lanes than a busy worker has, those that have been so the longest lose their rows. */
  trim(): void {
    if (this.#idle.size > IDLE_LANES) this.#shed(IDLE_LANES);
  }

  /** Every idle lane loses its row. @returns whether there were some */
  sweep(): boolean {
    return this.#shed(0);
  }

  /** What was remembered of the open transaction is forgotten: everything is read again. */
  rollback(): void {
    for (const queue of this.#queues.keys()) this.#untold.add(queue);
    this.#load();
  }

  /** The one time that all tasks that wait are looked at. */
  #load(): void {
    for (const kept of [this.#byNumber, this.#queues, this.#unrouted, this.#idle]) kept.clear();
    this.#last = undefined;
    const rows = query(this.#db, 'SELECT lane, queue, name, kind FROM lanes').all();
    for (const [number, ...row] of rows as unknown as readonly (readonly [number, ...LaneRow])[])
      this.#learn(number, row);
    this.#next = (queryNumber(this.#db, 'SELECT max(lane) FROM lanes')() ?? 0) + 1;
    for (const [phase, index] of WAITING_INDEXES) {
      const counted = query(
        this.#db,
        `SELECT lane, count(*) FROM tasks INDEXED BY ${index} WHERE phase = ${phase} GROUP BY lane`,
      ).all() as unknown as readonly (readonly [lane: number, count: number])[];
      for (const [number, count] of counted) this.#count(this.#kept(number), phase, count);
    }
    for (const lane of this.#byNumber.values()) if (lane.waiting === 0) this.#idle.add(lane);
  }

  #count(lane: KeptLane, phase: number, by: number): void {
    lane.waiting += by;
    lane.queue.waiting += by;
    this.#untold.add(lane.queue.name);
    if (phase === UNROUTED) this.#countUnrouted(lane, by);
  }

  #countUnrouted(lane: KeptLane, by: number): void {
    lane.unrouted += by;
    const name = lane.row[1];
    const lanes = this.#unrouted.get(name) ?? new Set();
    if (lane.unrouted > 0) this.#unrouted.set(name, lanes.add(lane));
    else if (lanes.delete(lane) && lanes.size === 0) this.#unrouted.delete(name);
  }

  #shed(kept: number): boolean {
    const shed = [...this.#idle].slice(0, Math.max(0, this.#idle.size - kept));
    for (const lane of shed) {
      this.#delete.run(lane.number);
      this.#forget(lane);
    }
    return shed.length > 0;
  }

  #forget(lane: KeptLane): void {
    const { queue, row } = lane;
    this.#idle.delete(lane);
    this.#byNumber.delete(lane.number);
    queue.lanes.delete(keyOf(row[1], row[2]));
    if (queue.lanes.size === 0) this.#queues.delete(queue.name);
    if (this.#last === lane) this.#last = undefined;
  }

  #add(row: LaneRow): KeptLane {
    const number = this.#next;
    this.#insert.run(number, ...row);
    this.#next += 1;
    const lane = this.#learn(number, row);
    this.#idle.add(lane);
    return lane;
  }

  #learn(number: number, row: LaneRow): KeptLane {
    const [name, task, kind] = row;
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = { name, lanes: new Map(), waiting: 0 };
      this.#queues.set(name, queue);
    }
    const lane: KeptLane = { number, row, queue, waiting: 0, unrouted: 0 };
    queue.lanes.set(keyOf(task, kind), lane);
    this.#byNumber.set(number, lane);
    return lane;
  }

  #find([queue, name, kind]: LaneRow): KeptLane | undefined {
    return this.#queues.get(queue)?.lanes.get(keyOf(name, kind));
  }

  #kept(number: number): KeptLane {
    const lane = this.#byNumber.get(number);
    if (lane === undefined)
      throw new Error(`a task waits in lane ${number}, which the task store does not have`);
    return lane;
  }
}

const NONE: readonly QueueCount[] = [];
const NO_LANES: ReadonlyMap<string, KeptLane> = new Map();

/** Phases of those that wait, and where each has its tasks. */
export const WAITING_INDEXES = [
  [UNROUTED, 'tasks_unrouted'],
  [SCHEDULED, 'tasks_scheduled'],
  [READY, 'tasks_ready'],
  [BLOCKED, 'tasks_blocked'],
] as const;

/** Inside a queue. */
function keyOf(name: string, kind: number): string {
  return `${kind}${name}`;
}

function isSame([queue, name, kind]: LaneRow, [otherQueue, otherName, otherKind]: LaneRow): boolean {
  return name === otherName && queue === otherQueue && kind === otherKind;
}
