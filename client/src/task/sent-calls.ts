import type { CallOptions } from '@celeriac/protocol';
import type { Connection } from '../connection/connection.ts';
import { lineageHere, tellParent } from '../inside.ts';
import { newTaskId } from '../record/task-id.ts';
import { TaskRecord } from '../record/task-record.ts';
import { AsyncResult } from '../result/async-result.ts';
import type { ResultHome } from '../result/result-home.ts';
import { type ApplyOptions, type KeyOfLink, readApplyOptions } from './apply-options.ts';
import { type ArgumentWriter, checkArguments } from './arguments.ts';
import { keyOfCall, keyOfLink } from './concurrency.ts';
import type { KnownTasks } from './known-tasks.ts';
import { checkTimeLimits } from './option-reading.ts';

export interface SentCallsOptions {
  readonly tasks: KnownTasks;
  readonly writer: ArgumentWriter;
  readonly connection: Connection;
  /** Of the handles that calls give. */
  readonly results: ResultHome;
}

/** Calls that go to the gateway. */
export class SentCalls {
  readonly #tasks: KnownTasks;
  readonly #writer: ArgumentWriter;
  readonly #connection: Connection;
  readonly #results: ResultHome;

  constructor({ tasks, writer, connection, results }: SentCallsOptions) {
    this.#tasks = tasks;
    this.#writer = writer;
    this.#connection = connection;
    this.#results = results;
  }

  /** Sends a call and gives its handle at once. @throws as `task.applyAsync` */
  apply<Result, Chunk>(
    name: string,
    args: readonly unknown[],
    options?: ApplyOptions,
  ): AsyncResult<Result, Chunk> {
    const { taskId, acceptTimeoutMs, retryPolicy, serializer, ...asked } = readApplyOptions(
      options,
      `${name}.applyAsync()`,
      this.#writer.writeLink,
      this.#keyOfLink,
    );
    const id = taskId ?? newTaskId();
    if (asked.call !== null) checkTimeLimits({ ...this.#tasks.get(name)?.definition.options, ...asked.call });
    checkArguments(name, args);
    const call = this.#keyed(name, args, asked.call);
    const [route, written] = this.#tasks.routeOf(name, args, options);
    const body = this.#writer.write(name, args, serializer ?? written);
    const lineage = lineageHere();
    const record = new TaskRecord(id, name, 'unconfirmed', this.#connection.hold, lineage);
    this.#connection.submit(
      { id, name, args: body, options: call, acceptTimeoutMs, retryPolicy, lineage, route },
      record,
    );
    if (lineage !== undefined) tellParent(id);
    const result = new AsyncResult<Result, Chunk>(record, this.#results, {
      resultless: call?.ignoreResult === true,
    });
    if (this.#connection.crowded) this.#results.letGoWith(result, record);
    return result;
  }

  /** The call with the key that the task's definition makes of its arguments, if it has none of its own. */
  #keyed(name: string, args: readonly unknown[], call: CallOptions | null): CallOptions | null {
    if (call?.concurrencyKey !== undefined) return call;
    const key = keyOfCall(this.#tasks.get(name), args);
    return key === undefined ? call : { ...call, concurrencyKey: key };
  }

  readonly #keyOfLink: KeyOfLink = (name, args, immutable) =>
    keyOfLink(this.#tasks.get(name), args, immutable);
}
