import { CURRENT_TASK, type CurrentTaskSlot, type TaskSelf } from './hosting.ts';

const slot: CurrentTaskSlot = globalThis as CurrentTaskSlot;

/**
 * The task that this code is part of, in a worker or in a call that runs here. In Node also after `await`, in a page only until
 * the first one.
 * @returns its `self`; `undefined` outside a task
 * @example currentTask()?.log.info('half way');
 */
export function currentTask(): TaskSelf | undefined {
  return slot[CURRENT_TASK]?.();
}
