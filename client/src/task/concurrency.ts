/** How many of a task's runs may be under way at the same time, and the keys that tell them apart. */
import {
  CONCURRENCY_KEY_LENGTH,
  CONCURRENCY_LIMIT,
  KeyRequiredError,
  OptionError,
  readNames,
  show,
  type TaskOptions as WireTaskOptions,
} from '@celeriac/protocol';
import type { HostedTask, KeyFunction } from '../hosting.ts';
import { expected, readInteger } from './option-reading.ts';

/** A bare number is per key where the task has a `concurrencyKey`, else per task; `null` is no limit. */
export type ConcurrencyLimit =
  | number
  | null
  | { readonly task?: number | null | undefined; readonly key?: number | undefined };

/** One run of a key at a time, unless more are allowed. */
const KEY_LIMIT = 1;

/** @throws UsageError, OptionError */
export function readConcurrency(value: unknown, hasKey: boolean): WireTaskOptions {
  const ofKey = hasKey ? { keyLimit: KEY_LIMIT } : {};
  if (value === undefined) return ofKey;
  if (value === null && hasKey)
    throw expected('concurrencyLimit', 'a number, or { task, key }, beside a concurrencyKey', value);
  if (typeof value !== 'object' || value === null) {
    const limit = readLimit(value, 'concurrencyLimit');
    return hasKey
      ? { keyLimit: readInteger(limit, 'concurrencyLimit', 1, CONCURRENCY_LIMIT) }
      : { taskLimit: limit };
  }
  const names = readNames(value, ['task', 'key'], 'concurrencyLimit', new Set(['task', 'key']));
  const key = names.get('key');
  return {
    ...(names.has('task') ? { taskLimit: readLimit(names.get('task'), 'concurrencyLimit.task') } : {}),
    ...(key === undefined
      ? ofKey
      : { keyLimit: readInteger(key, 'concurrencyLimit.key', 1, CONCURRENCY_LIMIT) }),
  };
}

function readLimit(value: unknown, option: string): number | null {
  return value === null ? null : readInteger(value, option, 1, CONCURRENCY_LIMIT);
}

/** @throws OptionError */
export function readKeyFunction(value: unknown): KeyFunction | undefined {
  if (value === undefined || isFunction(value)) return value;
  throw expected('concurrencyKey', 'a function of the arguments that gives a string', value);
}

function isFunction(value: unknown): value is KeyFunction {
  return typeof value === 'function';
}

/**
 * What a call of this task goes by, where its definition is at hand and makes keys.
 * @throws OptionError when the task's function gives no key, and whatever that throws
 */
export function keyOfCall(task: HostedTask | undefined, args: readonly unknown[]): string | undefined {
  if (task?.concurrencyKey === undefined) return undefined;
  const key = task.concurrencyKey(...args);
  if (typeof key === 'string' && key.length > 0 && key.length <= CONCURRENCY_KEY_LENGTH) return key;
  throw new OptionError(
    'concurrencyKey',
    `expected the concurrencyKey of task ${task.definition.name} to give a string of 1 to ${CONCURRENCY_KEY_LENGTH} characters, got: ${show(key)}`,
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
    `the link ${name} will be given a result, and its key may be made of that: give it one with ${name}.s(…).set({ concurrencyKey }), or link ${name}.si(…)`,
  );
}
