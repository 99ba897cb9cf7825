/** The handlers of a task, called around its body. One that throws is logged, and changes nothing. */
import type { Outcome } from '@celeriac/protocol/internal';
import { afterReading, type Clock } from '@celeriac/runtime';
import type { TaskHandlers, TaskSelf } from '../hosting.ts';
import { adoptThenable, isThenable, runAs } from './running-task.ts';
import type { AttemptVerdict } from './verdict.ts';

type HandlerName = keyof TaskHandlers;

type HandlerCall = readonly [name: HandlerName, call: (self: TaskSelf) => unknown];

export const NO_CALLS: readonly HandlerCall[] = [];
const CALLED_AFTER: Readonly<Partial<Record<Outcome[0], 'onSuccess' | 'onFailure' | 'onRetry'>>> = {
  success: 'onSuccess',
  failure: 'onFailure',
  retry: 'onRetry',
};

/** @returns what is to be called after an attempt that ended so, in order; `Ignore` and `Reject` call nothing */
export function callsAfter(
  handlers: TaskHandlers,
  { outcome, value }: AttemptVerdict,
): readonly HandlerCall[] {
  const name = CALLED_AFTER[outcome[0]];
  const first = name && handlers[name];
  const last = name === 'onRetry' ? undefined : handlers.afterReturn;
  if (name === undefined || (first === undefined && last === undefined)) return NO_CALLS;
  const calls: HandlerCall[] = [];
  if (first !== undefined) calls.push([name, (self) => first(self, value)]);
  const state = name === 'onSuccess' ? 'SUCCESS' : 'FAILURE';
  if (last !== undefined) calls.push(['afterReturn', (self) => last(self, state, value)]);
  return calls;
}

/** Told which handler threw what. */
export type OnHandlerError = (handler: string, error: unknown) => void;

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

/** Calls handlers one after the other. */
export class AfterCalls {
  readonly #calls: readonly HandlerCall[];
  #next = 0;
  #stopped = false;

  constructor(calls: readonly HandlerCall[]) {
    this.#calls = calls;
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

  /** No further one is called. @returns the names of those that have not ended or not begun */
  stop(): readonly string[] {
    this.#stopped = true;
    return this.#calls.slice(this.#next).map(([name]) => name);
  }
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
