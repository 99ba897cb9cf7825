import { UsageError } from '@celeriac/protocol';
import { show, TASK_NAME_LENGTH } from '@celeriac/protocol/calling';

type Run = (...args: never[]) => unknown;

/** @throws UsageError for what can be no task */
export function readTask(name: unknown, run: unknown): readonly [name: string, run: Run] {
  if (typeof name !== 'string' || name.length === 0 || name.length > TASK_NAME_LENGTH)
    throw new UsageError(
      `expected a task's name to be a string of 1 to ${TASK_NAME_LENGTH} characters, got: ${show(name)}`,
    );
  if (!isFunction(run))
    throw new UsageError(`expected task '${name}' to be given a function, got: ${show(run)}`);
  return [name, run];
}

function isFunction(value: unknown): value is Run {
  return typeof value === 'function';
}
