/** A pool with what surrounds it in a worker, attempts above it, and probes between that note what the pool tells. */
import { fileURLToPath } from 'node:url';
import { fillCurrentTaskSlot } from '@celeriac/client/hosting';
import type { Failure } from '@celeriac/protocol';
import {
  type AssignmentContext,
  decodeFailure,
  decodeValue,
  type Outcome,
  type WirePayload,
} from '@celeriac/protocol/internal';
import { systemClock } from '@celeriac/runtime';
import { type Logger, pino } from 'pino';
import { assignment } from '../../../test/assignment.ts';
import { Attempt } from '../../attempts/attempt.ts';
import { Slots } from '../../attempts/slots.ts';
import { makePool } from '../../make-pool.ts';
import { readWorkerOptions, type WorkerOptions } from '../../options.ts';
import { readApps, registerTasks } from '../../registry/registry.ts';
import type { Follow, Pool, PoolReports, Run, StopReason } from '../pool.ts';
import { app } from './tasks.ts';

export type Line = Readonly<Record<string, unknown>>;

export class Bench {
  readonly lines: Line[] = [];
  readonly #pool: Pool;
  readonly #log: Logger;

  constructor(options: WorkerOptions) {
    const log = pino(
      { level: 'info', base: null },
      { write: (line) => void this.lines.push(JSON.parse(line)) },
    );
    this.#log = log;
    const tasks = fileURLToPath(new URL('tasks.ts', import.meta.url));
    const settings = readWorkerOptions({ name: 'bench', tasks, concurrency: 1, log, ...options }, {});
    fillCurrentTaskSlot();
    this.#pool = makePool(settings, {
      registry: registerTasks(readApps(app)),
      payloadLimit: () => 100_000,
      onEntered: () => undefined,
      onHeld: () => undefined,
      broken: (why) => void this.lines.push({ broken: why }),
    });
    this.#pool.start(() => undefined);
  }

  run(
    name: string,
    args: readonly unknown[] = [],
    context: Partial<AssignmentContext> & { readonly id?: string } = {},
  ): Probe {
    const probe = new Probe();
    const slots = new Slots(1);
    const ignore = (): void => undefined;
    const attempt = new Attempt(assignment(name, args, context), {
      pool: {
        kind: this.#pool.kind,
        prepare: (given, reports) => probe.between(reports, (heard) => this.#pool.prepare(given, heard)),
      },
      clock: systemClock,
      log: this.#log,
      handlerTimeoutMs: () => 60_000,
      slots,
      life: { taskBegan: ignore },
      turn: { wake: ignore, progress: ignore },
      chunks: { add: ignore },
      reports: { settled: (_, outcome) => probe.reported(outcome) },
    });
    slots.accept(attempt);
    slots.enter(slots.announce());
    return probe;
  }

  async close(): Promise<void> {
    this.#pool.kill();
    await this.#pool.stop();
  }
}

export class Probe implements PoolReports {
  /** All that was told, in order. */
  readonly told: (readonly [what: string, fact?: unknown])[] = [];
  /** How to let its handlers be called, where it has some. */
  follow: Follow | undefined;
  #run: Run | undefined;
  #above: PoolReports | undefined;
  readonly #waiting = new Set<() => void>();

  between(above: PoolReports, prepare: (heard: PoolReports) => Run): Run {
    this.#above = above;
    this.#run = prepare(this);
    return this.#run;
  }

  abort(reason: StopReason, terminate = false, graceMs = 0): void {
    this.#run?.abort(reason, terminate, graceMs);
  }

  began(): void {
    this.#tell('began');
    this.#above?.began();
  }

  entered(): void {
    this.#above?.entered();
  }

  progress(state: string, meta: WirePayload): void {
    this.#tell(state, meta);
    this.#above?.progress(state, meta);
  }

  emit(chunk: WirePayload): void {
    this.#tell('chunk', chunk);
    this.#above?.emit(chunk);
  }

  waits(waiting: boolean): void {
    this.#tell('waits', waiting);
    this.#above?.waits(waiting);
  }

  settled(outcome: Outcome, children: readonly string[], follow?: Follow): void {
    this.follow = follow;
    this.#tell('settled', outcome);
    this.#above?.settled(outcome, children, follow);
  }

  followed(cut?: string): void {
    this.#tell('followed', cut);
    this.#above?.followed(cut);
  }

  /** What the gateway would be told. */
  reported(outcome: Outcome): boolean {
    if (outcome[0] === 'timed-out') this.#tell('timed out', outcome);
    return true;
  }

  /** Resolves with the first fact told under this word, past or future. */
  async hears(word: string): Promise<unknown> {
    for (;;) {
      const found = this.told.find(([what]) => what === word);
      if (found !== undefined) return found[1];
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async outcome(): Promise<Outcome> {
    return (await this.hears('settled')) as Outcome;
  }

  async value(): Promise<unknown> {
    const outcome = await this.outcome();
    return outcome[0] === 'success' ? decodeValue(outcome[1], 'result') : outcome;
  }

  async failure(): Promise<Failure> {
    const [kind, error] = await this.outcome();
    if (kind !== 'failure') throw new Error(`expected a failure, got: ${kind} ${String(error)}`);
    return decodeFailure(error);
  }

  #tell(what: string, fact?: unknown): void {
    this.told.push([what, fact]);
    for (const look of [...this.#waiting]) look();
    this.#waiting.clear();
  }
}
