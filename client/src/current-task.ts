import { CURRENT_TASK, type CurrentTaskSlot, type TaskSelf } from './hosting.ts';

const slot: CurrentTaskSlot = globalThis as CurrentTaskSlot;

/**
 * The task that this code runs in, also across `await`.
 * @returns its `self`; `undefined` outside a worker
 * @example currentTask()?.log.info('half way');
 */
export function currentTask(): TaskSelf | undefined {
  return slot[CURRENT_TASK]?.();
}
