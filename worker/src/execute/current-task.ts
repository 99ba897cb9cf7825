import { AsyncLocalStorage } from 'node:async_hooks';
import { CURRENT_TASK, type CurrentTaskSlot, type TaskSelf } from '@celeriac/client';

const running = new AsyncLocalStorage<TaskSelf>();
let filled = false;

/**
 * Fills the process-wide slot that `currentTask()` reads. Idempotent. What another installed copy of this
 * package has put there is asked next, so that workers of both can live in one process.
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

/** Calls `body`; `currentTask()` is `self` in it and in all that it awaits. */
export function runAs<Args extends readonly unknown[], Value>(
  self: TaskSelf,
  body: (...args: Args) => Value,
  args: Args,
): Value {
  return running.run(self, body, ...args);
}
