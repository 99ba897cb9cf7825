/** The handlers of a task, called around its body. One that throws is told of, and changes nothing. */
import type { TaskHandlers, TaskSelf } from '@celeriac/client';
import { runAs } from './current-task.ts';
import type { Verdict } from './outcome.ts';

/** Told which handler threw what. */
export type OnHandlerError = (handler: string, error: unknown) => void;

/** @returns whether anything is to be called after an attempt that ended so; `Ignore` and `Reject` call nothing */
export function followsUp(handlers: TaskHandlers, { outcome }: Verdict): boolean {
  const { onSuccess, onFailure, onRetry, afterReturn } = handlers;
  switch (outcome[0]) {
    case 'success':
      return onSuccess !== undefined || afterReturn !== undefined;
    case 'failure':
      return onFailure !== undefined || afterReturn !== undefined;
    case 'retry':
      return onRetry !== undefined;
    default:
      return false;
  }
}

/** Never rejects. */
export async function callBefore(
  { beforeStart }: TaskHandlers,
  self: TaskSelf,
  onError: OnHandlerError,
): Promise<void> {
  await call('beforeStart', beforeStart, self, [], onError);
}

/** Calls what {@link followsUp} has found, one after the other. Never rejects. */
export async function callAfter(
  handlers: TaskHandlers,
  self: TaskSelf,
  { outcome, value }: Verdict,
  onError: OnHandlerError,
): Promise<void> {
  switch (outcome[0]) {
    case 'success':
      await call('onSuccess', handlers.onSuccess, self, [value], onError);
      await call('afterReturn', handlers.afterReturn, self, ['SUCCESS', value], onError);
      break;
    case 'failure':
      await call('onFailure', handlers.onFailure, self, [value], onError);
      await call('afterReturn', handlers.afterReturn, self, ['FAILURE', value], onError);
      break;
    case 'retry':
      await call('onRetry', handlers.onRetry, self, [value], onError);
      break;
  }
}

async function call<Facts extends readonly unknown[]>(
  name: keyof TaskHandlers,
  handler: ((self: TaskSelf, ...facts: Facts) => unknown) | undefined,
  self: TaskSelf,
  facts: Facts,
  onError: OnHandlerError,
): Promise<void> {
  if (handler === undefined) return;
  try {
    await runAs(self, async () => handler(self, ...facts), []);
  } catch (error) {
    onError(name, error);
  }
}
