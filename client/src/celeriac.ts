import { type Duration, type ErrorClass, PROTOCOL, UsageError } from '@celeriac/protocol';
import { option, parseDuration, show, TASK_ID_LENGTH } from '@celeriac/protocol/calling';
import type { SignalOptions } from '@celeriac/runtime';
import { ASYNC_DISPOSE, abortable, readSignalOf, readWaitOptions } from '@celeriac/runtime/calling';
import { controlOf } from '#control';
import { storesOf } from '#monitor';
import { localTasksOf } from '#tasks';
import { type CeleriacOptions, readAppOptions } from './app-options.ts';
import { AppConnection } from './connection/app-connection.ts';
import { Connection } from './connection/connection.ts';
import { openSocketTransport } from './connection/socket-transport.ts';
import type { Control } from './control.ts';
import { APP, type HostedAccess, type HostedApp } from './hosted-app.ts';
import type { HostedTask } from './hosting.ts';
import { Monitor } from './monitor/monitor.ts';
import type { Reading } from './record/outcome.ts';
import { newTaskId } from './record/task-id.ts';
import { type AsyncResult, resultOfId, resultOfTuple } from './result/async-result.ts';
import type { ResultTuple } from './result/relatives.ts';
import { ResultContext } from './result/result-context.ts';
import { CLOSE_OPTIONS } from './result/result-options.ts';
import type { ApplyOptions } from './task/apply-options.ts';
import type { Define } from './task/define.ts';
import { KnownTasks } from './task/known-tasks.ts';
import { readSignature, type SignatureData } from './task/linkable.ts';
import type { LocalTasks } from './task/local-tasks.ts';
import { CallMaker } from './task/made-call.ts';
import { readTaskName } from './task/run-options.ts';
import { SentCalls } from './task/sent-calls.ts';
import { makeSignature, type Send, type Signature } from './task/signature.ts';
import { makeTaskMap, type TaskMap } from './task/task-map.ts';
import type { Serializer } from './values/serializer.ts';
import { Serializers } from './values/serializers.ts';

/** What `app.close()` takes. */
export interface CloseOptions extends SignalOptions {
  /**
   * How long to wait for the receipts of unconfirmed calls: seconds or `'10s'`.
   * @default 5 s
   */
  readonly timeout?: Duration | null | undefined;
}

const DRAIN_S = 5;

/**
 * An app: the tasks that are defined on it, and its one connection to a gateway. `Tasks` is the type of the module that defines
 * the tasks, for apps that only make calls. Creating one opens nothing; the first call or watch connects.
 * @example
 * const app = new Celeriac<typeof tasks>({ url: location.origin, token: () => fetchToken() });
 * const res = app.tasks.add.delay(2, 2);
 * console.log(await res.get({ timeout: '10s' }));
 */
export class Celeriac<Tasks = unknown> {
  /** The tasks of `Tasks` by their names; any other name works at run time. */
  readonly tasks: TaskMap<Tasks>;
  /** The state of the connection to the gateway. */
  readonly connection: AppConnection;
  /** What an operator can change at run time. */
  readonly control: Control;
  /** Live stores for everything that the gateway knows: tasks, queues, workers, events, history. */
  readonly monitor: Monitor;
  /**
   * What a worker takes.
   * @internal
   */
  readonly [APP]: HostedApp;
  readonly #known: KnownTasks;
  readonly #handles = new Map<string, unknown>();
  readonly #errors = new Map<string, ErrorClass>();
  readonly #serializers = new Serializers();
  readonly #reading: Reading = { errors: this.#errors, serializers: this.#serializers };
  readonly #connection: Connection;
  readonly #results: ResultContext;
  readonly #calls: SentCalls | LocalTasks;
  readonly #local: LocalTasks;
  /** How every task of this app is called. */
  readonly #send: Send;
  #access: HostedAccess;

  /**
   * Makes an app; opens nothing.
   * @throws OptionError for an unknown option or an invalid value
   */
  constructor(options: CeleriacOptions = {}) {
    const read = readAppOptions(options);
    const { clock } = read;
    this.#access = read;
    this.#known = new KnownTasks(read, this.#serializers);
    this.#connection = new Connection({
      openTransport:
        read.openTransport ??
        ((events) =>
          this.#access.openTransport?.(events) ?? openSocketTransport(this.#access, events, clock)),
      clock,
      random: Math.random,
      acceptTimeoutMs: read.acceptTimeoutMs,
      outboxLimit: read.outboxLimit,
      giveUpAfterMs: read.giveUpAfterMs,
      definitionOf: (name) => this.#known.definitionOf(name),
    });
    const { hold } = this.#connection;
    const { limits } = this.#connection;
    const maker = new CallMaker(this.#known, limits);
    const place = {
      clock,
      random: Math.random,
      hold,
      tasks: this.#known.hosted,
      app: read.tasks,
      likeOf: ({ serializer = this.#known.serializer }: HostedTask) => this.#serializers.emptyOf(serializer),
      newId: newTaskId,
      payloadLimit: () => limits.payload,
    };
    const { alwaysEager: eager } = read;
    this.#local = localTasksOf({
      known: this.#known,
      reading: this.#reading,
      elsewhere: this.#connection,
      send: (...call) => this.#send(...call),
      ...{ maker, place, eager },
    });
    this.#results = new ResultContext(eager ? this.#local.backend : this.#connection, this.#reading, hold);
    this.#calls = eager ? this.#local : new SentCalls(maker, this.#connection, this.#results);
    this.connection = new AppConnection(this.#connection.status);
    this.control = controlOf((item, signal) => this.#connection.control(item, signal));
    this.monitor = new Monitor(storesOf(this.#connection));
    this.#send = this.#calls.apply;
    this.tasks = makeTaskMap<Tasks>(this.#handles, this.#send);
    this[APP] = {
      protocol: PROTOCOL,
      options: read.tasks,
      tasks: this.#known.hosted,
      routedQueues: read.routes.queues,
      registeredErrors: this.#errors,
      host: (access) => {
        this.#access = access;
        this.#connection.redial();
      },
      close: () => this.close(),
    };
  }

  /**
   * Defines a task: `app.task(name, fn)` or `app.task(name, options, fn)`.
   * @throws UsageError when the name is taken or the parameters need `arity`, OptionError for a bad option
   * @example export const add = app.task('add', (x: number, y: number) => x + y);
   */
  readonly task: Define = <Made>(name: string, ...rest: readonly unknown[]): Made => {
    const [options, run] = rest.length > 1 ? rest : [{}, rest[0]];
    const made = this.#local.define<Made>(name, options, run, callerStack());
    this.#handles.set(name, made);
    return made;
  };

  /**
   * Calls a task by its name, without types.
   * @throws as `task.applyAsync`
   * @example const res = app.sendTask<number>('add', [2, 2], { queue: 'sums' });
   */
  sendTask<Result = unknown, Chunk = unknown>(
    name: string,
    args: readonly unknown[] = [],
    options?: ApplyOptions,
  ): AsyncResult<Result, Chunk> {
    return this.#calls.apply<Result, Chunk>(readTaskName(name), args, options);
  }

  /**
   * A handle on a task made elsewhere; watched from its first use.
   * @throws OptionError when `id` cannot be one
   * @example const { state } = await app.AsyncResult(id).refresh();
   */
  AsyncResult<Result = unknown, Chunk = unknown>(id: string): AsyncResult<Result, Chunk> {
    option.text(TASK_ID_LENGTH)(id, 'id');
    return resultOfId<Result, Chunk>(id, this.#results);
  }

  /**
   * The handle from which {@link AsyncResult.asTuple} made this data.
   * @throws OptionError for anything else
   * @example const res = app.resultFromTuple(JSON.parse(text));
   */
  resultFromTuple(tuple: ResultTuple): AsyncResult {
    return resultOfTuple(tuple, this.#results);
  }

  /**
   * The signature from which {@link Signature.toJSON} made this data.
   * @throws OptionError for anything else
   * @example const res = app.signature(JSON.parse(text)).delay();
   */
  signature<Takes extends readonly unknown[] = readonly unknown[], Returns = unknown>(
    data: SignatureData,
  ): Signature<Takes, Returns> {
    const read = readSignature(data, 'data');
    // Any name gives a task that can be called, and says so itself when its function is not here.
    const tasks = this.tasks as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;
    return makeSignature(read, { send: this.#send, call: (...args) => tasks[read.task]?.(...args) });
  }

  /**
   * Errors of failed tasks that have this name come back as instances of the class.
   * @example app.registerError(OutOfStock);
   */
  registerError(errorClass: ErrorClass, name: string = errorClass.name): this {
    if (typeof errorClass !== 'function')
      throw new UsageError(`expected an error class, got: ${show(errorClass)}`);
    this.#errors.set(name, errorClass);
    return this;
  }

  /**
   * From now on its name is accepted by the option `serializer`, and it reads payloads of its content type. Both the app that
   * calls and the app whose worker runs the task need it. Register it before you define tasks that use it.
   * @throws UsageError if it is not a serializer, or if its name or its content type is taken
   * @example app.registerSerializer({ name: 'xml', contentType: 'application/xml', encode: toXml, decode: fromXml });
   */
  registerSerializer(serializer: Serializer): this {
    this.#serializers.register(serializer);
    return this;
  }

  /**
   * Resolves when every call made so far has its receipt, was refused or given up. The handles say which.
   * @throws the signal's reason, OptionError; never for what became of calls
   * @example await app.flush({ signal: AbortSignal.timeout(5_000) });
   */
  async flush(options: SignalOptions = {}): Promise<void> {
    return abortable(readSignalOf(options, 'app.flush()'), () =>
      this.#calls.afterTurn(() => this.#connection.calls.flushed()),
    );
  }

  /**
   * For a loop that makes many calls, like a stream's `'drain'`: await it from time to time. Resolves when few calls of this
   * app wait for their receipt, usually at once, and at the latest when `acceptTimeout` is over for them. It does not reject if
   * calls fail: their handles say so.
   * @throws the signal's reason, OptionError
   *
   * @example
   * for (let row = 0; row < 1_000_000; row++) {
   *   importRow.delay(row);
   *   if (row % 1_000 === 0) await app.drained();
   * }
   */
  async drained(options: SignalOptions = {}): Promise<void> {
    return abortable(readSignalOf(options, 'app.drained()'), () =>
      this.#calls.afterTurn(() => this.#connection.calls.drained()),
    );
  }

  /**
   * Waits for receipts, then closes the connection for good; pending waits reject with ClosedError. Idempotent.
   * @throws the signal's reason, OptionError
   * @example await app.close({ timeout: '10s' });
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const { timeout = DRAIN_S, signal } = readWaitOptions(options, CLOSE_OPTIONS, 'app.close()');
    const drainMs = parseDuration(timeout, 'timeout');
    return this.#calls.afterTurn(() => this.#connection.close(drainMs, signal), drainMs);
  }

  /** At the end of a scope, as {@link close}: `await using app = new Celeriac()`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }
}

/** The stack from the caller of `app.task(…)` on: without the message line, this function and `task` itself. */
function callerStack(): string {
  const frames = (new Error().stack ?? '').split('\n').filter((line) => /^\s+at |@/.test(line));
  return frames.slice(2).join('\n');
}
