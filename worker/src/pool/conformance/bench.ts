/** A pool with what surrounds it in a worker, and runs whose reports can be awaited. */
import { fileURLToPath } from 'node:url';
import { fillCurrentTaskSlot } from '@celeriac/client/hosting';
import {
  type AssignmentContext,
  decodeFailure,
  decodeValue,
  type Failure,
  type Outcome,
} from '@celeriac/protocol';
import { systemClock } from '@celeriac/runtime';
import { pino } from 'pino';
import { assignment } from '../../../test/assignment.ts';
import { type LimitedReports, prepareRun } from '../../attempts/limited-run.ts';
import { makePool } from '../../make-pool.ts';
import { readWorkerOptions, type WorkerOptions } from '../../options.ts';
import { readApps, registerTasks } from '../../registry/registry.ts';
import type { Follow, Pool, Run, StopReason } from '../pool.ts';
import { app } from './tasks.ts';

export type Line = Readonly<Record<string, unknown>>;

export class Bench {
  readonly lines: Line[] = [];
  readonly #pool: Pool;

  constructor(options: WorkerOptions) {
    const log = pino(
      { level: 'info', base: null },
      { write: (line) => void this.lines.push(JSON.parse(line)) },
    );
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
    probe.run = prepareRun(this.#pool, systemClock, assignment(name, args, context), probe, () => 60_000);
    probe.run.enter();
    return probe;
  }

  async close(): Promise<void> {
    this.#pool.kill();
    await this.#pool.stop();
  }
}

export class Probe implements LimitedReports {
  /** All that was told, in order. */
  readonly told: (readonly [what: string, fact?: unknown])[] = [];
  run: Run | undefined;
  /** How to let its handlers be called, where it has some. */
  follow: Follow | undefined;
  readonly #waiting = new Set<() => void>();

  abort(reason: StopReason, terminate = false, graceMs = 0): void {
    this.run?.abort(reason, terminate, graceMs);
  }

  began(): void {
    this.#tell('began');
  }

  progress(state: string, meta: unknown): void {
    this.#tell(state, meta);
  }

  emit(chunk: unknown): void {
    this.#tell('chunk', chunk);
  }

  waits(waiting: boolean): void {
    this.#tell('waits', waiting);
  }

  timedOut(outcome: Outcome): void {
    this.#tell('timed out', outcome);
  }

  entered(): void {}

  settled(outcome: Outcome, _: readonly string[], follow?: Follow): void {
    this.follow = follow;
    this.#tell('settled', outcome);
  }

  followed(cut?: string): void {
    this.#tell('followed', cut);
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
