import { UsageError } from '@celeriac/protocol';
import { CALL_LIMIT, errorOf } from '@celeriac/protocol/calling';
import { callHere, runHere } from '#executor';
import { submitSize } from '../connection/outgoing-call.ts';
import { refuseTooLarge } from '../connection/refusals.ts';
import { LocalBackend } from '../execution/local-backend.ts';
import type { LocalPlace } from '../execution/local-call.ts';
import type { HostedTask } from '../hosting.ts';
import { type CallLineage, lineageHere, tellParent } from '../inside.ts';
import type { Reading } from '../record/outcome.ts';
import { newTaskId } from '../record/task-id.ts';
import { TaskRecord } from '../record/task-record.ts';
import { AsyncResult } from '../result/async-result.ts';
import { ResultContext } from '../result/result-context.ts';
import { held } from '../values/held.ts';
import { SerializerComes } from '../values/serializer.ts';
import type { ApplyOptions } from './apply-options.ts';
import type { CallMaker, MadeCall } from './made-call.ts';

/** A call whose arguments are written when what writes them has come. */
interface LateCall extends Pick<MadeCall, 'id'> {
  readonly options: { readonly ignoreResult: boolean };
  readonly coming: Promise<MadeCall>;
}

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
    const made = this.#make(name, args, options, verb);
    const { id, options: call } = made;
    if (!place.tasks.has(name))
      throw new UsageError(`task '${name}' is not defined here, so it cannot run here`);
    // What a task applies by itself is a part of it: in a worker the gateway would know nothing of a child.
    const within = verb === 'apply' ? undefined : lineageHere();
    if ('args' in made) checkSize(name, made, within);
    // In a worker's task it is none of the tasks that the gateway knows.
    const family = within === undefined ? undefined : LocalBackend.of(within[1]);
    const lineage = family === undefined ? undefined : within;
    const backend = family ?? this.#backendOf();
    const record = new TaskRecord(id, name, 'unconfirmed', place.hold, lineage);
    if (family !== undefined) tellParent(id);
    if ('args' in made) runHere(record, { ...made, lineage }, backend, place);
    else
      made.coming
        .then((later) => {
          checkSize(name, later, within);
          runHere(record, { ...later, lineage }, backend, place);
        })
        .catch((error: unknown) => record.break(errorOf(error)));
    const context = new ResultContext(backend, this.#reading, place.hold);
    return new AsyncResult<Result, Chunk>(record, context, { resultless: call?.ignoreResult === true });
  };

  #make(
    name: string,
    args: readonly unknown[],
    options: ApplyOptions | undefined,
    verb: string,
  ): MadeCall | LateCall {
    try {
      return this.#maker.make(name, args, options, verb);
    } catch (error) {
      if (!(error instanceof SerializerComes)) throw error;
      const values = args.map((arg) => held(arg));
      const id = options?.taskId ?? newTaskId();
      const again = (): MadeCall => this.#maker.make(name, values, { ...options, taskId: id }, verb);
      const coming = error.coming.then(again, () => Promise.reject(error.failure(name)));
      return { id, options: { ignoreResult: options?.ignoreResult === true }, coming };
    }
  }

  /** Nothing waits for its turn here: what runs them comes by itself. */
  afterTurn(act: () => Promise<void>): Promise<void> {
    return act();
  }

  /** @throws whatever its function throws */
  call(task: HostedTask, args: readonly unknown[]): unknown {
    return callHere(task, args, this.#place);
  }
}

function checkSize(
  name: string,
  { id, args, options, route }: MadeCall,
  lineage: CallLineage | undefined,
): void {
  const bytes = submitSize({ id, name, args, options, lineage, route });
  if (bytes > CALL_LIMIT) throw refuseTooLarge(name, bytes, CALL_LIMIT);
}
