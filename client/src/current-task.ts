import { CURRENT_TASK, type CurrentTaskSlot, type TaskSelf } from './hosting.ts';

const slot: CurrentTaskSlot = globalThis as CurrentTaskSlot;

/**
 * The task that this code runs in, in a worker or by a call that runs here. In Node also across `await`, in a page until
 * the first one.
 * @returns its `self`; `undefined` outside one
 * @example currentTask()?.log.info('half way');
 */
export function currentTask(): TaskSelf | undefined {
  return slot[CURRENT_TASK]?.();
}
