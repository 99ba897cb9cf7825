import { type CallOptions, UsageError } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import type { Reading } from '../record/outcome.ts';
import { newTaskId } from '../record/task-id.ts';
import { type Hold, TaskRecord } from '../record/task-record.ts';
import { AsyncResult } from '../result/async-result.ts';
import { localLine } from '../result/local-line.ts';
import { ResultHome } from '../result/result-home.ts';
import { LocalStream } from '../streams/local-stream.ts';
import { type ApplyOptions, readApplyOptions } from './apply-options.ts';
import { type ArgumentWriter, checkArguments } from './arguments.ts';
import { followEagerly } from './eager-links.ts';
import { type EagerCall, EagerRun } from './eager-run.ts';
import type { KnownTasks } from './known-tasks.ts';

export interface EagerCallsOptions {
  readonly tasks: KnownTasks;
  readonly writer: ArgumentWriter;
  /** What the handles' bodies are read with. */
  readonly reading: Reading;
  readonly hold: Hold;
  readonly clock: Clock;
}

/** Calls that run here and now, for tests, and their links after them. */
export class EagerCalls {
  readonly #options: EagerCallsOptions;

  constructor(options: EagerCallsOptions) {
    this.#options = options;
  }

  /** @throws as `task.applyAsync`, and UsageError when the task is not defined here */
  apply<Result, Chunk>(
    name: string,
    args: readonly unknown[],
    options?: ApplyOptions,
  ): AsyncResult<Result, Chunk> {
    const { tasks, writer, reading, hold, clock } = this.#options;
    const { taskId, call, serializer } = readApplyOptions(options, `${name}.apply()`, writer.writeLink);
    checkArguments(name, args);
    const [, written] = tasks.routeOf(name, args, options);
    const body = writer.write(name, args, serializer ?? written);
    const stream = new LocalStream(clock);
    const record = this.#run(taskId ?? newTaskId(), name, { args: body, prepend: [] }, call, stream);
    const home = new ResultHome(localLine(clock, stream), reading, hold);
    return new AsyncResult<Result, Chunk>(record, home, { resultless: call?.ignoreResult === true });
  }

  #run(
    id: string,
    name: string,
    given: Omit<EagerCall, 'headers'>,
    call: CallOptions | null,
    stream = new LocalStream(this.#options.clock),
  ): TaskRecord {
    const { tasks, hold, clock } = this.#options;
    const task = tasks.get(name);
    if (task === undefined) throw new UsageError(`task '${name}' is not defined here, so it cannot run here`);
    const record = new TaskRecord(id, name, 'unconfirmed', hold);
    new EagerRun(task, { ...given, headers: call?.headers }, record, stream, clock).start();
    followEagerly(record, call, (linked, prepend) =>
      this.#run(linked.id, linked.name, { args: linked.args, prepend }, linked.options),
    );
    return record;
  }
}
