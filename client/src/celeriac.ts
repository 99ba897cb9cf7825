import {
  type CallOptions,
  type Duration,
  type ErrorClass,
  PROTOCOL,
  parseDuration,
  show,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
  type TaskOptions,
  UsageError,
  type WirePayload,
} from '@celeriac/protocol';
import { type CeleriacOptions, type ReadAppOptions, readAppOptions } from './app-options.ts';
import { Connection } from './connection/connection.ts';
import { ConnectionView } from './connection/connection-view.ts';
import { openSocketLink } from './connection/socket-link.ts';
import { Control } from './control/control.ts';
import { APP, type HostedApp, type HostedHome, type HostedTask } from './hosting.ts';
import { lineageHere, tellParent } from './inside.ts';
import { Monitor } from './monitor/monitor.ts';
import type { Reading } from './record/outcome.ts';
import { TaskRecord } from './record/task-record.ts';
import { AsyncResult } from './result/async-result.ts';
import { localLine } from './result/local-line.ts';
import { ResultHome } from './result/result-home.ts';
import { resultOfId, resultOfTuple } from './result/result-of.ts';
import type { ResultTuple } from './result/result-tuple.ts';
import { readSignature, type SignatureData } from './signature/linkable.ts';
import { makeSignature, type Signature } from './signature/signature.ts';
import { LocalStream } from './streams/local-stream.ts';
import {
  type ApplyOptions,
  type EncodeLink,
  type KeyOfLink,
  readApplyOptions,
} from './task/apply-options.ts';
import { checkArguments, encodeArguments } from './task/arguments.ts';
import { keyOfCall, keyOfLink } from './task/concurrency.ts';
import type { Define } from './task/define.ts';
import { defineTask } from './task/definition.ts';
import { followEagerly } from './task/eager-links.ts';
import { type EagerCall, EagerRun } from './task/eager-run.ts';
import { checkTimeLimits, readText } from './task/option-reading.ts';
import type { Send } from './task/send.ts';
import { makeTask } from './task/task.ts';
import { newTaskId } from './task/task-id.ts';
import { makeTaskMap, type TaskMap } from './task/task-map.ts';
import type { Serializer } from './values/serializer.ts';
import { Serializers } from './values/serializers.ts';

export interface CloseOptions {
  /** How long to wait for receipts of what is not confirmed: seconds or `'10s'`. Default 5. */
  readonly timeout?: Duration | undefined;
}

const DRAIN_S = 5;

/**
 * An app: the tasks that are defined on it, and its one connection to a gateway. `Tasks` is the type of the module
 * that defines them, for apps that only send. Creating one opens nothing; the first call or watch connects.
 */
export class Celeriac<Tasks = unknown> {
  /** The tasks of `Tasks` by their names; any other name works at run time. */
  readonly tasks: TaskMap<Tasks>;
  readonly connection: ConnectionView;
  /** What an operator changes while everything runs. */
  readonly control: Control;
  /** The whole house: tasks, queues, workers, events, history. */
  readonly monitor: Monitor;
  /** What a worker takes. */
  readonly [APP]: HostedApp;
  readonly #options: ReadAppOptions;
  readonly #hosted = new Map<string, HostedTask>();
  readonly #handles = new Map<string, unknown>();
  readonly #errors = new Map<string, ErrorClass>();
  readonly #serializers = new Serializers();
  readonly #reading: Reading = { errors: this.#errors, serializers: this.#serializers };
  readonly #connection: Connection;
  readonly #results: ResultHome;
  #home: HostedHome;

  /** @throws OptionError for an option that does not exist or has an impossible value */
  constructor(options: CeleriacOptions = {}) {
    this.#options = readAppOptions(options);
    this.#home = this.#options;
    this.#connection = new Connection({
      openLink:
        this.#options.openLink ??
        ((events) => this.#home.openLink?.(events) ?? openSocketLink(this.#home, events)),
      clock: this.#options.clock,
      random: Math.random,
      acceptTimeoutMs: this.#options.acceptTimeoutMs,
      giveUpAfterMs: this.#options.giveUpAfterMs,
      definitionOf: (name) => {
        const task = this.#hosted.get(name);
        if (task === undefined) return undefined;
        // A route that depends on the call stands above the app's options, so both travel with the call.
        const depends = this.#options.routes.ofName(name) === 'undecided';
        return depends ? task.definition.options : { ...this.#options.tasks, ...task.definition.options };
      },
    });
    this.#results = new ResultHome(this.#connection, this.#reading, this.#connection.hold);
    this.connection = new ConnectionView(this.#connection.status);
    this.control = new Control((item) => this.#connection.control(item));
    this.monitor = new Monitor(() => this.#connection);
    this.tasks = makeTaskMap<Tasks>(this.#handles, this.#send);
    this[APP] = {
      protocol: PROTOCOL,
      options: this.#options.tasks,
      tasks: this.#hosted,
      registeredErrors: this.#errors,
      host: (home) => {
        this.#home = home;
        this.#connection.redial();
      },
      close: () => this.close(),
    };
  }

  /**
   * Defines a task: `app.task(name, fn)` or `app.task(name, options, fn)`.
   * @throws UsageError when the name is taken or the parameters need `arity`, OptionError for a bad option
   */
  readonly task: Define = <Made>(name: string, ...rest: readonly unknown[]): Made => {
    const [options, run] = rest.length > 1 ? rest : [{}, rest[0]];
    const hosted = this.#routed(defineTask(name, options, run, callerStack(), this.#serializers));
    if (this.#hosted.has(name)) throw new UsageError(`two tasks of this app have the name '${name}'`);
    this.#serializers.check(hosted.serializer ?? this.#options.serializer, `app.task('${name}')`);
    const made = makeTask<Made>(hosted, this.#send, this.#applyHere);
    this.#hosted.set(name, hosted);
    this.#handles.set(name, made);
    return made;
  };

  /**
   * Calls a task by its name, without types.
   * @throws as `task.applyAsync`
   */
  sendTask<Result = unknown, Chunk = unknown>(
    name: string,
    args: readonly unknown[] = [],
    options?: ApplyOptions,
  ): AsyncResult<Result, Chunk> {
    readText(name, 'name', TASK_NAME_LENGTH);
    return this.#apply<Result, Chunk>(name, args, options);
  }

  /** A handle on a task made elsewhere; watched from its first use. @throws OptionError when `id` cannot be one */
  AsyncResult<Result = unknown, Chunk = unknown>(id: string): AsyncResult<Result, Chunk> {
    readText(id, 'id', TASK_ID_LENGTH);
    return resultOfId<Result, Chunk>(id, this.#results);
  }

  /** The handle that {@link AsyncResult.asTuple} wrote down. @throws OptionError for anything else */
  resultFromTuple(tuple: ResultTuple): AsyncResult {
    return resultOfTuple(tuple, this.#results);
  }

  /**
   * The signature that {@link Signature.toJSON} wrote down.
   * @throws OptionError for anything else
   */
  signature<Takes extends readonly unknown[] = readonly unknown[], Returns = unknown>(
    data: SignatureData,
  ): Signature<Takes, Returns> {
    const read = readSignature(data, 'data');
    // Any name gives a task that can be called, and says so itself when its function is not here.
    const tasks = this.tasks as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;
    return makeSignature(read, { send: this.#send, call: (...args) => tasks[read.task]?.(...args) });
  }

  /** Errors of failed tasks that have this name come back as instances of the class. */
  registerError(errorClass: ErrorClass, name: string = errorClass.name): this {
    if (typeof errorClass !== 'function')
      throw new UsageError(`expected an error class, got: ${show(errorClass)}`);
    this.#errors.set(name, errorClass);
    return this;
  }

  /**
   * From now on its name is one for the option `serializer`, and payloads of its content type are read by it. The app
   * that calls and the app whose worker runs the task both need it; tasks that name it are defined after.
   * @throws UsageError for what is no serializer, and when its name or its content type is taken
   */
  registerSerializer(serializer: Serializer): this {
    this.#serializers.register(serializer);
    return this;
  }

  /** Resolves when every call made so far has its receipt, was refused or given up; each handle tells which. */
  flush(): Promise<void> {
    return this.#connection.flush();
  }

  /** Waits for receipts, then closes the connection for good; what still waits rejects with ClosedError. */
  close({ timeout = DRAIN_S }: CloseOptions = {}): Promise<void> {
    return this.#connection.close(parseDuration(timeout, 'timeout'));
  }

  readonly #send: Send = (name, args, options) => this.#apply(name, args, options);
  readonly #applyHere: Send = (name, args, options) => this.#applyEagerly(name, args, options);

  #apply<Result, Chunk>(
    name: string,
    args: readonly unknown[],
    options?: ApplyOptions,
  ): AsyncResult<Result, Chunk> {
    if (this.#options.alwaysEager) return this.#applyEagerly(name, args, options);
    const { taskId, acceptTimeoutMs, retryPolicy, serializer, ...asked } = readApplyOptions(
      options,
      `${name}.applyAsync()`,
      this.#encodeLink,
      this.#keyOfLink,
    );
    const id = taskId ?? newTaskId();
    if (asked.call !== null)
      checkTimeLimits({ ...this.#hosted.get(name)?.definition.options, ...asked.call });
    checkArguments(name, args);
    const call = this.#keyed(name, args, asked.call);
    const [route, written] = this.#routeOf(name, args, options);
    const body = this.#encode(name, args, serializer ?? written);
    const lineage = lineageHere();
    const record = new TaskRecord(id, name, 'unconfirmed', this.#connection.hold, lineage);
    this.#connection.submit(
      { id, name, args: body, options: call, acceptTimeoutMs, retryPolicy, lineage, route },
      record,
    );
    if (lineage !== undefined) tellParent(id);
    return new AsyncResult<Result, Chunk>(record, this.#results, { resultless: call?.ignoreResult === true });
  }

  /** The call with the key that the task's definition makes of its arguments, if it has none of its own. */
  #keyed(name: string, args: readonly unknown[], call: CallOptions | null): CallOptions | null {
    if (call?.concurrencyKey !== undefined) return call;
    const key = keyOfCall(this.#hosted.get(name), args);
    return key === undefined ? call : { ...call, concurrencyKey: key };
  }

  readonly #keyOfLink: KeyOfLink = (name, args, immutable) =>
    keyOfLink(this.#hosted.get(name), args, immutable);

  /** A route that only looks at the name is as good as the task's own options, below which it stands. */
  #routed(task: HostedTask): HostedTask {
    const route = this.#options.routes.ofName(task.definition.name);
    if (route === undefined || route === 'undecided') return task;
    return {
      ...task,
      definition: { ...task.definition, options: { ...route.options, ...task.definition.options } },
      serializer: task.serializer ?? route.serializer,
    };
  }

  /** @returns what has to travel with the call, because no definition from here says it, and what writes the arguments */
  #routeOf(
    name: string,
    args: readonly unknown[],
    options?: ApplyOptions,
  ): readonly [route: TaskOptions | undefined, serializer: string | undefined] {
    const { routes, tasks } = this.#options;
    const hosted = this.#hosted.get(name);
    if (hosted !== undefined && routes.ofName(name) !== 'undecided') return [undefined, hosted.serializer];
    const route = routes.ofCall(name, args, options);
    if (hosted === undefined) return [route?.options, route?.serializer];
    return [{ ...tasks, ...route?.options }, hosted.serializer ?? route?.serializer];
  }

  readonly #encodeLink: EncodeLink = (name, args, serializer) => {
    const hosted = this.#hosted.get(name);
    const written = hosted === undefined ? this.#options.routes.ofLink(name)?.serializer : hosted.serializer;
    return this.#encode(name, args, serializer ?? written);
  };

  #encode(name: string, args: readonly unknown[], serializer = this.#options.serializer): WirePayload {
    return encodeArguments(name, args, {
      serializers: this.#serializers,
      serializer,
      limit: this.#connection.payloadLimit,
    });
  }

  #applyEagerly<Result, Chunk>(
    name: string,
    args: readonly unknown[],
    options?: ApplyOptions,
  ): AsyncResult<Result, Chunk> {
    const { taskId, call, serializer } = readApplyOptions(options, `${name}.apply()`, this.#encodeLink);
    checkArguments(name, args);
    const [, written] = this.#routeOf(name, args, options);
    const body = this.#encode(name, args, serializer ?? written);
    const stream = new LocalStream(this.#options.clock);
    const record = this.#runHere(taskId ?? newTaskId(), name, { args: body, prepend: [] }, call, stream);
    const home = new ResultHome(localLine(this.#options.clock, stream), this.#reading, this.#connection.hold);
    return new AsyncResult<Result, Chunk>(record, home, { resultless: call?.ignoreResult === true });
  }

  #runHere(
    id: string,
    name: string,
    given: Omit<EagerCall, 'headers'>,
    call: CallOptions | null,
    stream = new LocalStream(this.#options.clock),
  ): TaskRecord {
    const task = this.#hosted.get(name);
    if (task === undefined) throw new UsageError(`task '${name}' is not defined here, so it cannot run here`);
    const record = new TaskRecord(id, name, 'unconfirmed', this.#connection.hold);
    new EagerRun(task, { ...given, headers: call?.headers }, record, stream, this.#options.clock).start();
    followEagerly(record, call, (linked, prepend) =>
      this.#runHere(linked.id, linked.name, { args: linked.args, prepend }, linked.options),
    );
    return record;
  }
}

/** The stack from the caller of `app.task(…)` on: without the message line, this function and `task` itself. */
function callerStack(): string {
  const frames = (new Error().stack ?? '').split('\n').filter((line) => /^\s+at |@/.test(line));
  return frames.slice(2).join('\n');
}
