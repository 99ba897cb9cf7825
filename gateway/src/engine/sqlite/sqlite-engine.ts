import type { Definition } from '@celeriac/protocol/internal';
import { type Clock, StateBox, systemClock, type Timer, TurnBatch } from '@celeriac/runtime';
import { nanoid } from 'nanoid';
import type { StoredTask, TaskOutline } from '../../core/record.ts';
import type { NamedSettings } from '../../core/settings.ts';
import type {
  AdvanceVerdict,
  ClaimAsk,
  Engine,
  ExpiryReport,
  HistoryQuery,
  InsertVerdict,
  LaneCount,
  Listing,
  Opened,
  Outdated,
  Promotion,
  Pruned,
  QueuePause,
  RevokedToken,
  TaskChange,
  Write,
} from '../engine.ts';
import { closedError, EngineError } from '../engine-parts.ts';
import type { StoreCall } from './coalesce.ts';
import { fromOutlineRow, fromStoredRow, toAskRow, toNewRow } from './codec.ts';
import { FreshRecords } from './fresh-records.ts';
import { holdStore } from './held-stores.ts';
import { LOOK, RECOVER, type Results, type StoreOperation } from './operations.ts';
import { PendingCall } from './pending-call.ts';
import { realPlace } from './private-file.ts';
import {
  toExpiryReport,
  toInsertVerdicts,
  toLaneCount,
  toOldest,
  toOpened,
  toPromotion,
  toRecords,
  toSettingsRow,
} from './results.ts';
import { errorText } from './store-error.ts';
import { toStoredText } from './text.ts';
import { silent, ThreadChannel } from './thread-channel.ts';
import { type TurnCall, TurnRequest } from './turn-request.ts';
import { isUrgent, isWrite, LAZY_MS } from './urgency.ts';

export interface SqliteOptions {
  /** Made if it is absent; its folder has to be there. */
  readonly file: string;
  readonly clock?: Pick<Clock, 'soon' | 'after'>;
  /** Names the store if it is made now. */
  readonly epoch?: string;
  /** Random: nobody may guess it. Keys the hashes of a store that is made now. */
  readonly secret?: string;
  /** Bound on the file in pages of 4 KiB; a full store fails like a full disk. */
  readonly maxPages?: number;
  /** Bytes reserved beside the file, so that accepted tasks can end when the disk is full; none by default. */
  readonly reserveBytes?: number;
}

/** How soon an idle gateway notices that its store was deleted or moved. */
const LOOK_MS = 1_000;

/** How often it is looked whether a full disk has room again. */
const RECOVER_MS = 500;

const OTHER: StoreCall = { verb: 'other' };
const NOTHING_WAITS: ReadonlyMap<string, number> = new Map();

/**
 * Keeps tasks in one SQLite file, which a thread of its own reads and writes. What is called in one turn of the
 * event loop goes over in one message; whatever arrives while a commit runs is the next transaction. So under load
 * many tasks share one fsync, and a lone call waits for no more than its own.
 */
export class SqliteEngine implements Engine {
  readonly durable = true;
  readonly file: string;
  readonly #failed = Promise.withResolvers<Error>();
  readonly failed = this.#failed.promise;
  readonly shortage = new StateBox<string | null>(null);
  readonly #options: SqliteOptions;
  readonly #clock: Pick<Clock, 'soon' | 'after'>;
  readonly #turn: TurnBatch<TurnCall>;
  readonly #fresh = new FreshRecords();
  #conversation: ThreadChannel | undefined;
  #lazyCommit: Timer | undefined;
  #recovery: Timer | undefined;
  #look: Timer | undefined;
  #tellUnblocked: (lanes: readonly LaneCount[]) => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(options: SqliteOptions) {
    this.#options = options;
    this.file = realPlace(options.file);
    this.#clock = options.clock ?? systemClock;
    this.#turn = new TurnBatch(this.#clock, (calls) => this.#send(calls));
  }

  /** Transactions committed since it was opened. */
  get commits(): number {
    return this.#conversation?.commits ?? 0;
  }

  get waiting(): ReadonlyMap<string, number> {
    return this.#conversation?.queues ?? NOTHING_WAITS;
  }

  get lanes(): number {
    return this.#conversation?.lanes ?? 0;
  }

  async open(): Promise<Opened> {
    if (this.#closing !== undefined) throw closedError();
    const { file } = this;
    const letGo = this.#hold();
    const { epoch = nanoid(), secret = nanoid(), maxPages = null, reserveBytes = 0 } = this.#options;
    const conversation = new ThreadChannel({ file, epoch, secret, maxPages, reserveBytes }, (lanes) =>
      this.#tellUnblocked(lanes.map(toLaneCount)),
    );
    this.#conversation = conversation;
    void conversation.failed.then(this.#failed.resolve);
    void Promise.race([conversation.failed, conversation.ended()]).then(letGo);
    conversation.shortage.subscribe((why) => {
      this.shortage.set(why);
      if (why !== null) this.#lookForRoom();
    });
    const opened = toOpened(await conversation.opened());
    this.#keepLooking();
    return opened;
  }

  #hold(): () => void {
    try {
      return holdStore(this.file);
    } catch (cause) {
      const error = new EngineError(`cannot open task store ${this.file}: ${errorText(cause)}`, { cause });
      this.#failed.resolve(error);
      throw error;
    }
  }

  onUnblocked(tell: (lanes: readonly LaneCount[]) => void): void {
    this.#tellUnblocked = tell;
  }

  insert(records: readonly StoredTask[]): Write<readonly InsertVerdict[]> {
    const call: StoreCall = { verb: 'insert', ids: records.map((record) => record.id) };
    const rows = records.map(toNewRow);
    const fresh = this.#fresh.hasRoom;
    return this.#call(call, ['insert', rows, fresh], (results: Results['insert']) => {
      if (fresh) this.#fresh.inserted(records, rows, results);
      return toInsertVerdicts(records, results);
    });
  }

  claim(asks: readonly ClaimAsk[], now: number): Promise<readonly (readonly StoredTask[])[]> {
    const operation = ['claim', asks.map(toAskRow), now] as const;
    return this.#call(OTHER, operation, (results: Results['claim']) =>
      asks.map((ask, position) => (results[position] ?? []).map((row) => this.#fresh.claimed(row, ask))),
    ).applied;
  }

  advance(changes: readonly TaskChange[]): Write<readonly AdvanceVerdict[]> {
    return this.#call({ verb: 'advance', changes }, null, (verdicts: readonly AdvanceVerdict[]) => {
      this.#fresh.advanced(changes);
      return verdicts;
    });
  }

  promoteDue(now: number, limit: number): Promise<Promotion> {
    return this.#call(OTHER, ['promoteDue', now, limit], toPromotion).applied;
  }

  expired(now: number, limit: number): Promise<ExpiryReport> {
    return this.#call(OTHER, ['expired', now, limit], toExpiryReport).applied;
  }

  unrouted(names: readonly string[], limit: number): Promise<readonly StoredTask[]> {
    return this.#call(OTHER, ['unrouted', names.map(toStoredText), limit], toRecords).applied;
  }

  get(ids: readonly string[]): Promise<readonly (StoredTask | undefined)[]> {
    return this.#call({ verb: 'get', ids }, ['get', ids.map(toStoredText)], (rows: Results['get']) =>
      rows.map((row) => (row === null ? undefined : fromStoredRow(row))),
    ).applied;
  }

  outline(ids: readonly string[]): Promise<readonly (TaskOutline | undefined)[]> {
    return this.#call({ verb: 'get', ids }, ['outline', ids.map(toStoredText)], (rows: Results['outline']) =>
      rows.map((row) => (row === null ? undefined : fromOutlineRow(row))),
    ).applied;
  }

  list(query: HistoryQuery): Promise<Listing> {
    return this.#call({ verb: 'list' }, ['list', query], (listing: Results['list']) => listing).applied;
  }

  oldest(queues: readonly string[], lanes: number): Promise<ReadonlyMap<string, number>> {
    return this.#call(OTHER, ['oldest', queues.map(toStoredText), lanes], toOldest).applied;
  }

  ready(queues: readonly string[], names: readonly string[]): Promise<readonly LaneCount[]> {
    const operation = ['ready', queues.map(toStoredText), names.map(toStoredText)] as const;
    return this.#call(OTHER, operation, (rows: Results['ready']) => rows.map(toLaneCount)).applied;
  }

  define(definitions: readonly Definition[]): Write<void> {
    const rows = definitions.map(
      (definition) => [toStoredText(definition.name), JSON.stringify(definition)] as const,
    );
    return this.#call(OTHER, ['define', rows], (_: Results['define']): void => {});
  }

  tune(settings: readonly NamedSettings[]): Write<void> {
    return this.#call(OTHER, ['tune', settings.map(toSettingsRow)], (_: Results['tune']): void => {});
  }

  pause(queues: readonly QueuePause[]): Write<void> {
    const rows = queues.map(([queue, paused]) => [toStoredText(queue), paused] as const);
    return this.#call(OTHER, ['pause', rows], (_: Results['pause']): void => {});
  }

  revokeTokens(revoked: readonly RevokedToken[], now: number): Write<void> {
    const rows = revoked.map(({ by, name, at, until }) => [by, toStoredText(name), at, until] as const);
    return this.#call(OTHER, ['revokeTokens', rows, now], (_: Results['revokeTokens']): void => {});
  }

  prune(outdated: Outdated, limit: number): Promise<Pruned> {
    return this.#call(OTHER, ['prune', outdated, limit], (pruned: Results['prune']) => pruned).applied;
  }

  backup(file: string): Promise<number> {
    if (this.#closing !== undefined || this.#conversation === undefined) return Promise.reject(closedError());
    this.#turn.flush();
    return this.#conversation.backup(file);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#turn.flush();
    this.#lazyCommit?.cancel();
    this.#recovery?.cancel();
    this.#look?.cancel();
    this.#conversation?.send(silent([['close']]));
    await this.#conversation?.ended();
  }

  /** Each commit checks too; this is for times without commits. */
  #keepLooking(): void {
    if (this.#closing !== undefined) return;
    this.#look = this.#clock.after(LOOK_MS, () => {
      this.#conversation?.nudge(LOOK);
      this.#keepLooking();
    });
  }

  /** Repeated as long as there is no room. */
  #lookForRoom(): void {
    // One timer, however often what is short changes, and none of an engine that is closed.
    this.#recovery?.cancel();
    if (this.#closing !== undefined) return;
    this.#recovery = this.#clock.after(RECOVER_MS, () => {
      if (this.shortage.get() === null) return;
      this.#conversation?.nudge(RECOVER);
      this.#lookForRoom();
    });
  }

  /** @param operation `null` for an `advance`, which is written when its turn is known */
  #call<Result, Value>(
    call: StoreCall,
    operation: StoreOperation | null,
    read: (result: Result) => Value,
  ): PendingCall<Value> {
    // The thread answers each operation with the result of its verb.
    const pending = new PendingCall((result) => read(result as Result));
    if (this.#closing === undefined && this.#conversation !== undefined)
      this.#turn.add({ call, operation, pending });
    else pending.fail(closedError());
    return pending;
  }

  #send(calls: readonly TurnCall[]): void {
    const turn = new TurnRequest(calls);
    this.#conversation?.send(turn);
    if (this.#lazyCommit !== undefined || turn.request.some(isUrgent) || !turn.request.some(isWrite)) return;
    this.#lazyCommit = this.#clock.after(LAZY_MS, () => {
      this.#lazyCommit = undefined;
      if (this.#conversation?.waiting) this.#conversation.send(silent([['commit']]));
    });
  }
}
