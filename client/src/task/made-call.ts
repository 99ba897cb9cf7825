/** A call as it is made, wherever it will run: its options read, its arguments written. */

import { PayloadError } from '@celeriac/protocol';
import { payloadSize } from '@celeriac/protocol/calling';
import type { CallOptions, WirePayload, WireTaskOptions } from '@celeriac/protocol/internal';
import type { SubmitRetry } from '../connection/submit-retry.ts';
import type { CallLineage } from '../inside.ts';
import { newTaskId } from '../record/task-id.ts';
import { withoutTail } from '../values/serializer.ts';
import { type ApplyOptions, type LinkMaker, readApplyOptions } from './apply-options.ts';
import { keyOfCall, keyOfLink } from './concurrency-key.ts';
import type { KnownTasks } from './known-tasks.ts';
import { checkArguments } from './linkable.ts';
import { checkTimeLimits } from './run-options.ts';

export interface MadeCall {
  readonly id: string;
  readonly name: string;
  readonly args: WirePayload;
  readonly options: CallOptions | null;
  /** What has to travel with it, because no definition from here says it. */
  readonly route: WireTaskOptions | undefined;
  readonly acceptTimeoutMs: number | undefined;
  readonly retryPolicy: SubmitRetry | undefined;
  readonly lineage: CallLineage | undefined;
}

export class CallMaker implements LinkMaker {
  readonly #tasks: KnownTasks;
  readonly #limits: { readonly payload: number };

  /** @param limits the largest payload the gateway takes, in UTF-16 units */
  constructor(tasks: KnownTasks, limits: { readonly payload: number }) {
    this.#tasks = tasks;
    this.#limits = limits;
  }

  /**
   * @param verb names the call in errors
   * @param lineage of the task that calls, for a call that is sent
   * @throws as `task.applyAsync`
   */
  make(
    name: string,
    args: readonly unknown[],
    options: ApplyOptions | undefined,
    verb: string,
    lineage?: CallLineage,
  ): MadeCall {
    const tasks = this.#tasks;
    const { taskId, acceptTimeoutMs, retryPolicy, serializer, call } = readApplyOptions(
      options,
      `${name}.${verb}()`,
      this,
    );
    if (call !== null) checkTimeLimits({ ...tasks.get(name)?.definition.options, ...call });
    checkArguments(name, args);
    const key = call?.concurrencyKey ?? keyOfCall(tasks.get(name), args);
    const keyed = key === undefined ? call : { ...call, concurrencyKey: key };
    const [route, written] = tasks.routeOf(name, args, options);
    const body = this.#write(name, args, serializer ?? written);
    const id = taskId ?? newTaskId();
    return { id, name, args: body, options: keyed, route, acceptTimeoutMs, retryPolicy, lineage };
  }

  writeLink(name: string, args: readonly unknown[], serializer: string | undefined): WirePayload {
    return this.#write(name, args, serializer ?? this.#tasks.serializerOfLink(name));
  }

  keyOfLink(name: string, args: readonly unknown[], immutable: boolean): string | undefined {
    return keyOfLink(this.#tasks.get(name), args, immutable);
  }

  /**
   * @param serializer the name of what writes the arguments; default the app's
   * @throws OptionError when no serializer has that name, PayloadError when they cannot be written or are too large
   */
  #write(name: string, args: readonly unknown[], serializer = this.#tasks.serializer): WirePayload {
    const given = serializer === 'json' ? withoutTail(args) : args;
    const body = this.#tasks.serializers.encode(serializer, given, `arguments of ${name}`);
    const size = payloadSize(body);
    const { payload: limit } = this.#limits;
    if (size > limit)
      throw new PayloadError(`arguments of ${name} have ${size} characters, the limit is ${limit}`);
    return body;
  }
}
