import type { SignalOptions } from '@celeriac/runtime';
import { DISPOSE } from '@celeriac/runtime/calling';
import { shownState } from '../record/facts.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { Store } from '../store.ts';
import { followUpdates } from './follow.ts';
import type { ResultContext } from './result-context.ts';
import { type ResultEventName, type ResultListener, ResultListeners } from './result-events.ts';
import { ResultStore, type ResultView } from './result-store.ts';
import type { HistoryEntry, Snapshot } from './snapshot.ts';
import { argsOf, dateDone, historyOf, infoOf, resultOf, takeSnapshot } from './snapshot.ts';

/**
 * What is known of a task at each moment, and told as it changes. A handle made from an id is watched from the first time that
 * somebody looks. What can be waited for or asked is added by {@link AsyncResult}.
 * @example
 * res.on('state', ({ state, worker }) => console.log(state, worker));
 * if (res.successful()) console.log(res.result);
 */
export class WatchedResult<T = unknown> {
  /** The id of its task; known before anything is sent. */
  readonly id: string;
  readonly #record: TaskRecord;
  readonly #context: ResultContext;
  #events: ResultListeners | undefined;
  #store: ResultStore<T> | undefined;

  /** @internal */
  constructor(record: TaskRecord, context: ResultContext) {
    this.id = record.id;
    this.#record = record;
    this.#context = context;
    // Our own call is watched from its submit until it ends, unless there are very many; another's handle only as long as
    // somebody has it.
    if (record.standing === 'foreign') context.letGoWith(this, record);
  }

  /** One of Celery's states, or the custom state that the running task has set. */
  get state(): string {
    return shownState(this.#seen.facts);
  }

  /** Celery's other name for {@link state}. */
  get status(): string {
    return this.state;
  }

  /** The name of its task; `null` while it is not known. */
  get name(): string | null {
    return this.#seen.name;
  }

  /** The value of a SUCCESS; the error of a FAILURE, RETRY or REVOKED; else `undefined`. */
  get result(): T | Error | undefined {
    return resultOf<T>(this.#seen.outcome(this.#context.reading));
  }

  /** The meta of the custom state while one is set; else as {@link result}. */
  get info(): unknown {
    return infoOf(this.#seen, this.#context.reading);
  }

  /** The stack of the task's error, from where it was thrown; `undefined` if there is none. */
  get traceback(): string | undefined {
    const outcome = this.#seen.outcome(this.#context.reading);
    return outcome.kind === 'error' ? outcome.traceback : undefined;
  }

  /** Every change so far, the oldest first. */
  get history(): readonly HistoryEntry[] {
    return historyOf(this.#seen.facts);
  }

  /** The worker that runs it, or ran it last; `null` before the first. */
  get worker(): string | null {
    return this.#seen.facts.worker;
  }

  /** How often it was tried again after a failure. */
  get retries(): number {
    return this.#seen.facts.retries;
  }

  /** The effective queue; `null` while it is not known. */
  get queue(): string | null {
    return this.#seen.facts.queue;
  }

  /** Arguments as the gateway has told them; `undefined` until then, which `refresh()` changes. */
  get args(): readonly unknown[] | undefined {
    return argsOf(this.#seen, this.#context.reading);
  }

  /** Tells a queued task from an unknown one: both are PENDING. */
  get known(): boolean {
    return this.#seen.facts.known;
  }

  /** Whether an authoritative answer (receipt or snapshot) has arrived. */
  get synced(): boolean {
    return this.#seen.facts.synced;
  }

  /** When it ended; `null` before that. */
  get dateDone(): Date | null {
    return dateDone(this.#seen.facts);
  }

  /**
   * Whether it has ended, in whatever way.
   * @example if (res.ready()) console.log(res.state);
   */
  ready(): boolean {
    return this.#seen.ended;
  }

  /**
   * Whether it has ended as SUCCESS.
   * @example if (res.successful()) console.log(res.result);
   */
  successful(): boolean {
    return this.#seen.facts.state === 'SUCCESS';
  }

  /**
   * Whether it has ended as FAILURE.
   * @example if (res.failed()) console.log(res.traceback);
   */
  failed(): boolean {
    return this.#seen.facts.state === 'FAILURE';
  }

  /**
   * All of the above at this moment.
   * @example const { kind, state, worker } = res.snapshot();
   */
  snapshot(): Snapshot<T> {
    return takeSnapshot<T>(this.#seen, this.#context.reading);
  }

  /** A store for user interfaces: the snapshot, and `trouble`. Watches the task only while it has listeners. */
  get store(): Store<ResultView<T>> {
    this.#store ??= new ResultStore<T>(this.#record, this.#context);
    return this.#store;
  }

  /**
   * Calls a function with each change of a kind. Until the task has ended, this keeps it watched, and a Node process alive. If
   * the function throws, that is logged and changes nothing.
   * @param options `signal`: stops listening when it aborts; one that is aborted already never listens
   * @returns a function that stops listening; calling it again does nothing
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
      this.#record.used = true;
      this.#context.backend.watch(this.#record);
    }
    return stop;
  }

  /**
   * Every change from here on, the terminal snapshot last. Throws as `get()` does when there will be no end.
   * @example for await (const { state, info } of res.updates({ signal })) show(state, info);
   */
  updates(options: SignalOptions = {}): AsyncGenerator<Snapshot<T>, void> {
    return followUpdates<T>(this.#record, this.#context, options);
  }

  /** Same as {@link unwatch}, at the end of a scope: `using res = app.AsyncResult(id)`. */
  [DISPOSE](): void {
    this.unwatch();
  }

  /**
   * Stops following the task: its listeners are no longer called. A pending `get()` still ends.
   * @example res.unwatch();
   */
  unwatch(): void {
    this.#record.used = true;
    this.#events?.clear();
    if (!this.#record.wanted) this.#context.backend.unwatch(this.#record);
  }

  get #seen(): TaskRecord {
    return this.#context.seen(this.#record);
  }
}
