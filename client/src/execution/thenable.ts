import type { TaskSelf } from '../hosting.ts';
import { runAs } from './running-task.ts';

/** @throws what its getter throws: a body may give anything */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

/**
 * A lazy thenable (a query builder) does its work in `then`, which is the task's work as well. One with a `then` of its own, also
 * of a class below Promise, may call back as often as it likes: ours is settled once.
 */
export function adoptThenable(self: TaskSelf, thenable: PromiseLike<unknown>): Promise<unknown> {
  if (thenable instanceof Promise && thenable.then === Promise.prototype.then) return thenable;
  return runAs(self, () => new Promise((resolve) => resolve(thenable)), []);
}
