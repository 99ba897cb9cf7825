/** A task called directly, `add(2, 2)`: its function runs here and now, and nothing is sent. */
import { DEFAULT_OPTIONS, isReservedState, MaxRetriesExceededError, UsageError } from '@celeriac/protocol';
import { localLog } from '../environment.ts';
import type { HostedTask, RetryOptions, TaskSelf } from '../hosting.ts';
import { newTaskId } from '../record/task-id.ts';

export function callLocally(task: HostedTask, args: readonly unknown[]): unknown {
  return Reflect.apply(task.run, undefined, task.bind ? [localSelf(task, args), ...args] : args);
}

/** `self` where no worker is: retrying raises the error that would have been retried, as in Celery. */
function localSelf({ definition: { name, options } }: HostedTask, args: readonly unknown[]): TaskSelf {
  const id = newTaskId();
  const resolved = { ...DEFAULT_OPTIONS, ...options };
  return {
    name,
    request: {
      id,
      rootId: id,
      parentId: null,
      headers: {},
      args,
      attempt: 1,
      retries: 0,
      maxRetries: resolved.maxRetries,
      queue: resolved.queue,
      priority: resolved.priority,
      eta: null,
      expires: null,
      timeLimit: null,
      softTimeLimit: null,
      worker: 'local',
      redelivered: false,
      calledDirectly: true,
    },
    signal: new AbortController().signal,
    log: localLog(name),
    updateState({ state }) {
      if (isReservedState(state))
        throw new UsageError(`updateState cannot set '${state}': it is one of Celery's own states`);
    },
    // Nobody reads: what is given is for nobody, whoever runs it.
    emit: async () => {},
    retry({ exc }: RetryOptions = {}): never {
      throw exc ?? new MaxRetriesExceededError(`${name}() was called directly: nobody can retry it`);
    },
  };
}
