/** The handlers of a task, called around its body. One that throws is logged, and changes nothing. */
import { afterReading, type Clock } from '@celeriac/runtime';
import type { TaskHandlers, TaskSelf } from '../hosting.ts';
import { adoptThenable, isThenable, runAs } from './running-task.ts';
import type { AttemptVerdict } from './verdict.ts';

type HandlerName = keyof TaskHandlers;

/** Told which handler threw what. */
export type OnHandlerError = (handler: string, error: unknown) => void;

/** @returns whether anything is to be called after an attempt that ended so; `Ignore` and `Reject` call nothing */
export function followsUp(handlers: TaskHandlers, { outcome }: AttemptVerdict): boolean {
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

/**
 * Never rejects.
 * @param limitMs how long it is waited for; 0 is without end
 * @returns whether it has ended; at once, where it ends at once
 */
export function callBefore(
  { beforeStart }: TaskHandlers,
  self: TaskSelf,
  clock: Clock,
  limitMs: number,
  onError: OnHandlerError,
): true | Promise<boolean> {
  const called = call('beforeStart', () => beforeStart?.(self), self, onError);
  if (called === undefined) return true;
  const ended = called.then(() => true);
  if (limitMs === 0) return ended;
  return new Promise((resolve) => {
    const timer = afterReading(clock, limitMs, () => resolve(false));
    void ended.then(resolve).finally(() => timer.cancel());
  });
}

type HandlerCall = readonly [name: HandlerName, call: (self: TaskSelf) => unknown];

/** What {@link followsUp} has found, called one after the other. */
export class AfterCalls {
  readonly #calls: readonly HandlerCall[];
  #next = 0;
  #stopped = false;

  constructor(handlers: TaskHandlers, verdict: AttemptVerdict) {
    this.#calls = callsAfter(handlers, verdict);
  }

  /**
   * Calls each when the one before it has ended. Never throws.
   * @param ended called when the last one has ended, or the one that was running when they were stopped
   */
  run(self: TaskSelf, onError: OnHandlerError, ended: () => void): void {
    for (;;) {
      const next = this.#stopped ? undefined : this.#calls[this.#next];
      if (next === undefined) break;
      const [name, handler] = next;
      const called = call(name, () => handler(self), self, onError);
      if (called !== undefined) {
        void called.then(() => {
          this.#next += 1;
          this.run(self, onError, ended);
        });
        return;
      }
      this.#next += 1;
    }
    ended();
  }

  /** No further one is called. @returns which has not ended, and which come no more */
  stop(): readonly string[] {
    this.#stopped = true;
    return this.#calls.slice(this.#next).map(([name]) => name);
  }
}

function callsAfter(
  { onSuccess, onFailure, onRetry, afterReturn }: TaskHandlers,
  { outcome, value }: AttemptVerdict,
): readonly HandlerCall[] {
  const calls: HandlerCall[] = [];
  const ends = (state: 'SUCCESS' | 'FAILURE'): void => {
    if (afterReturn !== undefined) calls.push(['afterReturn', (self) => afterReturn(self, state, value)]);
  };
  switch (outcome[0]) {
    case 'success':
      if (onSuccess !== undefined) calls.push(['onSuccess', (self) => onSuccess(self, value)]);
      ends('SUCCESS');
      break;
    case 'failure':
      if (onFailure !== undefined) calls.push(['onFailure', (self) => onFailure(self, value)]);
      ends('FAILURE');
      break;
    case 'retry':
      if (onRetry !== undefined) calls.push(['onRetry', (self) => onRetry(self, value)]);
      break;
  }
  return calls;
}

/** @returns when it has ended, where it has not yet; never rejects */
function call(
  name: HandlerName,
  handler: () => unknown,
  self: TaskSelf,
  onError: OnHandlerError,
): Promise<void> | undefined {
  const failed = (error: unknown): void => onError(name, error);
  try {
    const given = runAs(self, handler, []);
    return isThenable(given) ? adoptThenable(self, given).then(() => undefined, failed) : undefined;
  } catch (error) {
    failed(error);
    return undefined;
  }
}
