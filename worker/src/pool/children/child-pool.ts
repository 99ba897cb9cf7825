/**
 * One body per child, and as many children as bodies may run at the same time. A body that waits for another task yields
 * its slot but keeps its child, so there may be more for a while.
 *
 * A child that ends is replaced, with its run or without. When children cannot start, one at a time is tried, ever more
 * slowly, and after {@link TRIES} or {@link TRYING_MS} the worker is told that it is of no use.
 */
import type { OpenTransport } from '@celeriac/client/hosting';
import type { PoolKind } from '@celeriac/protocol';
import { type Assignment, WORKER_CAPACITY } from '@celeriac/protocol/internal';
import type { Clock, Timer } from '@celeriac/runtime';
import type { Logger } from 'pino';
import { Switchboard } from '../calls/switchboard.ts';
import type { ChildMemory, ChildSetup, SpawnChild } from '../child/child-messages.ts';
import type { Pool, PoolReports, Run } from '../pool.ts';
import { ChildRun, type RunQueue } from './child-run.ts';
import { type ChildKeeper, PooledChild } from './pooled-child.ts';

/** Waits before another start is tried: 0.2 s, 0.4 s, … In all about half a minute. */
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;
const TRIES = 8;
/** Fewer are tried where each takes long to fail, as one whose task file never finishes loading does. */
const TRYING_MS = 45_000;

export interface ChildPoolSettings {
  readonly kind: PoolKind;
  readonly spawn: SpawnChild;
  readonly setup: ChildSetup;
  /** Children that are kept ready, to begin with. */
  readonly size: number;
  /** Runs after which a child is replaced. */
  readonly maxTasks: number | undefined;
  /** Bytes of {@link measure} above which a child is replaced after its run. */
  readonly maxMemory: number | undefined;
  readonly measure: keyof ChildMemory;
  readonly clock: Clock;
  readonly log: Logger;
  readonly payloadLimit: () => number;
  /** How the worker gets to its gateway, for what bodies call. */
  readonly openTransport: OpenTransport;
  /** Children cannot be started. */
  readonly broken: (why: string) => void;
}

export class ChildPool implements Pool, RunQueue, ChildKeeper {
  readonly kind: PoolKind;
  readonly #settings: ChildPoolSettings;
  /** One connection for all children. */
  readonly #calls: Switchboard;
  #size: number;
  readonly #children = new Set<PooledChild>();
  readonly #waiting = new Set<ChildRun>();
  #idle: PooledChild[] = [];
  #failures = 0;
  /** Monotonic; when the first of them failed. */
  #failingSince = 0;
  #pause: Timer | undefined;
  /** Nothing that ends is replaced any more. */
  #closing = false;
  #tellReady: (() => void) | undefined;
  #emptied: (() => void) | undefined;

  constructor(settings: ChildPoolSettings) {
    this.kind = settings.kind;
    this.#settings = settings;
    this.#size = settings.size;
    this.#calls = new Switchboard(settings.openTransport);
  }

  get openTransport(): OpenTransport {
    return this.#calls.open;
  }

  start(ready: () => void): void {
    this.#tellReady = ready;
    this.#fill();
  }

  /** Threads live in the worker's own memory. */
  get rssBytes(): number {
    if (this.kind === 'threads') return 0;
    let sum = 0;
    for (const { memory } of this.#children) sum += memory?.rss ?? 0;
    return sum;
  }

  resize(size: number): void {
    this.#size = size;
    for (const child of [...this.#idle]) if (this.#living() > this.#wanted()) child.end();
    this.#fill();
  }

  prepare(assignment: Assignment, reports: PoolReports): Run {
    return new ChildRun(assignment, this, this.#settings.clock, reports);
  }

  async stop(): Promise<void> {
    this.hurried();
    for (const child of this.#children) child.end();
    if (this.#children.size > 0) {
      await new Promise<void>((resolve) => {
        this.#emptied = resolve;
      });
    }
    this.#calls.close();
  }

  kill(): void {
    this.hurried();
    for (const child of this.#children) child.kill();
    this.#calls.close();
  }

  add(run: ChildRun): void {
    this.#waiting.add(run);
    this.#serve();
  }

  remove(run: ChildRun): void {
    this.#waiting.delete(run);
  }

  hurried(): void {
    this.#closing = true;
    this.#pause?.cancel();
  }

  ready(child: PooledChild): void {
    this.#idle.push(child);
    this.#serve();
    this.#noteReady();
  }

  freed(child: PooledChild, memory: ChildMemory): void {
    this.#failures = 0;
    if (this.#spent(child, memory)) child.end();
    else if (this.#living() > this.#wanted()) child.end();
    else this.#idle.push(child);
    this.#serve();
  }

  gone(child: PooledChild, why: string, failed: boolean, final: boolean): void {
    const { log } = this.#settings;
    this.#children.delete(child);
    this.#idle = this.#idle.filter((one) => one !== child);
    if (failed && !this.#closing) this.#failed(child, why, final);
    else if (!this.#closing) log.info({ child: child.label, why }, 'a child of the pool has ended');
    this.#fill();
    this.#noteReady();
    if (this.#children.size === 0) this.#emptied?.();
  }

  line(child: PooledChild, text: string): void {
    logLine(this.#settings.log, child.label, text);
  }

  /** Gives what waits to the children that are free, and starts those that are missing. */
  #serve(): void {
    for (const run of this.#waiting) {
      const child = this.#nextIdle();
      if (child === undefined) break;
      this.#waiting.delete(run);
      child.take(run, this.#settings.payloadLimit());
    }
    this.#fill();
  }

  /** The pool is ready when some children have loaded and none is still loading. */
  #noteReady(): void {
    if (this.#ready() === 0 || this.#count('starting') > 0) return;
    this.#tellReady?.();
    this.#tellReady = undefined;
  }

  #nextIdle(): PooledChild | undefined {
    let child = this.#idle.pop();
    while (child !== undefined && child.state !== 'idle') child = this.#idle.pop();
    return child;
  }

  #fill(): void {
    if (this.#closing || this.#pause !== undefined) return;
    const { spawn, setup, clock } = this.#settings;
    // As long as they fail, one is enough to learn whether they still do.
    const wanted = this.#failures > 0 ? Math.min(this.#wanted(), this.#ready() + 1) : this.#wanted();
    while (this.#living() < wanted) this.#children.add(new PooledChild(spawn, setup, clock, this));
  }

  #wanted(): number {
    const needed = this.#count('busy') + this.#waiting.size;
    return Math.min(Math.max(this.#size, needed), WORKER_CAPACITY);
  }

  #living(): number {
    return this.#ready() + this.#count('starting');
  }

  #ready(): number {
    return this.#count('idle') + this.#count('busy');
  }

  #count(state: PooledChild['state']): number {
    let count = 0;
    for (const child of this.#children) if (child.state === state) count += 1;
    return count;
  }

  #spent(child: PooledChild, memory: ChildMemory): boolean {
    const { maxTasks, maxMemory, measure } = this.#settings;
    return (
      (maxTasks !== undefined && child.runs >= maxTasks) ||
      (maxMemory !== undefined && memory[measure] > maxMemory)
    );
  }

  /** Those that start together fail together, and count once. */
  #failed(child: PooledChild, why: string, final: boolean): void {
    const { clock, log, broken } = this.#settings;
    log.error({ child: child.label, why }, 'a child of the pool could not start');
    if (this.#pause !== undefined && !final) return;
    const now = clock.monotonic();
    if (this.#failures === 0) this.#failingSince = now;
    this.#failures += 1;
    if (final || this.#failures >= TRIES || now - this.#failingSince >= TRYING_MS) {
      this.hurried();
      broken(why);
      return;
    }
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (this.#failures - 1), LONGEST_WAIT_MS);
    const again = (): void => {
      this.#pause = undefined;
      this.#fill();
    };
    // Held: perhaps nothing else keeps this process alive until then.
    this.#pause = clock.after(waitMs, again, true);
  }
}

const METHODS: Readonly<Record<number, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** Writes a line of a child's log, as pino made it there, into the worker's: same level, same fields, and the child's name. */
function logLine(log: Logger, child: string, text: string): void {
  const line = parseLine(text);
  if (line === undefined) return;
  const { level, msg, ...fields } = line;
  const method = METHODS[Number(level)] ?? 'info';
  log[method]({ ...fields, child }, typeof msg === 'string' ? msg : '');
}

function parseLine(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null ? { ...line } : undefined;
  } catch {
    return undefined;
  }
}
