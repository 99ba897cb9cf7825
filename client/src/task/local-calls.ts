import { UsageError } from '@celeriac/protocol';
import { callHere, expectRuns, runHere } from '#executor';
import { LocalLine } from '../execution/local-line.ts';
import type { LocalPlace } from '../execution/local-run.ts';
import type { HostedTask } from '../hosting.ts';
import { lineageHere, tellParent } from '../inside.ts';
import type { Reading } from '../record/outcome.ts';
import { TaskRecord } from '../record/task-record.ts';
import { AsyncResult } from '../result/async-result.ts';
import type { Line } from '../result/line.ts';
import { ResultHome } from '../result/result-home.ts';
import type { ApplyOptions } from './apply-options.ts';
import type { CallMaker } from './made-call.ts';

/** Calls that run here and now: `task.apply()`, all of an app that is always eager, and a task that is called directly. */
export class LocalCalls {
  readonly #maker: CallMaker;
  readonly #place: LocalPlace;
  readonly #reading: Reading;
  readonly #elsewhere: Line;

  /**
   * @param reading what the handles' bodies are read with
   * @param elsewhere where handles ask for tasks that do not run here
   */
  constructor(maker: CallMaker, place: LocalPlace, reading: Reading, elsewhere: Line) {
    this.#maker = maker;
    this.#place = place;
    this.#reading = reading;
    this.#elsewhere = elsewhere;
  }

  /** @throws as `task.applyAsync`, and UsageError when the task is not defined here */
  apply<Result, Chunk>(
    name: string,
    args: readonly unknown[],
    options?: ApplyOptions,
    verb = 'applyAsync',
  ): AsyncResult<Result, Chunk> {
    const place = this.#place;
    const { id, args: body, options: call, route } = this.#maker.make(name, args, options, verb);
    if (!place.tasks.has(name))
      throw new UsageError(`task '${name}' is not defined here, so it cannot run here`);
    const within = lineageHere();
    // In a worker's task it is none of the tasks that the gateway knows.
    const family = within === undefined ? undefined : LocalLine.of(within[1]);
    const lineage = family === undefined ? undefined : within;
    const line = family ?? new LocalLine(place.clock, this.#elsewhere);
    const record = new TaskRecord(id, name, 'unconfirmed', place.hold, lineage);
    if (family !== undefined) tellParent(id);
    runHere(
      record,
      { args: body, options: call, task: { ...route, ...place.optionsOf(name) }, lineage },
      line,
      place,
    );
    const home = new ResultHome(line, this.#reading, place.hold);
    return new AsyncResult<Result, Chunk>(record, home, { resultless: call?.ignoreResult === true });
  }

  /** @throws whatever its function throws */
  call(task: HostedTask, args: readonly unknown[]): unknown {
    return callHere(task, args, this.#place);
  }

  /** Tasks that take `self` are there, and may be called. */
  expectCalls(): void {
    expectRuns();
  }
}
