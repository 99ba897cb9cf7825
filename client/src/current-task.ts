import { CURRENT_TASK, type CurrentTaskSlot, type TaskSelf } from './hosting.ts';

const slot: CurrentTaskSlot = globalThis as CurrentTaskSlot;

/** @returns the task that this code runs in, also across `await`; `undefined` outside a worker */
export function currentTask(): TaskSelf | undefined {
  return slot[CURRENT_TASK]?.();
}
