import { errorOf } from '@celeriac/protocol/calling';
import { deadline } from '@celeriac/runtime/calling';
import type { Connection } from '../connection/connection.ts';
import { type CallLineage, lineageHere, tellParent } from '../inside.ts';
import { newTaskId } from '../record/task-id.ts';
import { TaskRecord } from '../record/task-record.ts';
import { AsyncResult } from '../result/async-result.ts';
import type { ResultContext } from '../result/result-context.ts';
import { CodeComes } from '../values/code-comes.ts';
import { held } from '../values/held.ts';
import type { ApplyOptions } from './apply-options.ts';
import { heldOptions } from './linkable.ts';
import type { CallMaker, MadeCall } from './made-call.ts';

/** Calls that go to the gateway. */
export class SentCalls {
  readonly #maker: CallMaker;
  readonly #connection: Connection;
  readonly #results: ResultContext;
  /** While a call waits for the code that writes it: those after it wait for their turn. */
  #turn: Promise<void> | undefined;

  /** @param results of the handles that calls give */
  constructor(maker: CallMaker, connection: Connection, results: ResultContext) {
    this.#maker = maker;
    this.#connection = connection;
    this.#results = results;
  }

  /** Sends a call and returns its handle at once. @throws as `task.applyAsync` */
  readonly apply = <Result, Chunk>(
    name: string,
    args: readonly unknown[],
    options?: ApplyOptions,
  ): AsyncResult<Result, Chunk> => {
    const lineage = lineageHere();
    let call: MadeCall;
    try {
      call = this.#maker.make(name, args, options, 'applyAsync', lineage);
    } catch (error) {
      if (error instanceof CodeComes) return this.#applyLater(name, args, options, lineage, error);
      throw error;
    }
    const record = new TaskRecord(call.id, name, 'unconfirmed', this.#connection.hold, lineage);
    if (this.#turn === undefined) this.#connection.submit(call, record);
    else this.#inTurn(record, name, () => call);
    return this.#handleOf(record, call.options?.ignoreResult === true, lineage);
  };

  /** Acts when all that was called until now is written, and after a time in any case: at once, nearly always. */
  afterTurn(act: () => Promise<void>, withinMs?: number): Promise<void> {
    if (this.#turn === undefined) return act();
    const turns = [this.#turn];
    if (withinMs !== undefined)
      turns.push(new Promise((over) => void deadline(this.#connection.clock, withinMs, over)));
    return Promise.race(turns).then(act);
  }

  #applyLater<Result, Chunk>(
    name: string,
    args: readonly unknown[],
    options: ApplyOptions | undefined,
    lineage: CallLineage | undefined,
    { coming }: CodeComes,
  ): AsyncResult<Result, Chunk> {
    const taskId = options?.taskId ?? newTaskId();
    const values = args.map((arg) => held(arg));
    const record = new TaskRecord(taskId, name, 'unconfirmed', this.#connection.hold, lineage);
    const kept = { ...heldOptions(options), taskId };
    const make = (): MadeCall => this.#maker.make(name, values, kept, 'applyAsync', lineage);
    this.#inTurn(record, name, () => coming.then(make, make));
    return this.#handleOf(record, options?.ignoreResult === true, lineage);
  }

  #inTurn(record: TaskRecord, name: string, make: () => MadeCall | Promise<MadeCall>): void {
    const submit = (call: MadeCall): void => {
      // It may have been watched meanwhile, and is now watched as a call.
      this.#connection.unwatch(record);
      this.#connection.submit(call, record);
    };
    const turn = (this.#turn ?? Promise.resolve())
      .then(make)
      .then(submit)
      .catch((error) => record.break(errorOf(error instanceof CodeComes ? error.failure(name) : error)))
      .then(() => {
        if (this.#turn === turn) this.#turn = undefined;
      });
    this.#turn = turn;
  }

  #handleOf<Result, Chunk>(
    record: TaskRecord,
    resultless: boolean,
    lineage: CallLineage | undefined,
  ): AsyncResult<Result, Chunk> {
    if (lineage !== undefined) tellParent(record.id);
    const result = new AsyncResult<Result, Chunk>(record, this.#results, { resultless });
    if (this.#connection.crowded) this.#results.letGoWith(result, record);
    return result;
  }
}
