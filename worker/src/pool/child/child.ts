/** What runs in a child: it loads the task files as the worker did, and executes one body at a time. */
import { getHeapStatistics } from 'node:v8';
import type { HostedApp } from '@celeriac/client/hosting';
import { AbortSource, ChunkWindow, Executor, fillCurrentTaskSlot, hasLimits } from '@celeriac/client/hosting';
import { type Assignment, describeFailure } from '@celeriac/protocol/internal';
import { isPoolRefusal, systemClock } from '@celeriac/runtime';
import { type Logger, pino } from 'pino';
import { watchUncaught } from '../../life/uncaught.ts';
import { loadTasks, TaskFileError } from '../../registry/load-tasks.ts';
import { findApps, readApps, registerTasks } from '../../registry/registry.ts';
import { RelayedTransports } from '../calls/relayed-transports.ts';
import type { Follow } from '../pool.ts';
import { askToStop } from '../stop-error.ts';
import type { ChildMemory, ChildSetup, FromChild, Port, ToChild } from './child-messages.ts';
import { ProgressGate } from './progress-gate.ts';

interface CurrentRun {
  readonly assignment: Assignment;
  readonly abort: AbortSource;
  readonly window: ChunkWindow;
  /** Where its outcome is told and its handlers are to hear of it. */
  follow: Follow | undefined;
}

export class Child {
  readonly #port: Port<FromChild>;
  readonly #transports: RelayedTransports;
  #apps: readonly HostedApp[] = [];
  #executor: Executor | undefined;
  #payloadLimit = 0;
  #current: CurrentRun | undefined;

  constructor(port: Port<FromChild>) {
    this.#port = port;
    this.#transports = new RelayedTransports((message) => port.post(['call', message]));
  }

  receive(message: ToChild): void {
    switch (message[0]) {
      case 'setup':
        void this.#setUp(message[1]);
        break;
      case 'run':
        this.#run(message[1], message[2]);
        break;
      case 'abort':
        this.#abort(message[1], message[2]);
        break;
      case 'room':
        if (this.#current?.assignment[0] === message[1]) this.#current.window.room(message[2]);
        break;
      case 'follow':
        if (this.#current?.assignment[0] === message[1]) this.#current.follow?.(message[2]);
        break;
      case 'call':
        this.#transports.receive(message[1]);
        break;
      case 'end':
        void this.#end();
        break;
    }
  }

  async #setUp(setup: ChildSetup): Promise<void> {
    // Also where the start is not awaited.
    process.once('uncaughtExceptionMonitor', (error) => {
      if (isPoolRefusal(error)) this.#port.post(['broken', whyBroken(error), true]);
    });
    try {
      this.#executor = await this.#load(setup);
    } catch (error) {
      this.#port.post(['broken', whyBroken(error), isPoolRefusal(causeOf(error))]);
      return;
    }
    this.#port.post(['ready', measureMemory()]);
  }

  async #load({ files, gateway, worker, logLevel, handlerTimeoutMs }: ChildSetup): Promise<Executor> {
    const log = this.#logger(logLevel);
    const found: object[] = [];
    for (const file of files) found.push(...findApps(await loadTasks(file, { clock: systemClock, log })));
    this.#apps = readApps(found);
    const { tasks } = registerTasks(this.#apps);
    fillCurrentTaskSlot();
    watchUncaught(worker, log);
    const access = { url: gateway, token: null, openTransport: this.#transports.open };
    for (const app of this.#apps) app.host(access);
    return new Executor({
      worker,
      clock: systemClock,
      log,
      tasks,
      payloadLimit: () => this.#payloadLimit,
      handlerTimeoutMs,
      // No heartbeat depends on this event loop.
      onEntered: () => undefined,
      onHeld: () => undefined,
    });
  }

  #logger(level: string): Logger {
    return pino(
      { level, base: null, timestamp: false },
      { write: (text: string) => this.#port.post(['line', text]) },
    );
  }

  #run(assignment: Assignment, payloadLimit: number): void {
    const run: CurrentRun = {
      assignment,
      abort: new AbortSource(),
      window: new ChunkWindow(),
      follow: undefined,
    };
    this.#current = run;
    this.#payloadLimit = payloadLimit;
    // A body can go on after its end; the next run must not be told what it does.
    const tell = (message: FromChild): void => {
      if (this.#current === run) this.#port.post(message);
    };
    const progress = new ProgressGate(systemClock, (state, meta) => tell(['progress', state, meta]));
    this.#executor?.execute(assignment, run.abort, run.window, {
      progress: (state, meta) => progress.show(state, meta),
      emit: (chunk) => tell(['chunk', chunk]),
      waits: (waiting) => tell(['waits', waiting]),
      entered: () => {
        if (hasLimits(assignment)) tell(['entered']);
      },
      settled: (outcome, children, follow) => {
        progress.flush();
        run.follow = follow;
        tell(['settled', outcome, children, measureMemory(), follow !== undefined]);
        if (follow === undefined) this.#free(run);
      },
      followed: () => {
        tell(['followed', measureMemory()]);
        this.#free(run);
      },
    });
  }

  #free(run: CurrentRun): void {
    if (this.#current === run) this.#current = undefined;
  }

  #abort(nonce: string, reason: Parameters<typeof askToStop>[1]): void {
    const run = this.#current;
    if (run?.assignment[0] === nonce) askToStop(run.abort, reason, run.assignment);
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#apps.map((app) => app.close()));
    this.#port.post(['ended']);
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof TaskFileError ? error.cause : error;
}

/** The stack of what a task file threw says more than our words, and these say what to do. */
function whyBroken(error: unknown): string {
  if (!(error instanceof TaskFileError)) return traceOf(error);
  return error.cause === undefined ? error.message : `${error.message}\n${traceOf(error.cause)}`;
}

function traceOf(error: unknown): string {
  const { traceback, message } = describeFailure(error);
  return traceback ?? message;
}

function measureMemory(): ChildMemory {
  return { rss: process.memoryUsage.rss(), heap: getHeapStatistics().used_heap_size };
}
