/** A call that runs here and now, for tests: the states and retries of a real one, without a gateway or waits. */
import {
  contentTypeOf,
  DEFAULT_OPTIONS,
  describeFailure,
  encodeFailure,
  isReservedState,
  isTerminal,
  JSON_CONTENT_TYPE,
  MaxRetriesExceededError,
  type Reason,
  type TaskState,
  UsageError,
  type WirePayload,
} from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import { localLog } from '../environment.ts';
import { isOneOf } from '../execution/error-match.ts';
import { type ChunkSink, isGenerator, pourGenerator } from '../execution/generator.ts';
import {
  type HostedTask,
  type TaskHandlers,
  type TaskSelf,
  type TaskSignal,
  taskSignal,
} from '../hosting.ts';
import type { Session, TaskRecord } from '../record/task-record.ts';
import { Retry } from '../signals.ts';
import type { LocalStream } from '../streams/local-stream.ts';
import { withoutTail } from '../values/without-tail.ts';

const SESSION: Session = { epoch: 'local' };
const WORKER = 'local';
/** A worker's default. */
const HANDLER_TIMEOUT_MS = 60_000;

export interface EagerCall {
  readonly args: WirePayload;
  /** Results of other tasks, which stand before the arguments. */
  readonly prepend: readonly WirePayload[];
  readonly headers: string | undefined;
}

export class EagerRun {
  readonly #task: HostedTask;
  readonly #headers: Readonly<Record<string, unknown>>;
  /** As it was written: what the task gives is written likewise. */
  readonly #like: WirePayload;
  #args: readonly unknown[];
  readonly #record: TaskRecord;
  readonly #stream: LocalStream;
  readonly #clock: Clock;
  readonly #options: typeof DEFAULT_OPTIONS;
  #attempt = 0;
  #retries = 0;
  /** Until the handlers that were called so far have ended. */
  #handling: Promise<void> | undefined;

  /** @param call whose arguments and headers went through the serializer, as on a worker */
  constructor(task: HostedTask, call: EagerCall, record: TaskRecord, stream: LocalStream, clock: Clock) {
    const { name, options } = task.definition;
    this.#task = task;
    this.#like = call.args;
    this.#args = [
      ...call.prepend.map((result) =>
        task.serializers.decode(result, `a result before the arguments of ${name}`),
      ),
      ...this.#readList(call.args),
    ];
    this.#headers = call.headers === undefined ? {} : JSON.parse(call.headers);
    this.#record = record;
    this.#stream = stream;
    this.#clock = clock;
    this.#options = { ...DEFAULT_OPTIONS, ...options };
  }

  /** Returns when a synchronous function has ended; one that gives a promise goes on. */
  start(): void {
    const { queue, ignoreResult } = this.#options;
    this.#record.accept([this.#record.id, 1, queue, !ignoreResult, this.#clock.now()], SESSION);
    this.#try();
  }

  #try(): void {
    this.#attempt += 1;
    this.#stream.begin(this.#attempt, 'retry');
    if (this.#options.trackStarted) this.#tell('STARTED', 'started', null);
    const before = this.#call('beforeStart', []);
    if (before === undefined) this.#enter();
    else void this.#within(before).then(() => this.#enter());
  }

  #enter(): void {
    let given: unknown;
    try {
      const args = this.#task.bind ? [this.#self(), ...this.#args] : this.#args;
      given = Reflect.apply(this.#task.run, undefined, args);
    } catch (error) {
      this.#thrown(error);
      return;
    }
    if (given instanceof Promise) this.#await(given);
    else this.#returned(given);
  }

  #await(given: Promise<unknown>): void {
    given.then(
      (value) => this.#returned(value),
      (error: unknown) => this.#thrown(error),
    );
  }

  #returned(value: unknown): void {
    if (isGenerator(value)) {
      this.#await(pourGenerator(value, this.#sink));
      return;
    }
    let body: WirePayload;
    try {
      body = this.#write(value, `result of ${this.#task.definition.name}`);
    } catch (error) {
      this.#fail(error, 'error');
      return;
    }
    this.#tell('SUCCESS', 'completed', body);
    this.#handle('onSuccess', value);
    this.#handle('afterReturn', 'SUCCESS', value);
  }

  get #sink(): ChunkSink {
    const stream = this.#stream;
    return {
      isOver: false,
      get hasRoom() {
        return stream.hasRoom;
      },
      emit: (chunk) =>
        stream.push(this.#write(chunk, `chunk ${stream.given} of ${this.#task.definition.name}`)),
    };
  }

  #thrown(error: unknown): void {
    const signal = taskSignal(error) ?? this.#autoretry(error);
    switch (signal?.kind) {
      case undefined:
        this.#fail(error, 'error');
        break;
      case 'ignore':
        this.#tell('IGNORED', 'ignored', null);
        break;
      case 'reject':
        this.#fail(signal.reason ?? error, 'rejected');
        break;
      case 'retry':
        this.#retry(signal);
        break;
    }
  }

  #autoretry(error: unknown): TaskSignal | undefined {
    const { autoretryFor, dontAutoretryFor } = this.#task;
    const wanted = isOneOf(error, autoretryFor) && !isOneOf(error, dontAutoretryFor);
    return wanted ? { kind: 'retry', exc: error, countdownMs: null, maxRetries: undefined } : undefined;
  }

  #retry({ exc, maxRetries, args }: TaskSignal & { readonly kind: 'retry' }): void {
    const { name } = this.#task.definition;
    const limit = maxRetries === undefined ? this.#options.maxRetries : maxRetries;
    const shown = exc ?? new MaxRetriesExceededError(`${name}() has been retried ${this.#retries} times`);
    if (limit !== null && this.#retries >= limit) {
      this.#fail(shown, 'error');
      return;
    }
    this.#retries += 1;
    this.#tell('RETRY', 'retry', encodeFailure(describeFailure(shown)));
    this.#handle('onRetry', shown);
    if (args !== undefined) {
      const given = contentTypeOf(this.#like) === JSON_CONTENT_TYPE ? withoutTail(args) : args;
      this.#args = this.#readList(this.#write(given, `arguments of ${name}`));
    }
    this.#try();
  }

  #fail(error: unknown, reason: Reason): void {
    this.#tell('FAILURE', reason, encodeFailure(describeFailure(error)));
    this.#handle('onFailure', error);
    this.#handle('afterReturn', 'FAILURE', error);
  }

  /** Called when the one before it has ended, and not waited for by anybody else, as on a worker. */
  #handle(name: keyof TaskHandlers, ...facts: readonly unknown[]): void {
    if (this.#task.handlers[name] === undefined) return;
    this.#handling =
      this.#handling === undefined
        ? this.#call(name, facts)
        : this.#handling.then(() => this.#call(name, facts));
  }

  /** One that fails is logged. @returns when it has ended, where it has not yet; never rejects */
  #call(name: keyof TaskHandlers, facts: readonly unknown[]): Promise<void> | undefined {
    const handler = this.#task.handlers[name];
    if (handler === undefined) return undefined;
    const complain = (error: unknown): void =>
      localLog(this.#task.definition.name).error(`${name} failed`, { error });
    try {
      const given: unknown = Reflect.apply(handler, undefined, [this.#self(), ...facts]);
      return given instanceof Promise ? given.then(() => undefined, complain) : undefined;
    } catch (error) {
      complain(error);
      return undefined;
    }
  }

  /** Resolves when the handler has ended, or has had its time. */
  #within(handler: Promise<void>): Promise<void> {
    const limitMs = this.#task.handlerTimeoutMs ?? HANDLER_TIMEOUT_MS;
    if (limitMs === 0) return handler;
    return new Promise((resolve) => {
      const timer = this.#clock.after(limitMs, resolve);
      void handler.finally(() => timer.cancel()).then(resolve);
    });
  }

  #write(value: unknown, what: string): WirePayload {
    return this.#task.serializers.encodeLike(this.#like, value, what);
  }

  #readList(args: WirePayload): readonly unknown[] {
    const decoded = this.#task.serializers.decode(args, `arguments of ${this.#task.definition.name}`);
    return Array.isArray(decoded) ? decoded : [];
  }

  #tell(state: TaskState, reason: Reason, body: WirePayload | null): void {
    if (isTerminal(state)) this.#stream.end();
    const { id, facts } = this.#record;
    const now = this.#clock.now();
    this.#record.applyEvent(
      [id, facts.sequence + 1, now, state, reason, this.#attempt, WORKER, this.#retries, body],
      SESSION,
    );
  }

  #self(): TaskSelf {
    const { name } = this.#task.definition;
    const { maxRetries, queue, priority } = this.#options;
    return {
      name,
      request: {
        id: this.#record.id,
        rootId: this.#record.id,
        parentId: null,
        headers: this.#headers,
        args: this.#args,
        attempt: this.#attempt,
        retries: this.#retries,
        maxRetries,
        queue,
        priority,
        eta: null,
        expires: null,
        timeLimit: null,
        softTimeLimit: null,
        worker: WORKER,
        redelivered: false,
        calledDirectly: false,
      },
      signal: new AbortController().signal,
      log: localLog(name),
      updateState: ({ state, meta }) => {
        if (isReservedState(state)) throw new UsageError(`updateState cannot set '${state}'`);
        const { id, facts } = this.#record;
        const body = this.#write(meta, `meta of ${state}`);
        this.#record.applyEvent([id, facts.sequence, this.#clock.now(), null, state, body], SESSION);
      },
      emit: (chunk) => this.#sink.emit(chunk),
      retry: (options) => {
        throw new Retry(options, this.#clock);
      },
    };
  }
}
