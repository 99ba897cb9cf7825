/** A worker's life: idle → connecting ⇄ ready → stopping → stopped. */
import type { HostedApp } from '@celeriac/client/hosting';
import { fillCurrentTaskSlot } from '@celeriac/client/hosting';
import { ClosedError, type RefusedError, UsageError } from '@celeriac/protocol';
import { option } from '@celeriac/protocol/internal';
import {
  abortable,
  assertOutsidePool,
  readSignalOf,
  readWaitOptions,
  type SignalOptions,
  signalOption,
} from '@celeriac/runtime';
import { nanoid } from 'nanoid';
import { ChildrenBrokenError } from './errors.ts';
import { shutDown } from './host/shutdown.ts';
import { TaskHost } from './host/task-host.ts';
import { LifeEvents, type ShutdownReason, type WorkerEvents } from './life/events.ts';
import { Gauge } from './life/gauge.ts';
import { LoopWatch } from './life/loop-watch.ts';
import { watchUncaught } from './life/uncaught.ts';
import { makePool } from './make-pool.ts';
import { readWorkerOptions, type WorkerOptions, type WorkerSettings } from './options.ts';
import type { Pool } from './pool/pool.ts';
import { type Registry, readApps, registerTasks } from './registry/registry.ts';

const STOP = { now: option.flag, signal: signalOption };
/** Codes after which a token is never accepted again. */
const ENDED: ReadonlySet<string> = new Set(['TOKEN_EXPIRED', 'TOKEN_REVOKED']);

/** idle: not started · connecting: not connected to the gateway, or no longer · ready: takes tasks · stopping · stopped: for good. */
export type WorkerState = 'idle' | 'connecting' | 'ready' | 'stopping' | 'stopped';

/** What `worker.stop()` takes. */
export interface StopOptions {
  /**
   * Hurries a stop that is under way, as `now` does: when it aborts, running tasks are given back at once. `stop()` still
   * resolves when the worker has stopped.
   * @default none
   */
  readonly signal?: AbortSignal | null | undefined;
  /**
   * Gives running tasks back at once instead of waiting `shutdownTimeout` for them.
   * @default false
   */
  readonly now?: boolean | null | undefined;
}

/** Takes tasks from a gateway, and runs them. Made by {@link createWorker}. */
export interface Worker extends AsyncDisposable {
  /** Its name, as in orders of operators. */
  readonly name: string;
  /** What it does: see {@link WorkerState}. */
  readonly state: WorkerState;
  /** Queues that it takes from. */
  readonly queues: readonly string[];
  /** Bodies that may run at the same time; the gateway may change it. */
  readonly concurrency: number;
  /** Names of the tasks it runs; complete from `start()` on. */
  readonly tasks: readonly string[];
  /**
   * Resolves when the children of its pool have loaded the tasks and the worker is connected to its gateway. Waits for the
   * gateway as long as it takes.
   * @throws UsageError when called twice, in a thread or process of another worker's pool, or when two apps share a task's name
   * @throws RefusedError when the gateway refuses the worker, by its token or its protocol; `NAME_TAKEN` when another worker
   * keeps its name for 15 s
   * @throws ChildrenBrokenError when the threads or processes cannot load the tasks, after about half a minute of tries
   * @throws ClosedError when the worker is stopped meanwhile
   * @throws the reason of the signal: if it aborts, the worker stops; if it is already aborted, nothing is started
   * @example
   * await using worker = createWorker(app, { gateway: 'http://127.0.0.1:7600' });
   * await worker.start({ signal: AbortSignal.timeout(30_000) });
   */
  start(options?: SignalOptions): Promise<void>;
  /**
   * Takes no new tasks, waits for the running ones, reports them, and closes. Idempotent; a second call with `now`, or a signal, shortens
   * the first. Also what `await using worker = createWorker(app)` does at the end of its scope.
   * @throws OptionError or UsageError for an unknown option; never rejects for another reason
   * @example await worker.stop({ signal: AbortSignal.timeout(5_000) });
   */
  stop(options?: StopOptions): Promise<void>;
  /**
   * Calls a function with each event of a kind. If it throws, that is logged and changes nothing.
   * @param options `signal`: stops listening when it aborts; one that is aborted already never listens
   * @returns a function that stops listening; calling it again does nothing
   * @throws UsageError for an event that does not exist, OptionError for a bad option
   * @example worker.on('taskEnd', ({ id, outcome }) => count(outcome), { signal });
   */
  on<Event extends keyof WorkerEvents>(
    event: Event,
    listener: WorkerEvents[Event],
    options?: SignalOptions,
  ): () => void;
}

/**
 * Makes a worker for the tasks of an app, or of several. Opens nothing before `start()`.
 * @throws UsageError if `app` is not an app; OptionError for an unknown option or an invalid value
 * @example
 * const worker = createWorker(app, { concurrency: 8, queues: ['default', 'media'] });
 * await worker.start();
 * process.once('SIGTERM', () => void worker.stop());
 */
export function createWorker(app: object | readonly object[], options: WorkerOptions = {}): Worker {
  return new HostingWorker(readApps(app), readWorkerOptions(options, process.env));
}

class HostingWorker implements Worker {
  readonly #apps: readonly HostedApp[];
  readonly #settings: WorkerSettings;
  readonly #life: LifeEvents;
  readonly #started = Promise.withResolvers<void>();
  readonly #hurry = Promise.withResolvers<void>();
  readonly #watch: LoopWatch;
  readonly #gauge: Gauge;
  #phase: 'idle' | 'started' | 'stopping' | 'stopped' = 'idle';
  #host: TaskHost | undefined;
  #pool: Pool | undefined;
  #stopping: Promise<void> | undefined;
  #unwatchUncaught: () => void = () => undefined;

  constructor(apps: readonly HostedApp[], settings: WorkerSettings) {
    this.#apps = apps;
    this.#settings = settings;
    this.#life = new LifeEvents(settings.log);
    this.#gauge = new Gauge(settings.clock);
    this.#watch = new LoopWatch(settings.log, () => this.#host?.running ?? []);
    this.#life.on('ready', () => this.#started.resolve());
    // A worker that is stopped before its welcome was told to; a caller that does not await start() need not hear of it.
    this.#started.promise.catch(() => undefined);
  }

  get name(): string {
    return this.#settings.name;
  }

  get state(): WorkerState {
    if (this.#phase !== 'started') return this.#phase;
    return this.#host?.session.up === true ? 'ready' : 'connecting';
  }

  get queues(): readonly string[] {
    return this.#settings.queues;
  }

  get concurrency(): number {
    return this.#host?.concurrency ?? this.#settings.concurrency;
  }

  get tasks(): readonly string[] {
    return this.#apps.flatMap((app) => [...app.tasks.keys()]);
  }

  start(options: SignalOptions = {}): Promise<void> {
    let signal: AbortSignal | undefined;
    try {
      signal = readSignalOf(options, 'start()');
      signal?.throwIfAborted();
      this.#begin();
    } catch (error) {
      return Promise.reject(error);
    }
    if (signal === undefined) return this.#started.promise;
    const stop = (): void => void this.#end('stopped', true);
    const started = abortable(signal, () => this.#started.promise).finally(() =>
      signal.removeEventListener('abort', stop),
    );
    started.catch(() => undefined);
    // After the one that rejects with the reason: a worker that stops rejects as well.
    signal.addEventListener('abort', stop);
    return started;
  }

  async stop(options: StopOptions = {}): Promise<void> {
    const { now = false, signal } = readWaitOptions(options, STOP, 'stop()');
    const hurry = (): void => this.#hurry.resolve();
    signal?.addEventListener('abort', hurry);
    try {
      await this.#end('stopped', now || signal?.aborted === true);
    } finally {
      signal?.removeEventListener('abort', hurry);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  on<Event extends keyof WorkerEvents>(
    event: Event,
    listener: WorkerEvents[Event],
    options?: SignalOptions,
  ): () => void {
    return this.#life.on(event, listener as (...facts: Parameters<WorkerEvents[Event]>) => void, options);
  }

  #begin(): void {
    assertOutsidePool('a worker');
    if (this.#phase !== 'idle')
      throw new UsageError(`a worker can be started only once; this one is ${this.state}`);
    const { name, gateway: url, token, log, pool } = this.#settings;
    const registry = registerTasks(this.#apps);
    if (registry.tasks.size === 0) log.warn('the app has no tasks');
    this.#phase = 'started';
    fillCurrentTaskSlot();
    for (const app of this.#apps) app.host({ url, token, outlastsRefusals: true });
    this.#gauge.start();
    this.#pool = this.#makePool(registry);
    this.#host = this.#makeHost(registry, this.#pool);
    if (pool.kind === 'inline') {
      this.#watch.start([...registry.tasks.keys()]);
      this.#unwatchUncaught = watchUncaught(name, log);
    }
    this.#host.start();
  }

  #makePool(registry: Registry): Pool {
    return makePool(this.#settings, {
      registry,
      payloadLimit: () => this.#host?.session.payloadLimit ?? 0,
      onEntered: (task) => this.#watch.entered(task),
      onHeld: (task, ms) => this.#watch.held(task, ms),
      broken: (why) => {
        this.#settings.log.fatal({ why }, 'no child can be started, the worker gives up');
        this.#started.reject(new ChildrenBrokenError(why));
        void this.#end('broken', true);
      },
    });
  }

  #makeHost(registry: Registry, pool: Pool): TaskHost {
    return new TaskHost({
      ...this.#settings,
      url: this.#settings.socketUrl,
      bootId: nanoid(),
      registry,
      pool,
      gauge: this.#gauge,
      life: this.#life,
      lagged: (ms) => this.#watch.lagged(ms),
      refused: (error) => this.#refused(error),
      shutdown: () => void this.#end('ordered', false),
    });
  }

  /** Before the first welcome a refusal fails the start. Later the gateway may become right again, or the factory's token. */
  #refused(error: RefusedError): boolean {
    this.#settings.log.error({ code: error.code, reason: error.message }, 'the gateway refused this worker');
    const begun = this.#host?.session.welcome !== undefined;
    const ended = ENDED.has(error.code) && typeof this.#settings.token !== 'function';
    const final = !begun || ended || error.code === 'REPLACED' || error.code === 'NAME_TAKEN';
    this.#started.reject(error);
    this.#life.emit('refused', error);
    if (final) void this.#end('refused', true);
    return !final;
  }

  /** Idempotent, but for the hurry. */
  #end(why: ShutdownReason, now: boolean): Promise<void> {
    if (now) this.#hurry.resolve();
    this.#stopping ??= this.#stop(why);
    return this.#stopping;
  }

  async #stop(why: ShutdownReason): Promise<void> {
    const { clock, log, shutdownTimeoutMs } = this.#settings;
    this.#phase = 'stopping';
    log.info(
      { running: this.#host?.running ?? [] },
      'stopping: taking no new tasks, waiting for running ones to end',
    );
    this.#life.emit('shutdown', { why });
    this.#started.reject(new ClosedError('the worker was stopped before it was connected to the gateway'));
    const closeApps = (): Promise<unknown> =>
      Promise.all([this.#pool?.stop(), ...this.#apps.map((app) => app.close())]);
    if (this.#host !== undefined) {
      await shutDown(this.#host, {
        clock,
        log,
        timeoutMs: shutdownTimeoutMs,
        hurry: this.#hurry.promise,
        closeApps,
      });
    }
    this.#pool?.kill();
    this.#gauge.stop();
    this.#watch.stop();
    this.#unwatchUncaught();
    this.#phase = 'stopped';
    this.#life.emit('stopped');
    // Nothing is told after it, and nothing is to stay on a signal.
    this.#life.clear();
  }
}
