import { UsageError } from '@celeriac/protocol';
import { CALL_LIMIT } from '@celeriac/protocol/internal';
import { callHere, runHere } from '#executor';
import { submitSize } from '../connection/outgoing-call.ts';
import { refuseTooLarge } from '../connection/refusals.ts';
import { LocalBackend } from '../execution/local-backend.ts';
import type { LocalPlace } from '../execution/local-call.ts';
import type { HostedTask } from '../hosting.ts';
import { lineageHere, tellParent } from '../inside.ts';
import type { Reading } from '../record/outcome.ts';
import { TaskRecord } from '../record/task-record.ts';
import { AsyncResult } from '../result/async-result.ts';
import { ResultContext } from '../result/result-context.ts';
import type { ApplyOptions } from './apply-options.ts';
import type { CallMaker } from './made-call.ts';

/** Calls that run here and now: `task.apply()`, all of an app that is always eager, and a task that is called directly. */
export class LocalCalls {
  readonly #maker: CallMaker;
  readonly #place: LocalPlace;
  readonly #reading: Reading;
  readonly #backendOf: () => LocalBackend;

  /**
   * @param reading what the handles' bodies are read with
   * @param backendOf makes what the handle asks, for a call that no local task makes
   */
  constructor(maker: CallMaker, place: LocalPlace, reading: Reading, backendOf: () => LocalBackend) {
    this.#maker = maker;
    this.#place = place;
    this.#reading = reading;
    this.#backendOf = backendOf;
  }

  /** @throws as `task.applyAsync`, and UsageError when the task is not defined here */
  readonly apply = <Result, Chunk>(
    name: string,
    args: readonly unknown[],
    options?: ApplyOptions,
    verb = 'applyAsync',
  ): AsyncResult<Result, Chunk> => {
    const place = this.#place;
    const { id, args: body, options: call, route } = this.#maker.make(name, args, options, verb);
    if (!place.tasks.has(name))
      throw new UsageError(`task '${name}' is not defined here, so it cannot run here`);
    // What a task applies by itself is a part of it: in a worker the gateway would know nothing of a child.
    const within = verb === 'apply' ? undefined : lineageHere();
    const bytes = submitSize({ id, name, args: body, options: call, lineage: within, route });
    if (bytes > CALL_LIMIT) throw refuseTooLarge(name, bytes, CALL_LIMIT);
    // In a worker's task it is none of the tasks that the gateway knows.
    const family = within === undefined ? undefined : LocalBackend.of(within[1]);
    const lineage = family === undefined ? undefined : within;
    const backend = family ?? this.#backendOf();
    const record = new TaskRecord(id, name, 'unconfirmed', place.hold, lineage);
    if (family !== undefined) tellParent(id);
    runHere(record, { args: body, options: call, route, lineage }, backend, place);
    const context = new ResultContext(backend, this.#reading, place.hold);
    return new AsyncResult<Result, Chunk>(record, context, { resultless: call?.ignoreResult === true });
  };

  /** @throws whatever its function throws */
  call(task: HostedTask, args: readonly unknown[]): unknown {
    return callHere(task, args, this.#place);
  }
}
