import { CURRENT_TASK, type CurrentTaskSlot, type TaskSelf } from './hosting.ts';

const slot: CurrentTaskSlot = globalThis as CurrentTaskSlot;

/**
 * @returns the task that this code runs in, in a worker or by a call that runs here; `undefined` outside one. In Node also across
 * `await`, in a page until the first one
 */
export function currentTask(): TaskSelf | undefined {
  return slot[CURRENT_TASK]?.();
}
