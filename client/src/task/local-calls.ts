import { UsageError } from '@celeriac/protocol';
import { CALL_LIMIT } from '@celeriac/protocol/internal';
import { submitSize } from '../connection/outgoing-call.ts';
import { refuseTooLarge } from '../connection/refusals.ts';
import { callHere } from '../execution/direct-call.ts';
import { LocalBackend } from '../execution/local-backend.ts';
import { runHere } from '../execution/local-run.ts';
import type { HostedTask } from '../hosting.ts';
import { type CallLineage, lineageHere, tellParent } from '../inside.ts';
import { TaskRecord } from '../record/task-record.ts';
import { AsyncResult } from '../result/async-result.ts';
import { ResultContext } from '../result/result-context.ts';
import type { ApplyOptions } from './apply-options.ts';
import { defineTask } from './definition.ts';
import type { LocalHome, LocalTasks } from './local-tasks.ts';
import type { MadeCall } from './made-call.ts';
import { makeTask } from './task.ts';

/** Calls that run here and now: `task.apply()`, all of an app that is always eager, and a task that is called directly. */
export class LocalCalls implements LocalTasks {
  readonly backend: LocalBackend;
  readonly #home: LocalHome;

  constructor(home: LocalHome) {
    this.#home = home;
    this.backend = new LocalBackend(home.place.clock, home.elsewhere);
  }

  readonly apply = <Result, Chunk>(
    name: string,
    args: readonly unknown[],
    options?: ApplyOptions,
    verb = 'applyAsync',
  ): AsyncResult<Result, Chunk> => {
    const { place, reading } = this.#home;
    // What a task applies by itself is a part of it: in a worker the gateway would know nothing of a child.
    const within = verb === 'apply' ? undefined : lineageHere();
    const call = this.#make(name, args, options, verb, within);
    const { id } = call;
    // In a worker's task it is none of the tasks that the gateway knows.
    const family = within === undefined ? undefined : LocalBackend.of(within[1]);
    const lineage = family === undefined ? undefined : within;
    const backend = family ?? this.#backendOf();
    const record = new TaskRecord(id, name, 'unconfirmed', place.hold, lineage);
    if (family !== undefined) tellParent(id);
    runHere(record, { ...call, lineage }, backend, place);
    const context = new ResultContext(backend, reading, place.hold);
    return new AsyncResult<Result, Chunk>(record, context, {
      resultless: call.options?.ignoreResult === true,
    });
  };

  /** Runs a call whose handle was given before this code had come. @returns whom the handle asks from now on */
  run(
    record: TaskRecord,
    name: string,
    args: readonly unknown[],
    options: ApplyOptions,
    verb: string,
  ): LocalBackend {
    const call = this.#make(name, args, options, verb, undefined);
    const backend = this.#backendOf();
    runHere(record, call, backend, this.#home.place);
    return backend;
  }

  afterTurn(act: () => Promise<void>): Promise<void> {
    return act();
  }

  define<Made>(name: unknown, options: unknown, run: unknown, definedAt: string): Made {
    const task = this.host(name, options, run, definedAt);
    const { send } = this.#home;
    return makeTask<Made>(task.definition.name, (...args) => this.call(task, args), send, this.apply);
  }

  /** @throws UsageError, OptionError */
  host(name: unknown, options: unknown, run: unknown, definedAt: string): HostedTask {
    const { known } = this.#home;
    return known.add(defineTask(name, options, run, definedAt, known.serializers));
  }

  /** @throws whatever its function throws */
  call(task: HostedTask, args: readonly unknown[]): unknown {
    return callHere(task, args, this.#home.place);
  }

  #backendOf(): LocalBackend {
    const { eager, place, elsewhere } = this.#home;
    return eager ? this.backend : new LocalBackend(place.clock, elsewhere);
  }

  #make(
    name: string,
    args: readonly unknown[],
    options: ApplyOptions | undefined,
    verb: string,
    lineage: CallLineage | undefined,
  ): MadeCall {
    const call = this.#home.maker.make(name, args, options, verb);
    if (!this.#home.place.tasks.has(name))
      throw new UsageError(`task '${name}' is not defined here, so it cannot run here`);
    const bytes = submitSize({ ...call, name, lineage });
    if (bytes > CALL_LIMIT) throw refuseTooLarge(name, bytes, CALL_LIMIT);
    return call;
  }
}

export function localTasksOf(home: LocalHome): LocalCalls {
  return new LocalCalls(home);
}
