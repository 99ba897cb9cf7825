import {
  type Duration,
  OptionError,
  parseDuration,
  ResultGoneError,
  type RevokeVerdict,
  show,
  TASK_ID_LENGTH,
  UnknownTaskError,
} from '@celeriac/protocol';
import { guarded } from '../guarded.ts';
import { waitOutside } from '../inside.ts';
import { shownState } from '../record/facts.ts';
import { TaskRecord } from '../record/task-record.ts';
import type { Store } from '../store.ts';
import { followStream, type StreamOptions } from '../streams/follow-stream.ts';
import { type Acceptance, whenAccepted } from './acceptance.ts';
import { waitForEnding } from './ending.ts';
import { type ResultEventName, ResultEvents, type ResultListener } from './result-events.ts';
import { endingError, type ResultHome } from './result-home.ts';
import { ResultStore, type ResultView } from './result-store.ts';
import {
  argsOf,
  dateDone,
  type HistoryEntry,
  historyOf,
  infoOf,
  resultOf,
  type Snapshot,
  takeSnapshot,
} from './snapshot.ts';
import { followUpdates } from './updates.ts';
import { walk } from './walk.ts';

export interface GetOptions {
  /** Seconds or `'10s'`; without it the wait ends with the task, or with a reason why it never will. */
  readonly timeout?: Duration | undefined;
  /** False: a failed task's error is returned, not thrown. Default true. */
  readonly propagate?: boolean | undefined;
  /** Ends the wait with the signal's reason; the task itself goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Called with every change of this task while it is waited for, progress too. */
  readonly onMessage?: ((snapshot: Snapshot) => void) | undefined;
  /** False: waiting is allowed inside a task as well; the task lends its slot to others meanwhile. Default true. */
  readonly disableSyncSubtasks?: boolean | undefined;
}

export interface WalkOptions extends Pick<GetOptions, 'timeout' | 'signal' | 'disableSyncSubtasks'> {
  /** True: takes each task as it is. False, the default: waits for each to end. */
  readonly intermediate?: boolean | undefined;
}

/** A handle as plain data, Celery's shape: itself and the one that called it, then the members of a group. */
export type ResultTuple = readonly [self: readonly [id: string, parent: ResultTuple | null], members: null];

export interface RevokeOptions {
  /** Also ends the thread or process that runs it, after `grace`. Default false. */
  readonly terminate?: boolean | undefined;
  /** Seconds or `'10s'` that a running task has to stop by itself. Default 5. */
  readonly grace?: Duration | undefined;
}

export interface HandleOptions {
  /** The call asked for no result: `get()` has nothing to wait for. */
  readonly resultless?: boolean | undefined;
  /** The handle of the task that called this one, where it is at hand. */
  readonly parent?: AsyncResult | null | undefined;
}

const DEFAULT_GRACE_S = 5;

/**
 * A handle on one task, at hand at once and kept up to date by the gateway. Not thenable: `await` on it gives the
 * handle itself; ask for {@link accepted} or {@link get}. `Chunk` is what {@link stream} gives.
 */
export class AsyncResult<T = unknown, Chunk = unknown> {
  readonly id: string;
  readonly #record: TaskRecord;
  readonly #home: ResultHome;
  readonly #resultless: boolean;
  #parent: AsyncResult | null;
  #children: { readonly of: readonly string[]; readonly made: readonly AsyncResult[] } | undefined;
  #used: boolean;
  #accepted: Promise<Acceptance> | undefined;
  #events: ResultEvents<T> | undefined;
  #store: ResultStore<T> | undefined;

  constructor(record: TaskRecord, home: ResultHome, options: HandleOptions = {}) {
    this.id = record.id;
    this.#record = record;
    this.#home = home;
    this.#resultless = options.resultless ?? false;
    this.#parent = options.parent ?? null;
    // Our own call is watched from its submit until it ends; another's handle only as long as somebody has it.
    this.#used = record.standing !== 'foreign';
    if (!this.#used) home.letGoWith(this, record);
  }

  /**
   * The durable receipt. Rejects with NotAcceptedError, IdConflictError or ClosedError, never unhandled; for a
   * handle made from an id, with UnknownTaskError when the gateway has no such task.
   */
  get accepted(): Promise<Acceptance> {
    if (this.#accepted === undefined) {
      this.#accepted = whenAccepted(this.#record, this.#home);
      this.#accepted.catch(() => {});
    }
    return this.#accepted;
  }

  /**
   * Waits for the end and gives the value.
   * @throws the task's own error, with its traceback as `stack`; TaskRevokedError, TimeoutError, UnknownTaskError,
   * ResultGoneError, NotAcceptedError, IdConflictError, GatewayUnreachableError or ClosedError
   */
  get(options: GetOptions & { readonly propagate: false }): Promise<T | Error>;
  get(options?: GetOptions): Promise<T>;
  async get(options: GetOptions = {}): Promise<T | Error | undefined> {
    const { onMessage, propagate = true } = options;
    if (this.#resultless) return undefined;
    const stop = onMessage === undefined ? undefined : this.#tell(onMessage);
    try {
      await this.#end(options);
    } finally {
      stop?.();
    }
    return this.#settle(propagate);
  }

  async #end({ timeout, signal, disableSyncSubtasks = true }: GetOptions): Promise<void> {
    const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout, 'timeout');
    const { line } = this.#home;
    const ending = await waitOutside(!disableSyncSubtasks, async () =>
      waitForEnding(this.#record, line, { timeoutMs, signal }),
    );
    if (ending === 'aborted') throw signal?.reason;
    if (ending !== 'ended') throw endingError(ending, this.#record, line, timeoutMs);
  }

  #tell(onMessage: (snapshot: Snapshot) => void): () => void {
    const tell = guarded(onMessage);
    return this.#record.subscribe((change) => {
      if (change === 'accepted' || change === 'state' || change === 'progress') tell(this.snapshot());
    });
  }

  #settle(propagate: boolean): T | Error | undefined {
    const { state, gone, body } = this.#record.facts;
    if (state === 'IGNORED') return undefined;
    const outcome = this.#record.outcome(this.#home.reading);
    if ((gone && body === null) || outcome.kind === 'none') throw new ResultGoneError(this.id, state);
    if (outcome.kind === 'error' && propagate) throw outcome.error;
    return resultOf<T>(outcome);
  }

  /** One of Celery's states, or the custom state that the running task has set. */
  get state(): string {
    return shownState(this.#seen().facts);
  }

  get status(): string {
    return this.state;
  }

  get name(): string | null {
    return this.#seen().name;
  }

  /** The value of a SUCCESS; the error of a FAILURE, RETRY or REVOKED; else `undefined`. */
  get result(): T | Error | undefined {
    return resultOf<T>(this.#seen().outcome(this.#home.reading));
  }

  /** The meta of the custom state while one is set; else as {@link result}. */
  get info(): unknown {
    const record = this.#seen();
    return infoOf(record, this.#home.reading);
  }

  get traceback(): string | undefined {
    const outcome = this.#seen().outcome(this.#home.reading);
    return outcome.kind === 'error' ? outcome.traceback : undefined;
  }

  get history(): readonly HistoryEntry[] {
    return historyOf(this.#seen().facts);
  }

  get worker(): string | null {
    return this.#seen().facts.worker;
  }

  get retries(): number {
    return this.#seen().facts.retries;
  }

  /** The effective queue; `null` while it is not known. */
  get queue(): string | null {
    return this.#seen().facts.queue;
  }

  /** Arguments as the gateway has told them; `undefined` until then, which {@link refresh} changes. */
  get args(): readonly unknown[] | undefined {
    return argsOf(this.#seen(), this.#home.reading);
  }

  /** Tasks that it called, or that were linked to it; known at its end. */
  get children(): readonly AsyncResult[] {
    const { children } = this.#seen().facts;
    if (this.#children?.of !== children)
      this.#children = { of: children, made: children.map((id) => resultOfId(id, this.#home)) };
    return this.#children.made;
  }

  /** The task that called it; `null` where none did, or the gateway has not told it. */
  get parent(): AsyncResult | null {
    const { parentId } = this.#seen().facts;
    if (parentId !== null) this.#parent ??= resultOfId(parentId, this.#home);
    return this.#parent;
  }

  /** Plain data that `app.resultFromTuple()` turns back, with those it descends from as far as they are known. */
  asTuple(): ResultTuple {
    return [[this.id, this.parent?.asTuple() ?? null], null];
  }

  /** Tells a queued task from an unknown one: both are PENDING. */
  get known(): boolean {
    return this.#seen().facts.known;
  }

  /** Whether an authoritative answer (receipt or snapshot) has arrived. */
  get synced(): boolean {
    return this.#seen().facts.synced;
  }

  get dateDone(): Date | null {
    return dateDone(this.#seen().facts);
  }

  ready(): boolean {
    return this.#seen().ended;
  }

  successful(): boolean {
    return this.#seen().facts.state === 'SUCCESS';
  }

  failed(): boolean {
    return this.#seen().facts.state === 'FAILURE';
  }

  /** All of the above at this moment. */
  snapshot(): Snapshot<T> {
    return takeSnapshot<T>(this.#seen(), this.#home.reading);
  }

  /** For whatever draws it: the snapshot, and the trouble if there is any. Watches the task only while subscribed to. */
  get store(): Store<ResultView<T>> {
    this.#store ??= new ResultStore<T>(this.#record, this.#home, () => this.#used);
    return this.#store;
  }

  on(event: ResultEventName, listener: ResultListener<T>): this {
    this.#listening().on(event, listener);
    return this;
  }

  once(event: ResultEventName, listener: ResultListener<T>): this {
    this.#listening().once(event, listener);
    return this;
  }

  off(event: ResultEventName, listener: ResultListener<T>): this {
    this.#events?.off(event, listener);
    return this;
  }

  /** Every change from here on, the terminal snapshot last. Throws as {@link get} does when there will be no end. */
  updates(): AsyncGenerator<Snapshot<T>, void> {
    return followUpdates<T>(this.#record, this.#home);
  }

  /**
   * The chunks that the task gives, in order and from the first on, as far as they are kept; ends when it succeeds.
   * Leaving the loop lets the task go on without this reader.
   * @throws as {@link get} does, after the last chunk; StreamGapError where chunks are not kept any more, and
   * StreamRestartedError where the task began anew, unless the options say what to do then; RefusedError
   */
  stream(options: StreamOptions = {}): AsyncGenerator<Chunk, void> {
    this.#used = true;
    return followStream<Chunk>(this.#record, this.#home, options, async () => {
      await this.#end(options);
      const { state } = this.#record.facts;
      if (state !== 'SUCCESS' && state !== 'IGNORED') this.#settle(true);
    });
  }

  /**
   * Asks the gateway for all it knows.
   * @throws what {@link get} throws for a call that was never accepted or was lost, RefusedError,
   * GatewayUnreachableError or ClosedError
   */
  async refresh(): Promise<Snapshot<T>> {
    if (this.#record.standing === 'unconfirmed') await this.accepted;
    if (this.#record.failure !== undefined) throw this.#record.failure;
    this.#used = true;
    // What has ended does not change any more, but some of it may not have been told.
    if (!this.#record.ended || this.#record.facts.args === null) await this.#home.line.refresh(this.#record);
    return this.snapshot();
  }

  /**
   * Whether the gateway has the task, also when nothing is kept of its result.
   * @throws as {@link refresh}
   */
  async exists(): Promise<boolean> {
    if (this.#record.standing === 'unconfirmed') await this.accepted;
    const { failure } = this.#record;
    if (failure instanceof UnknownTaskError) return false;
    if (failure !== undefined) throw failure;
    this.#used = true;
    return this.#home.line.refresh(this.#record);
  }

  /**
   * Has the gateway drop the arguments and the result of a task that ended; `get()` then rejects with ResultGoneError.
   * @returns whether there was something to drop
   * @throws as {@link revoke}
   */
  async forget(): Promise<boolean> {
    if (this.#record.standing === 'unconfirmed') await this.accepted;
    const dropped = await this.#home.line.forget(this.id);
    if (dropped) this.#record.forget();
    return dropped;
  }

  /**
   * This task, the tasks it called and theirs, breadth first, each with the one that called it.
   * @throws as {@link get} for a task that cannot be waited for, UsageError after 10,000 tasks
   */
  iterdeps(options: WalkOptions = {}): AsyncGenerator<readonly [AsyncResult | null, AsyncResult], void> {
    return walk<AsyncResult>(this, async (node) => {
      if (options.intermediate !== true) await node.#end(options);
      else if (!node.#record.facts.synced) await node.refresh();
    });
  }

  /** {@link iterdeps} with each task's value. @throws also each task's own error */
  async *collect(options: WalkOptions = {}): AsyncGenerator<readonly [AsyncResult, unknown], void> {
    for await (const [, node] of this.iterdeps(options)) yield [node, await node.get(options)];
  }

  /** The value of the last task of {@link collect}: where calls lead one to the next, the end of the line. */
  async getLeaf(options: WalkOptions = {}): Promise<unknown> {
    let leaf: unknown;
    for await (const [, value] of this.collect(options)) leaf = value;
    return leaf;
  }

  /** Lets the task go: no listener is called any more. A pending `get()` still gets its answer. */
  unwatch(): void {
    this.#used = true;
    this.#events?.clear();
    if (!this.#record.wanted) this.#home.line.unwatch(this.#record);
  }

  /**
   * Stops the task: `prevented` when it will never run, `revoked` when it was running, `already-done` or `unknown`.
   * @throws RefusedError, GatewayUnreachableError or ClosedError, or as {@link accepted} while that is open
   */
  async revoke({ terminate = false, grace = DEFAULT_GRACE_S }: RevokeOptions = {}): Promise<RevokeVerdict> {
    const graceMs = parseDuration(grace, 'grace');
    if (this.#record.standing === 'unconfirmed') await this.accepted;
    return this.#home.line.revoke(this.id, terminate, graceMs);
  }

  /** Looking at a handle made from an id is its first use: from then on it is watched. */
  #seen(): TaskRecord {
    if (!this.#used) {
      this.#used = true;
      this.#home.line.watch(this.#record);
    }
    return this.#record;
  }

  #listening(): ResultEvents<T> {
    this.#used = true;
    this.#home.line.watch(this.#record);
    this.#events ??= new ResultEvents<T>(this.#record, () => this.snapshot());
    return this.#events;
  }
}

/** A handle on a task made elsewhere; watched from its first use. */
export function resultOfId<T = unknown, Chunk = unknown>(
  id: string,
  home: ResultHome,
  parent: AsyncResult | null = null,
): AsyncResult<T, Chunk> {
  return new AsyncResult<T, Chunk>(new TaskRecord(id, null, 'foreign', home.hold), home, { parent });
}

/** @throws OptionError for what {@link AsyncResult.asTuple} does not give */
export function resultOfTuple(tuple: unknown, home: ResultHome): AsyncResult {
  const [self, members]: readonly unknown[] = Array.isArray(tuple) ? tuple : [];
  const [id, parent]: readonly unknown[] = Array.isArray(self) ? self : [];
  if (typeof id !== 'string' || id.length === 0 || id.length > TASK_ID_LENGTH || members != null)
    throw new OptionError(
      'tuple',
      `expected what asTuple() gives, [[id, parent], null], got: ${show(tuple)}`,
    );
  return resultOfId(id, home, parent == null ? null : resultOfTuple(parent, home));
}
