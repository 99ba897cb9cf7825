/** Which task this code runs for, also in what a body gives to be awaited. */
import { builtinModule } from '../environment.ts';
import { CURRENT_TASK, type CurrentTaskSlot, type TaskSelf } from '../hosting.ts';

/** As far as it is used of Node's AsyncLocalStorage. */
interface TaskStorage {
  getStore(): TaskSelf | undefined;
  run<Args extends readonly unknown[], Value>(
    self: TaskSelf,
    body: (...args: Args) => Value,
    ...args: Args
  ): Value;
}

/** Where nothing follows code across `await`: it is known until the first one. */
class TaskStack implements TaskStorage {
  #self: TaskSelf | undefined;

  getStore(): TaskSelf | undefined {
    return this.#self;
  }

  run<Args extends readonly unknown[], Value>(
    self: TaskSelf,
    body: (...args: Args) => Value,
    ...args: Args
  ): Value {
    const before = this.#self;
    this.#self = self;
    try {
      return body(...args);
    } finally {
      this.#self = before;
    }
  }
}

const hooks = builtinModule('node:async_hooks') as
  | { readonly AsyncLocalStorage: new () => TaskStorage }
  | undefined;
const running: TaskStorage = hooks === undefined ? new TaskStack() : new hooks.AsyncLocalStorage();
let filled = false;

/**
 * Fills the process-wide slot that `currentTask()` reads. Idempotent. What another installed copy of this
 * package has put there is asked next, so that runs of both can live in one process.
 */
export function fillCurrentTaskSlot(): void {
  if (filled) return;
  filled = true;
  const slot = globalThis as CurrentTaskSlot;
  const others = slot[CURRENT_TASK];
  slot[CURRENT_TASK] = () => running.getStore() ?? others?.();
}

/** The task of ours that this runs for, if any. */
export function runningTask(): TaskSelf | undefined {
  return running.getStore();
}

/** Calls `body`; `currentTask()` is `self` in it, and in Node in all that it awaits. */
export function runAs<Args extends readonly unknown[], Value>(
  self: TaskSelf,
  body: (...args: Args) => Value,
  args: Args,
): Value {
  return running.run(self, body, ...args);
}

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
