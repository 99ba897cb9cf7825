/** Whether this thread or process is a child of a worker's pool, where a pool or a gateway of its own has no place. */
import { UsageError } from '@celeriac/protocol';

const IN_POOL: unique symbol = Symbol.for('celeriac.pool-child');
const refusals = new WeakSet<object>();
const slot = globalThis as { [IN_POOL]?: 'thread' | 'process' };

/** Called once, before a child loads any task file. */
export function becomePoolChild(kind: 'thread' | 'process'): void {
  slot[IN_POOL] = kind;
}

/**
 * The children of a pool load the task files as their worker did: one that starts something of its own would do so in each of
 * them, and its children in theirs.
 * @param what is to be started: `'a worker'`
 * @throws UsageError inside a child of a pool
 */
export function assertOutsidePool(what: string): void {
  const kind = slot[IN_POOL];
  if (kind === undefined) return;
  const refusal = new UsageError(
    `${what} cannot be started inside a ${kind} of a worker's pool, which loads the task file as well: start it in a file of its own that imports the tasks, or only where import.meta.main is true`,
  );
  refusals.add(refusal);
  throw refusal;
}

/** Whether this is what {@link assertOutsidePool} throws. */
export function isPoolRefusal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && refusals.has(error);
}
