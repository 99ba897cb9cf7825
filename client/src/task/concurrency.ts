/** How many of a task's runs may be under way at the same time, and the keys that tell them apart. */

import { KeyRequiredError, OptionError } from '@celeriac/protocol';
import {
  CONCURRENCY_KEY_LENGTH,
  CONCURRENCY_LIMIT,
  option,
  show,
  withoutUndefined,
} from '@celeriac/protocol/calling';
import type { OptionReader, WireTaskOptions } from '@celeriac/protocol/internal';
import type { HostedTask } from '../hosting.ts';

/** A single number is per key if the task has a `concurrencyKey`, else per task; `null` is no limit. */
export type ConcurrencyLimit =
  | number
  | null
  | { readonly task?: number | null | undefined; readonly key?: number | undefined };

/** One run of a key at a time, unless more are allowed. */
const KEY_LIMIT = 1;

const count = option.integer(1, CONCURRENCY_LIMIT);
const limits = option.object({
  task: option.orNull(count),
  // A key without a limit would be none: `null` is refused rather than passed over.
  key: Object.assign((given: unknown, name: string) => count(given, name), { takesNull: true }),
});

export const concurrencyLimit: OptionReader<ConcurrencyLimit> = option.orNull((given, name) =>
  typeof given === 'object' ? limits(given, name) : count(given, name),
);

/** @throws OptionError for no limit beside a key */
export function limitsOf(limit: ConcurrencyLimit | undefined, hasKey: boolean): WireTaskOptions {
  const ofKey = hasKey ? { keyLimit: KEY_LIMIT } : {};
  if (limit === undefined) return ofKey;
  if (limit === null && hasKey)
    throw option.expected(
      'concurrencyLimit',
      'a number or { task, key } where there is a concurrencyKey',
      limit,
    );
  if (limit === null) return { taskLimit: null };
  if (typeof limit === 'number') return hasKey ? { keyLimit: limit } : { taskLimit: limit };
  const { task: taskLimit, key: keyLimit } = limit;
  return { ...ofKey, ...withoutUndefined<WireTaskOptions>({ taskLimit, keyLimit }) };
}

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
