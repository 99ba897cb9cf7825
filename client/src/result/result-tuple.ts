import { OptionError, show, TASK_ID_LENGTH } from '@celeriac/protocol';

/** A handle as plain data, Celery's shape: itself and the one that called it, then the members of a group. */
export type ResultTuple = readonly [self: readonly [id: string, parent: ResultTuple | null], members: null];

/**
 * The outer layer of one: the parent is a tuple again, read when it is needed.
 * @throws OptionError for what `asTuple()` does not give
 */
export function readTuple(tuple: unknown): { readonly id: string; readonly parent: unknown } {
  const [self, members]: readonly unknown[] = Array.isArray(tuple) ? tuple : [];
  const [id, parent]: readonly unknown[] = Array.isArray(self) ? self : [];
  if (typeof id !== 'string' || id.length === 0 || id.length > TASK_ID_LENGTH || members != null)
    throw new OptionError(
      'tuple',
      `expected what asTuple() gives, [[id, parent], null], got: ${show(tuple)}`,
    );
  return { id, parent: parent ?? null };
}
