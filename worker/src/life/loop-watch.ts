/** Names the tasks that blocked the event loop: from here afterwards, and from a thread meanwhile. */
import { existsSync } from 'node:fs';
import { Worker as Thread } from 'node:worker_threads';
import { entryFile, ownThreadFlags, systemClock, Ticker } from '@celeriac/runtime';
import type { Logger } from 'pino';
import { sourceFlags } from '../source-flags.ts';
import type { WatchedLoop } from './watch-thread.ts';

/** From here on a body that does not give way is worth a line, in milliseconds. */
const HELD_MS = 1_000;
/** How often the loop shows that it turns. */
const TURN_MS = 250;

export class LoopWatch {
  readonly #log: Logger;
  readonly #running: () => readonly string[];
  readonly #turns = new Int32Array(new SharedArrayBuffer(4));
  /** Which tasks may be holding the loop now, by their position in {@link #positions}. */
  #suspects = new Uint8Array(new SharedArrayBuffer(0));
  #positions: ReadonlyMap<string, number> = new Map();
  #ticker: Ticker | undefined;
  #thread: Thread | undefined;
  #blamed = false;

  constructor(log: Logger, running: () => readonly string[]) {
    this.#log = log;
    this.#running = running;
  }

  /**
   * From now on a blocked event loop is also reported, on the standard error: nothing else can be reached
   * then. In real time, whatever clock the worker has. Not in a bundle, which has no file for the thread.
   */
  start(tasks: readonly string[]): void {
    const entry = entryFile(import.meta.url, 'loop-watch', 'watch-thread', existsSync);
    if (entry === undefined || !this.#log.isLevelEnabled('warn')) return;
    this.#positions = new Map(tasks.map((task, position) => [task, position]));
    this.#suspects = new Uint8Array(new SharedArrayBuffer(tasks.length));
    const loop: WatchedLoop = { turns: this.#turns, suspects: this.#suspects, tasks };
    this.#thread = new Thread(entry, {
      workerData: loop,
      name: 'celeriac-loop-watch',
      execArgv: [...ownThreadFlags(process.execArgv), ...sourceFlags()],
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    });
    this.#thread.unref();
    this.#thread.on('error', (error) => this.#log.warn({ error }, 'the event loop is no longer watched'));
    this.#ticker = new Ticker(
      systemClock,
      TURN_MS,
      () => this.#turn(),
      () => undefined,
    );
    this.#ticker.start();
  }

  stop(): void {
    void this.#ticker?.stop();
    void this.#thread?.terminate();
  }

  /** A body is entered. One per task: an index and a store. */
  entered(task: string): void {
    const position = this.#positions.get(task);
    if (position !== undefined) this.#suspects[position] = 1;
  }

  /** A body held the loop until its first `await`, or its end. */
  held(task: string, ms: number): void {
    if (ms < HELD_MS) return;
    this.#blamed = true;
    this.#warn(ms, [task]);
  }

  /** A heartbeat came late. A task that blocked the loop after an `await` is among those that run. */
  lagged(ms: number): void {
    if (!this.#blamed) this.#warn(ms, this.#running());
    this.#blamed = false;
  }

  /** Suspect from now on: those that run. Those that are entered until the next turn join them. */
  #turn(): void {
    this.#suspects.fill(0);
    for (const task of this.#running()) this.entered(task);
    Atomics.add(this.#turns, 0, 1);
  }

  #warn(ms: number, tasks: readonly string[]): void {
    this.#log.warn(
      { ms: Math.round(ms), tasks },
      'the event loop was blocked; no heartbeat is sent meanwhile, and after 28 s the lease is lost',
    );
  }
}
