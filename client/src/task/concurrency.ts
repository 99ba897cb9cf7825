import { CONCURRENCY_LIMIT, option, withoutUndefined } from '@celeriac/protocol/calling';
import type { OptionReader, WireTaskOptions } from '@celeriac/protocol/internal';

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
