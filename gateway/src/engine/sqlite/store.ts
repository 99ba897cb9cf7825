import type { DatabaseSync } from 'node:sqlite';
import type { Outdated, Pruned } from '../engine.ts';
import { copyStore } from './backup.ts';
import { markShut, openDatabase } from './database.ts';
import { EndedTasks } from './ended-tasks.ts';
import { FreePages } from './free-pages.ts';
import { FreshKeys } from './fresh-keys.ts';
import { DiskFullError, type Transactions } from './group-commit.ts';
import { LaneTable } from './lane-table.ts';
import type { StoredRow } from './layout.ts';
import { ListedTasks } from './listed-tasks.ts';
import { OldestTasks } from './oldest-tasks.ts';
import type {
  LaneCountRow,
  OpenedRows,
  QueueCount,
  Result,
  SettingsRow,
  StoreOperation,
  StoreOptions,
} from './operations.ts';
import { ReadyTasks } from './ready-tasks.ts';
import { Reserve } from './reserve.ts';
import { query, queryStored } from './rows.ts';
import { DefinitionTable, keyLimitOf, PausedQueues, RevokedTokens, SettingsTable } from './small-tables.ts';
import { SqliteGates } from './sqlite-gates.ts';
import { SqliteTaskTable } from './sqlite-task-table.ts';
import { isDiskFull } from './store-error.ts';
import { StoreFiles } from './store-files.ts';
import { WaitingTasks } from './waiting-tasks.ts';

/** The open file and one statement for everything that is asked of it. Transactions are the caller's. */
export class SqliteStore implements Transactions {
  readonly #db: DatabaseSync;
  readonly #epoch: string;
  readonly #lanes: LaneTable;
  readonly #reserve: Reserve;
  readonly #place: StoreFiles;
  readonly #gates: SqliteGates;
  readonly #tasks: SqliteTaskTable;
  readonly #ready: ReadyTasks;
  readonly #waiting: WaitingTasks;
  readonly #ended: EndedTasks;
  readonly #free: FreePages;
  readonly #listed: ListedTasks;
  readonly #oldest: OldestTasks;
  readonly #definitions: DefinitionTable;
  readonly #settings: SettingsTable;
  readonly #paused: PausedQueues;
  readonly #revoked: RevokedTokens;
  readonly #held: () => readonly StoredRow[];
  readonly #begin: () => unknown;
  readonly #commit: () => unknown;

  constructor(options: StoreOptions) {
    const db = openDatabase(options);
    this.#place = new StoreFiles(options.file);
    const [epoch, secret] = query(db, 'SELECT epoch, secret FROM meta').get() as unknown as readonly [
      string,
      string,
    ];
    const lanes = new LaneTable(db);
    this.#db = db;
    this.#epoch = epoch;
    this.#lanes = lanes;
    this.#reserve = new Reserve(options.file, options.reserveBytes);
    this.#gates = new SqliteGates(db, lanes, secret);
    this.#ended = new EndedTasks(db);
    const fresh = new FreshKeys();
    this.#tasks = new SqliteTaskTable(db, { lanes, gates: this.#gates, ended: this.#ended, fresh }, secret);
    this.#ready = new ReadyTasks(db, lanes, fresh);
    this.#waiting = new WaitingTasks(db, lanes, this.#gates, () => this.#tasks.nextPlace());
    this.#free = new FreePages(db);
    this.#listed = new ListedTasks(db, secret);
    this.#oldest = new OldestTasks(db, lanes);
    this.#definitions = new DefinitionTable(db);
    this.#settings = new SettingsTable(db);
    this.#paused = new PausedQueues(db);
    this.#revoked = new RevokedTokens(db);
    this.#gates.rollback(this.#settings.keyLimits());
    this.#held = queryStored(
      db,
      'tasks AS t INDEXED BY tasks_held CROSS JOIN contents AS c USING (key) WHERE t.phase IN (3, 4) ORDER BY t.key',
    );
    const begin = db.prepare('BEGIN');
    const commit = db.prepare('COMMIT');
    this.#begin = () => begin.run();
    this.#commit = () => commit.run();
  }

  opened(): OpenedRows {
    return {
      epoch: this.#epoch,
      held: this.#held(),
      definitions: this.#definitions.all(),
      settings: this.#settings.all(),
      pausedQueues: this.#paused.all(),
      revokedTokens: this.#revoked.all(),
      nextDueAt: this.#waiting.nextDueAt(),
      nextExpiryAt: this.#waiting.nextExpiryAt(),
      waiting: this.takeCounts(),
      lanes: this.lanes,
    };
  }

  begin(): void {
    this.#begin();
  }

  /** Returns after fsync. */
  commit(): void {
    this.#place.checkHead();
    withinDisk(() => {
      this.#lanes.trim();
      this.#commit();
    });
    this.#tasks.committed();
    this.#free.committed();
    this.#place.committed();
  }

  /** @throws StoreError where its files were deleted, moved or overwritten: what it is told from now on would be lost with them */
  assertInPlace(): void {
    this.#place.checkHead();
    this.#place.check();
  }

  /** After a failure. What was kept gets into the file as far as that can be done: it is open still, wherever its names are. */
  abandon(): void {
    try {
      if (this.#place.closeOverwritten(() => this.#close())) return;
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      this.#shut();
    } catch {
      // Then its log is read by the next gateway.
    }
  }

  /** Discards everything remembered of a transaction. */
  rollback(): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    this.#tasks.rollback();
    this.#lanes.rollback();
    this.#ended.rollback();
    this.#gates.rollback(this.#settings.keyLimits());
  }

  releaseReserve(): boolean {
    return this.#reserve.release();
  }

  refillReserve(): boolean {
    return this.#reserve.fill();
  }

  /** Queues in which another number of tasks waits than was last told. */
  takeCounts(): readonly QueueCount[] {
    return this.#lanes.takeCounts();
  }

  /** In how many lanes tasks wait. */
  get lanes(): number {
    return this.#lanes.filled;
  }

  close(): void {
    this.assertInPlace();
    this.#sweep();
    this.#shut();
  }

  #shut(): void {
    try {
      markShut(this.#db);
      this.#place.leave();
    } catch (error) {
      // On a full disk the log stays, for the next gateway.
      if (!isDiskFull(error)) throw error;
    }
    this.#close();
  }

  #close(): void {
    this.#db.close();
    this.#place.closed();
  }

  /** @param settle commits what is open */
  copyTo(file: string, settle: () => void): Promise<number> {
    return copyStore(this.#db, file, settle);
  }

  /** For the last time. What a full disk keeps of it, the next gateway sweeps. */
  #sweep(): void {
    try {
      this.#begin();
      withinDisk(() => this.#lanes.sweep());
      withinDisk(this.#commit);
    } catch (error) {
      if (!(error instanceof DiskFullError)) throw error;
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    }
  }

  execute(operation: StoreOperation): Result {
    return withinDisk(() => this.#execute(operation));
  }

  #execute(operation: StoreOperation): Result {
    switch (operation[0]) {
      case 'insert':
        return this.#tasks.insertAll(operation[1], operation[2]);
      case 'advance':
        return operation[1].map((row) => this.#tasks.update(row));
      case 'claim':
        return operation[1].map((ask) => this.#ready.claim(ask, operation[2]));
      case 'get':
        return operation[1].map((id) => this.#tasks.get(id));
      case 'outline':
        return operation[1].map((id) => this.#tasks.outline(id));
      case 'list':
        return this.#listed.list(operation[1]);
      case 'oldest':
        return this.#oldest.of(operation[1], operation[2]);
      case 'ready':
        return this.#ready.among(operation[1], operation[2]);
      case 'promoteDue':
        return this.#waiting.promoteDue(operation[1], operation[2]);
      case 'expired':
        return this.#waiting.expired(operation[1], operation[2]);
      case 'unrouted':
        return this.#waiting.unrouted(operation[1], operation[2]);
      case 'prune':
        this.#lanes.sweep();
        return this.#prune(operation[1], operation[2]);
      case 'define':
        for (const [name, definition] of operation[1]) this.#definitions.put(name, definition);
        return null;
      case 'tune':
        this.#tune(operation[1]);
        return null;
      case 'pause':
        for (const [queue, paused] of operation[1]) this.#paused.put(queue, paused);
        return null;
      case 'revokeTokens':
        this.#revoked.put(operation[1], operation[2]);
        return null;
      case 'commit':
      case 'close':
        return null;
      default:
        return operation satisfies never;
    }
  }

  takeUnblocked(): readonly LaneCountRow[] {
    return this.#gates.takeUnblocked();
  }

  #prune(outdated: Outdated, limit: number): Pruned {
    const pruned = this.#ended.prune(outdated, limit);
    // What is cleared away next may want the room.
    if (pruned.more) return pruned;
    return { ...pruned, more: this.#free.giveBack(limit) };
  }

  #tune(rows: readonly SettingsRow[]): void {
    for (const row of rows) {
      this.#settings.put(row);
      this.#gates.tune(row[0], keyLimitOf(row[1]));
    }
    this.#gates.openAll(new Set(rows.map(([name]) => name)));
  }
}

function withinDisk<Value>(act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    if (isDiskFull(error)) throw new DiskFullError(`the disk is full (${error.message})`, { cause: error });
    throw error;
  }
}
