import type { Connection } from '../connection/connection.ts';
import { lineageHere, tellParent } from '../inside.ts';
import { TaskRecord } from '../record/task-record.ts';
import { AsyncResult } from '../result/async-result.ts';
import type { ResultContext } from '../result/result-context.ts';
import type { ApplyOptions } from './apply-options.ts';
import type { CallMaker } from './made-call.ts';

/** Calls that go to the gateway. */
export class SentCalls {
  readonly #maker: CallMaker;
  readonly #connection: Connection;
  readonly #results: ResultContext;

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
    const call = this.#maker.make(name, args, options, 'applyAsync');
    const lineage = lineageHere();
    const record = new TaskRecord(call.id, name, 'unconfirmed', this.#connection.hold, lineage);
    this.#connection.submit({ ...call, name, lineage }, record);
    if (lineage !== undefined) tellParent(call.id);
    const result = new AsyncResult<Result, Chunk>(record, this.#results, {
      resultless: call.options?.ignoreResult === true,
    });
    if (this.#connection.crowded) this.#results.letGoWith(result, record);
    return result;
  };
}
