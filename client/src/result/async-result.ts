import { type RevokeVerdict, UnknownTaskError } from '@celeriac/protocol';
import { parseDuration } from '@celeriac/protocol/calling';
import type { SignalOptions } from '@celeriac/runtime';
import { readSignalOf, readWaitOptions } from '@celeriac/runtime/calling';
import { followStream } from '#stream';
import { isFree } from '../inside.ts';
import { childrenOf, hasMoreChildren } from '../record/facts.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { StreamOptions } from './follow-stream.ts';
import { type ResultTuple, readTuple, walk } from './relatives.ts';
import type { ResultContext } from './result-context.ts';
import {
  GET,
  type GetOptions,
  REVOKE,
  type RevokeOptions,
  WALK,
  type WalkOptions,
} from './result-options.ts';
import type { Snapshot } from './snapshot.ts';
import {
  type Acceptance,
  getResult,
  getSuccess,
  isPending,
  receiptOf,
  waitForEnd,
  whenAccepted,
} from './waiting.ts';
import { WatchedResult } from './watched-result.ts';

const DEFAULT_GRACE_S = 5;

export interface HandleOptions {
  /** The call asked for no result: `get()` has nothing to wait for. */
  readonly resultless?: boolean | undefined;
  /** The handle of the task that called this one, where it is at hand. */
  readonly parent?: AsyncResult | null | undefined;
}

/**
 * A handle on one task, available at once and kept up to date by the gateway. Not thenable: `await` on it gives the handle
 * itself; await {@link accepted} or `get()`. `Chunk` is what {@link stream} gives.
 * @example
 * const res = add.delay(2, 2);
 * res.on('state', ({ state }) => console.log(state));
 * console.log(await res.get({ timeout: '10s' }));
 */
export class AsyncResult<T = unknown, Chunk = unknown> extends WatchedResult<T> {
  readonly #record: TaskRecord;
  readonly #context: ResultContext;
  readonly #resultless: boolean;
  #parent: AsyncResult | null;
  #children: { readonly of: readonly string[]; readonly made: readonly AsyncResult[] } | undefined;
  #accepted: Promise<Acceptance> | undefined;

  /** @internal */
  constructor(record: TaskRecord, context: ResultContext, options: HandleOptions = {}) {
    super(record, context);
    this.#record = record;
    this.#context = context;
    this.#resultless = options.resultless ?? false;
    this.#parent = options.parent ?? null;
  }

  /**
   * The durable receipt. Rejects with NotAcceptedError, IdConflictError or ClosedError, never unhandled; for a
   * handle made from an id, with UnknownTaskError when the gateway has no such task.
   */
  get accepted(): Promise<Acceptance> {
    if (this.#accepted === undefined) {
      const waits = this.#record.standing === 'unconfirmed' && isFree();
      this.#accepted = (waits ? receiptOf : whenAccepted)(this.#record, this.#context);
      this.#accepted.catch(() => {});
    }
    return this.#accepted;
  }

  /**
   * Waits for the end, and returns the value, or the error of a task that failed.
   * @throws as without it, except the task's own error and TaskRevokedError, which are returned
   * @example const given = await res.get({ propagate: false }); // a number, or an Error
   */
  get(options: GetOptions & { readonly propagate: false }): Promise<T | Error>;
  /**
   * Waits for the end, and returns the value. If the wait ends early, the task itself continues.
   * @throws the task's own error, with its traceback as `stack`; TaskRevokedError, TimeoutError, UnknownTaskError,
   * ResultGoneError, NotAcceptedError, IdConflictError, GatewayUnreachableError or ClosedError; the signal's reason; OptionError
   * @example const sum = await add.delay(2, 2).get({ timeout: '10s' });
   */
  get(options?: GetOptions): Promise<T>;
  get(options?: GetOptions): Promise<T | Error | undefined> {
    const record = this.#record;
    const context = this.#context;
    if (options === undefined && !this.#resultless && isFree() && isPending(record, context.backend))
      return getSuccess<T>(record, context);
    return this.#get(options);
  }

  async #get(options: GetOptions = {}): Promise<T | Error | undefined> {
    const read = readWaitOptions(options, GET, 'get()');
    read.signal?.throwIfAborted();
    return this.#resultless ? undefined : getResult<T>(this.#record, this.#context, read);
  }

  /** Tasks that it called, or that were linked to it; known at its end. No more than the first 1,000: see {@link moreChildren}. */
  get children(): readonly AsyncResult[] {
    const { facts } = this.#context.seen(this.#record);
    if (this.#children?.of !== facts.children) {
      const made = childrenOf(facts).map((id) => resultOfId(id, this.#context));
      this.#children = { of: facts.children, made };
    }
    return this.#children.made;
  }

  /** Whether it called more tasks than are in {@link children}; the others are not kept. */
  get moreChildren(): boolean {
    return hasMoreChildren(this.#context.seen(this.#record).facts);
  }

  /** The task that called it; `null` if none did, or if it is not known. */
  get parent(): AsyncResult | null {
    const { parentId } = this.#context.seen(this.#record).facts;
    if (parentId !== null) this.#parent ??= resultOfId(parentId, this.#context);
    return this.#parent;
  }

  /**
   * Plain data from which `app.resultFromTuple()` makes the handle again, with the tasks that called it as far as they are known.
   * @example localStorage.setItem('call', JSON.stringify(res.asTuple()));
   */
  asTuple(): ResultTuple {
    return [[this.id, this.parent?.asTuple() ?? null], null];
  }

  /**
   * The chunks of the task, in order and from the first one, as far as they are kept; ends when the task succeeds. If you leave
   * the loop, the task continues without this reader.
   * @throws as {@link get} does, after the last chunk; StreamGapError if chunks are no longer kept, and StreamRestartedError if
   * the task started again, unless `onGap` and `onRestart` are given; RefusedError
   * @example for await (const chunk of res.stream({ signal })) write(chunk);
   */
  stream(options: StreamOptions = {}): AsyncGenerator<Chunk, void> {
    this.#record.used = true;
    return followStream<Chunk>(this.#record, this.#context, options);
  }

  /**
   * Asks the gateway for everything that it knows about the task.
   * @throws what {@link get} throws for a call that was never accepted or was lost, RefusedError,
   * GatewayUnreachableError or ClosedError
   * @example const { waiting, lacks } = await res.refresh();
   */
  async refresh(options: SignalOptions = {}): Promise<Snapshot<T>> {
    this.#record.used = true;
    const record = this.#record;
    const signal = readSignalOf(options, 'refresh()');
    if (this.#isUnconfirmed(signal)) await whenAccepted(record, this.#context, signal);
    if (record.failure !== undefined) throw record.failure;
    // What has ended does not change any more, but some of it may not have been told.
    if (!record.ended || record.facts.args === null) await this.#context.backend.refresh(record, signal);
    return this.snapshot();
  }

  /**
   * Whether the gateway knows the task, even if its result is not kept.
   * @throws as {@link refresh}
   * @example if (!(await app.AsyncResult(id).exists())) forgetIt(id);
   */
  async exists(options: SignalOptions = {}): Promise<boolean> {
    this.#record.used = true;
    const signal = readSignalOf(options, 'exists()');
    if (this.#isUnconfirmed(signal)) await whenAccepted(this.#record, this.#context, signal);
    const { failure } = this.#record;
    if (failure instanceof UnknownTaskError) return false;
    if (failure !== undefined) throw failure;
    return this.#context.backend.refresh(this.#record, signal);
  }

  /**
   * Makes the gateway delete the arguments and the result of a task that ended; `get()` then rejects with ResultGoneError.
   * @returns whether there was something to delete
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
   * @throws as {@link get} for a task that cannot be waited for; UsageError after 10,000 tasks, and at the end if a task called
   * more than the 1,000 that are kept
   * @example for await (const [parent, task] of res.iterdeps()) draw(parent?.id, task.id);
   */
  async *iterdeps(
    options: WalkOptions = {},
  ): AsyncGenerator<readonly [parent: AsyncResult | null, task: AsyncResult], void> {
    const read = readWaitOptions(options, WALK, 'iterdeps()');
    read.signal?.throwIfAborted();
    yield* walk<AsyncResult>(this, async (node, parent) => {
      if (read.intermediate !== true) await waitForEnd(node.#record, node.#context, read, parent?.dateDone);
      else if (!node.#record.facts.synced) await node.refresh({ signal: read.signal });
    });
  }

  /**
   * {@link iterdeps} with each task's value.
   * @throws also each task's own error
   * @example for await (const [task, value] of res.collect({ timeout: '1m' })) console.log(task.name, value);
   */
  async *collect(options: WalkOptions = {}): AsyncGenerator<readonly [AsyncResult, unknown], void> {
    const { intermediate, ...read } = readWaitOptions(options, WALK, 'collect()');
    for await (const [, node] of this.iterdeps({ ...read, intermediate })) yield [node, await node.get(read)];
  }

  /**
   * The value of the last task of {@link collect}: in a chain of calls, that of the last call.
   * @throws as {@link collect}
   * @example console.log(await res.getLeaf({ timeout: '1m' }));
   */
  async getLeaf(options: WalkOptions = {}): Promise<unknown> {
    let leaf: unknown;
    for await (const [, value] of this.collect(readWaitOptions(options, WALK, 'getLeaf()'))) leaf = value;
    return leaf;
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
