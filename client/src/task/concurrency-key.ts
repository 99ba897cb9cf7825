/** The key that a call counts for in its task's limit per key. */
import { KeyRequiredError, OptionError } from '@celeriac/protocol';
import { CONCURRENCY_KEY_LENGTH, show } from '@celeriac/protocol/calling';
import type { HostedTask } from '../hosting.ts';

/**
 * The call's key in the task's limit per key; `undefined` where the task is not defined here or makes no keys.
 * @throws OptionError when the task's function gives no key, and whatever that throws
 */
export function keyOfCall(task: HostedTask | undefined, args: readonly unknown[]): string | undefined {
  if (task?.concurrencyKey === undefined) return undefined;
  const key = task.concurrencyKey(...args);
  if (typeof key === 'string' && key.length > 0 && key.length <= CONCURRENCY_KEY_LENGTH) return key;
  throw new OptionError(
    'concurrencyKey',
    `expected the concurrencyKey of task ${task.definition.name} to return a string of 1 to ${CONCURRENCY_KEY_LENGTH} characters, got: ${show(key)}`,
  );
}

/**
 * A linked call is given the result of the one before it in front of its own arguments, unless it is immutable.
 * @throws as {@link keyOfCall}, and KeyRequiredError when those arguments would be needed
 */
export function keyOfLink(
  task: HostedTask | undefined,
  args: readonly unknown[],
  immutable: boolean,
): string | undefined {
  if (task?.concurrencyKey === undefined || immutable) return keyOfCall(task, args);
  const { name } = task.definition;
  throw new KeyRequiredError(
    `the key of link ${name} may depend on the result that it will receive: set one with ${name}.s(…).set({ concurrencyKey }), or link ${name}.si(…)`,
  );
}
