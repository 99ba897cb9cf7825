/** What a call or a wait has to know when it happens inside a running task, or while a worker loads its task files. */
import { UsageError } from '@celeriac/protocol';
import {
  CURRENT_TASK,
  type CurrentTaskSlot,
  INSIDE,
  type InsideTask,
  LOADING,
  type LoadingSlot,
  type TaskSelf,
} from './hosting.ts';

export type CallLineage = readonly [rootId: string, parentId: string];

const slots: CurrentTaskSlot & LoadingSlot = globalThis as CurrentTaskSlot & LoadingSlot;

/**
 * The task that this code is part of, in a worker or in a call that runs here. In Node also after `await`, in a page only until
 * the first one.
 * @returns its `self`; `undefined` outside a task
 * @example currentTask()?.log.info('half way');
 */
export function currentTask(): TaskSelf | undefined {
  return slots[CURRENT_TASK]?.();
}

/** @returns the task that this code runs in, as whoever runs it shows it */
function insideOf(self: TaskSelf | undefined): InsideTask | undefined {
  return self === undefined || !(INSIDE in self) ? undefined : (self[INSIDE] as InsideTask);
}

/** @returns where a call that is being made belongs, when it is made inside a task */
export function lineageHere(): CallLineage | undefined {
  const self = currentTask();
  const inside = insideOf(self);
  return self === undefined || inside === undefined ? undefined : [inside.rootId, self.request.id];
}

/** A call has been made: inside a task it is that task's child. */
export function tellParent(id: string): void {
  insideOf(currentTask())?.called(id);
}

/** Whether this is no part of a task, and of no file of tasks that a worker loads: nobody has to know of a wait. */
export function isFree(): boolean {
  return slots[LOADING] === undefined && currentTask() === undefined;
}

/**
 * Waits for another task. Inside a task that is refused unless `allowed`: a worker that is full of tasks waiting for
 * others can be waited for no more. Allowed, the waiting task lends its slot to others meanwhile.
 * @throws UsageError
 */
export async function waitOutside<Value>(
  allowed: boolean,
  wait: () => Value | Promise<Value>,
): Promise<Value> {
  const self = currentTask();
  if (self === undefined) return wait();
  if (!allowed) {
    throw new UsageError(
      `task ${self.name} waits for another task's result: a task should never call get(); link the tasks, or allow it with get({ disableSyncSubtasks: false })`,
    );
  }
  const resume = insideOf(self)?.wait();
  try {
    return await wait();
  } finally {
    resume?.();
  }
}

/**
 * Waits, and where a worker is loading its task files meanwhile, lets it know for what: a file that waits at its top level for a
 * task that only this worker would run never ends to load.
 */
export function seenByLoader<Value>(
  what: () => string,
  wait: () => Value | Promise<Value>,
): Value | Promise<Value> {
  const done = slots[LOADING]?.(what());
  return done === undefined ? wait() : (async () => wait())().finally(done);
}
