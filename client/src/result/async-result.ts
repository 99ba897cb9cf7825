import { type RevokeVerdict, UnknownTaskError } from '@celeriac/protocol';
import { parseDuration } from '@celeriac/protocol/internal';
import { DISPOSE, readSignalOf, readWaitOptions, type SignalOptions } from '@celeriac/runtime';
import { hasMoreChildren, shownState } from '../record/facts.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { Store } from '../store.ts';
import { followStream, type StreamOptions } from './follow-stream.ts';
import { Family, type ResultTuple, readTuple, walk } from './relatives.ts';
import type { ResultContext } from './result-context.ts';
import { type ResultEventName, type ResultListener, ResultListeners } from './result-events.ts';
import {
  type GetOptions,
  REVOKE,
  type RevokeOptions,
  readGet,
  readWalk,
  type WalkOptions,
} from './result-options.ts';
import { ResultStore, type ResultView } from './result-store.ts';
import type { HistoryEntry, Snapshot } from './snapshot.ts';
import { argsOf, dateDone, historyOf, infoOf, resultOf, takeSnapshot } from './snapshot.ts';
import { type Acceptance, followUpdates, getResult, waitForEnd, whenAccepted } from './waiting.ts';

const DEFAULT_GRACE_S = 5;

export interface HandleOptions {
  /** The call asked for no result: `get()` has nothing to wait for. */
  readonly resultless?: boolean | undefined;
  /** The handle of the task that called this one, where it is at hand. */
  readonly parent?: AsyncResult | null | undefined;
}

/**
 * A handle on one task, at hand at once and kept up to date by the gateway. Not thenable: `await` on it gives the
 * handle itself; ask for {@link accepted} or {@link get}. `Chunk` is what {@link stream} gives.
 * @example
 * const res = add.delay(2, 2);
 * res.on('state', ({ state }) => console.log(state));
 * console.log(await res.get({ timeout: '10s' }));
 */
export class AsyncResult<T = unknown, Chunk = unknown> {
  /** The id of its task: at hand before anything is sent. */
  readonly id: string;
  readonly #record: TaskRecord;
  readonly #context: ResultContext;
  readonly #resultless: boolean;
  readonly #parent: AsyncResult | null;
  #family: Family<AsyncResult> | undefined;
  #used: boolean;
  #accepted: Promise<Acceptance> | undefined;
  #events: ResultListeners | undefined;
  #store: ResultStore<T> | undefined;

  /** @internal */
  constructor(record: TaskRecord, context: ResultContext, options: HandleOptions = {}) {
    this.id = record.id;
    this.#record = record;
    this.#context = context;
    this.#resultless = options.resultless ?? false;
    this.#parent = options.parent ?? null;
    // Our own call is watched from its submit until it ends, unless there are very many; another's handle only as long as
    // somebody has it.
    this.#used = record.standing !== 'foreign';
    if (!this.#used) context.letGoWith(this, record);
  }

  /**
   * The durable receipt. Rejects with NotAcceptedError, IdConflictError or ClosedError, never unhandled; for a
   * handle made from an id, with UnknownTaskError when the gateway has no such task.
   */
  get accepted(): Promise<Acceptance> {
    if (this.#accepted === undefined) {
      this.#accepted = whenAccepted(this.#record, this.#context);
      this.#accepted.catch(() => {});
    }
    return this.#accepted;
  }

  /**
   * Waits for the end, and gives the value, or the error of a task that failed.
   * @throws as the other one, but for the task's own error and TaskRevokedError, which are given
   */
  get(options: GetOptions & { readonly propagate: false }): Promise<T | Error>;
  /**
   * Waits for the end, and gives the value. The task itself goes on, whatever ends the wait.
   * @throws the task's own error, with its traceback as `stack`; TaskRevokedError, TimeoutError, UnknownTaskError,
   * ResultGoneError, NotAcceptedError, IdConflictError, GatewayUnreachableError or ClosedError; the signal's reason; OptionError
   * @example const sum = await add.delay(2, 2).get({ timeout: '10s' });
   */
  get(options?: GetOptions): Promise<T>;
  async get(options: GetOptions = {}): Promise<T | Error | undefined> {
    const read = readGet(options);
    read.signal?.throwIfAborted();
    return this.#resultless ? undefined : getResult<T>(this.#record, this.#context, read);
  }

  /** One of Celery's states, or the custom state that the running task has set. */
  get state(): string {
    return shownState(this.#seen().facts);
  }

  /** Celery's other name for {@link state}. */
  get status(): string {
    return this.state;
  }

  /** The name of its task; `null` while the gateway has not told it. */
  get name(): string | null {
    return this.#seen().name;
  }

  /** The value of a SUCCESS; the error of a FAILURE, RETRY or REVOKED; else `undefined`. */
  get result(): T | Error | undefined {
    return resultOf<T>(this.#seen().outcome(this.#context.reading));
  }

  /** The meta of the custom state while one is set; else as {@link result}. */
  get info(): unknown {
    return infoOf(this.#seen(), this.#context.reading);
  }

  /** The stack of the task's error, from where it was thrown; `undefined` where there is none. */
  get traceback(): string | undefined {
    const outcome = this.#seen().outcome(this.#context.reading);
    return outcome.kind === 'error' ? outcome.traceback : undefined;
  }

  /** Every change so far, the oldest first. */
  get history(): readonly HistoryEntry[] {
    return historyOf(this.#seen().facts);
  }

  /** The worker that runs it, or ran it last; `null` before the first. */
  get worker(): string | null {
    return this.#seen().facts.worker;
  }

  /** How often it was tried again after a failure. */
  get retries(): number {
    return this.#seen().facts.retries;
  }

  /** The effective queue; `null` while it is not known. */
  get queue(): string | null {
    return this.#seen().facts.queue;
  }

  /** Arguments as the gateway has told them; `undefined` until then, which {@link refresh} changes. */
  get args(): readonly unknown[] | undefined {
    return argsOf(this.#seen(), this.#context.reading);
  }

  /** Tasks that it called, or that were linked to it; known at its end. No more than the first 1,000: see {@link moreChildren}. */
  get children(): readonly AsyncResult[] {
    return this.#relatives().children(this.#seen().facts);
  }

  /** Whether it called more tasks than {@link children} gives; which ones is not kept. */
  get moreChildren(): boolean {
    return hasMoreChildren(this.#seen().facts);
  }

  /** The task that called it; `null` where none did, or the gateway has not told it. */
  get parent(): AsyncResult | null {
    return this.#relatives().parent(this.#seen().facts);
  }

  /**
   * Plain data that `app.resultFromTuple()` turns back, with those it descends from as far as they are known.
   * @example localStorage.setItem('call', JSON.stringify(res.asTuple()));
   */
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

  /** When it ended; `null` before that. */
  get dateDone(): Date | null {
    return dateDone(this.#seen().facts);
  }

  /**
   * Whether it has ended, however that was.
   * @example if (res.ready()) console.log(res.state);
   */
  ready(): boolean {
    return this.#seen().ended;
  }

  /**
   * Whether it has ended as SUCCESS.
   * @example if (res.successful()) console.log(res.result);
   */
  successful(): boolean {
    return this.#seen().facts.state === 'SUCCESS';
  }

  /**
   * Whether it has ended as FAILURE.
   * @example if (res.failed()) console.log(res.traceback);
   */
  failed(): boolean {
    return this.#seen().facts.state === 'FAILURE';
  }

  /**
   * All of the above at this moment.
   * @example const { kind, state, worker } = res.snapshot();
   */
  snapshot(): Snapshot<T> {
    return takeSnapshot<T>(this.#seen(), this.#context.reading);
  }

  /** For whatever draws it: the snapshot, and the trouble if there is any. Watches the task only while subscribed to. */
  get store(): Store<ResultView<T>> {
    this.#store ??= new ResultStore<T>(this.#record, this.#context, () => this.#used);
    return this.#store;
  }

  /**
   * Calls a function with each change of a kind. It keeps the task watched, and a Node process alive until the task has ended. One
   * that throws is logged, and changes nothing.
   * @param options `signal`: stops listening when it aborts; one that is aborted already never listens
   * @returns how to stop; calling it twice does nothing more
   * @throws UsageError for an event that does not exist, OptionError for a bad option
   * @example
   * res.on('progress', ({ info }) => draw(info));
   * res.on('success', ({ result }) => show(result), { signal });
   */
  on<Event extends ResultEventName>(
    event: Event,
    listener: ResultListener<T, Event>,
    options?: SignalOptions,
  ): () => void {
    if (this.#events === undefined) this.#events = new ResultListeners(this.#record, () => this.snapshot());
    const stop = this.#events.on(event, listener, options);
    if (this.#events.any) {
      this.#used = true;
      this.#context.backend.watch(this.#record);
    }
    return stop;
  }

  /**
   * Every change from here on, the terminal snapshot last. Throws as {@link get} does when there will be no end.
   * @example for await (const { state, info } of res.updates({ signal })) show(state, info);
   */
  updates(options: SignalOptions = {}): AsyncGenerator<Snapshot<T>, void> {
    return followUpdates<T>(this.#record, this.#context, options);
  }

  /**
   * The chunks that the task gives, in order and from the first on, as far as they are kept; ends when it succeeds.
   * Leaving the loop lets the task go on without this reader.
   * @throws as {@link get} does, after the last chunk; StreamGapError where chunks are not kept any more, and
   * StreamRestartedError where the task began anew, unless the options say what to do then; RefusedError
   * @example for await (const chunk of res.stream({ signal })) write(chunk);
   */
  stream(options: StreamOptions = {}): AsyncGenerator<Chunk, void> {
    this.#used = true;
    return followStream<Chunk>(this.#record, this.#context, options);
  }

  /**
   * Asks the gateway for all it knows.
   * @throws what {@link get} throws for a call that was never accepted or was lost, RefusedError,
   * GatewayUnreachableError or ClosedError
   * @example const { waiting, lacks } = await res.refresh();
   */
  async refresh(options: SignalOptions = {}): Promise<Snapshot<T>> {
    this.#used = true;
    const record = this.#record;
    const signal = readSignalOf(options, 'refresh()');
    if (this.#isUnconfirmed(signal)) await whenAccepted(record, this.#context, signal);
    if (record.failure !== undefined) throw record.failure;
    // What has ended does not change any more, but some of it may not have been told.
    if (!record.ended || record.facts.args === null) await this.#context.backend.refresh(record, signal);
    return this.snapshot();
  }

  /**
   * Whether the gateway has the task, also when nothing is kept of its result.
   * @throws as {@link refresh}
   * @example if (!(await app.AsyncResult(id).exists())) forgetIt(id);
   */
  async exists(options: SignalOptions = {}): Promise<boolean> {
    this.#used = true;
    const signal = readSignalOf(options, 'exists()');
    if (this.#isUnconfirmed(signal)) await whenAccepted(this.#record, this.#context, signal);
    const { failure } = this.#record;
    if (failure instanceof UnknownTaskError) return false;
    if (failure !== undefined) throw failure;
    return this.#context.backend.refresh(this.#record, signal);
  }

  /**
   * Has the gateway drop the arguments and the result of a task that ended; `get()` then rejects with ResultGoneError.
   * @returns whether there was something to drop
   * @throws as {@link revoke}
   * @example await res.get().finally(() => res.forget());
   */
  async forget(options: SignalOptions = {}): Promise<boolean> {
    const signal = readSignalOf(options, 'forget()');
    if (this.#isUnconfirmed(signal)) await whenAccepted(this.#record, this.#context, signal);
    const dropped = await this.#context.backend.forget(this.id, signal);
    if (dropped) this.#record.forget();
    return dropped;
  }

  /**
   * This task, the tasks it called and theirs, breadth first, each with the one that called it.
   * @throws as {@link get} for a task that cannot be waited for; UsageError after 10,000 tasks, and at the end where a task called more
   * than the 1,000 that are kept
   * @example for await (const [parent, task] of res.iterdeps()) draw(parent?.id, task.id);
   */
  async *iterdeps(
    options: WalkOptions = {},
  ): AsyncGenerator<readonly [parent: AsyncResult | null, task: AsyncResult], void> {
    const read = readWalk(options, 'iterdeps()');
    read.signal?.throwIfAborted();
    yield* walk<AsyncResult>(this, async (node) => {
      if (read.intermediate !== true) await waitForEnd(node.#record, node.#context, read);
      else if (!node.#record.facts.synced) await node.refresh({ signal: read.signal });
    });
  }

  /**
   * {@link iterdeps} with each task's value.
   * @throws also each task's own error
   * @example for await (const [task, value] of res.collect({ timeout: '1m' })) console.log(task.name, value);
   */
  async *collect(options: WalkOptions = {}): AsyncGenerator<readonly [AsyncResult, unknown], void> {
    const { intermediate, ...read } = readWalk(options, 'collect()');
    for await (const [, node] of this.iterdeps({ ...read, intermediate })) yield [node, await node.get(read)];
  }

  /**
   * The value of the last task of {@link collect}: where calls lead one to the next, the end of the line.
   * @example console.log(await res.getLeaf({ timeout: '1m' }));
   */
  async getLeaf(options: WalkOptions = {}): Promise<unknown> {
    let leaf: unknown;
    for await (const [, value] of this.collect(readWalk(options, 'getLeaf()'))) leaf = value;
    return leaf;
  }

  /** As {@link unwatch}, at the end of a scope: `using res = app.AsyncResult(id)`. */
  [DISPOSE](): void {
    this.unwatch();
  }

  /**
   * Lets the task go: no listener is called any more. A pending `get()` still gets its answer.
   * @example res.unwatch();
   */
  unwatch(): void {
    this.#used = true;
    this.#events?.clear();
    if (!this.#record.wanted) this.#context.backend.unwatch(this.#record);
  }

  /**
   * Stops the task: `prevented` when it will never run, `revoked` when it was running, `already-done` or `unknown`.
   * @throws RefusedError, GatewayUnreachableError or ClosedError, or as {@link accepted} while that is open
   * @example await res.revoke({ terminate: true, grace: '2s' }); // 'revoked'
   */
  async revoke(options: RevokeOptions = {}): Promise<RevokeVerdict> {
    const {
      terminate = false,
      grace = DEFAULT_GRACE_S,
      signal,
    } = readWaitOptions(options, REVOKE, 'revoke()');
    const graceMs = parseDuration(grace, 'grace');
    if (this.#isUnconfirmed(signal)) await whenAccepted(this.#record, this.#context, signal);
    return this.#context.backend.revoke(this.id, terminate, graceMs, signal);
  }

  /** A call that is not confirmed yet is waited for before anything is asked about its task: before that there is none. */
  #isUnconfirmed(signal: AbortSignal | undefined): boolean {
    signal?.throwIfAborted();
    return this.#record.standing === 'unconfirmed';
  }

  /** Looking at a handle made from an id is its first use: from then on it is watched. */
  #seen(): TaskRecord {
    if (!this.#used) {
      this.#used = true;
      this.#context.backend.watch(this.#record);
    }
    return this.#record;
  }

  #relatives(): Family<AsyncResult> {
    const context = this.#context;
    this.#family ??= new Family(this.#parent, (id) => new AsyncResult(context.recordOf(id), context));
    return this.#family;
  }
}

/** A handle on a task made elsewhere; watched from its first use. */
export function resultOfId<T = unknown, Chunk = unknown>(
  id: string,
  context: ResultContext,
  parent: AsyncResult | null = null,
): AsyncResult<T, Chunk> {
  return new AsyncResult<T, Chunk>(context.recordOf(id), context, { parent });
}

/** @throws OptionError for what {@link AsyncResult.asTuple} does not give */
export function resultOfTuple(tuple: unknown, context: ResultContext): AsyncResult {
  const { id, parent } = readTuple(tuple);
  return resultOfId(id, context, parent === null ? null : resultOfTuple(parent, context));
}
