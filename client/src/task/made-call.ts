/** A call as it is made, wherever it will run: its options read, its arguments written. */

import type { CallOptions, WirePayload, WireTaskOptions } from '@celeriac/protocol/internal';
import type { SubmitRetry } from '../connection/submit-retry.ts';
import { newTaskId } from '../record/task-id.ts';
import { type ApplyOptions, type KeyOfLink, readApplyOptions } from './apply-options.ts';
import { type ArgumentWriter, checkArguments } from './arguments.ts';
import { keyOfCall, keyOfLink } from './concurrency.ts';
import type { KnownTasks } from './known-tasks.ts';
import { checkTimeLimits } from './option-reading.ts';

export interface MadeCall {
  readonly id: string;
  readonly args: WirePayload;
  readonly options: CallOptions | null;
  /** What has to travel with it, because no definition from here says it. */
  readonly route: WireTaskOptions | undefined;
  readonly acceptTimeoutMs: number | undefined;
  readonly retryPolicy: SubmitRetry | undefined;
}

export class CallMaker {
  readonly #tasks: KnownTasks;
  readonly #writer: ArgumentWriter;

  constructor(tasks: KnownTasks, writer: ArgumentWriter) {
    this.#tasks = tasks;
    this.#writer = writer;
  }

  /** @param verb names the call in errors @throws as `task.applyAsync` */
  make(name: string, args: readonly unknown[], options: ApplyOptions | undefined, verb: string): MadeCall {
    const { taskId, acceptTimeoutMs, retryPolicy, serializer, call } = readApplyOptions(
      options,
      `${name}.${verb}()`,
      this.#writer.writeLink,
      this.#keyOfLink,
    );
    if (call !== null) checkTimeLimits({ ...this.#tasks.get(name)?.definition.options, ...call });
    checkArguments(name, args);
    const keyed = this.#keyed(name, args, call);
    const [route, written] = this.#tasks.routeOf(name, args, options);
    const body = this.#writer.write(name, args, serializer ?? written);
    return { id: taskId ?? newTaskId(), args: body, options: keyed, route, acceptTimeoutMs, retryPolicy };
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
