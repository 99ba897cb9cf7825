import { useCallback, useMemo, useState } from 'react';
import type { AsyncResult } from '../result/async-result.ts';
import type { ResultView } from '../result/result-store.ts';
import type { ApplyOptions } from '../task/apply-options.ts';
import { useAsyncResult } from './use-async-result.ts';

/** Any task that can be sent: `app.tasks.add`, or one that is defined here. */
export interface CallableTask<Args extends readonly unknown[], T, Chunk> {
  /** Its name. */
  readonly name: string;
  /**
   * Sends a call, and returns its handle at once.
   * @example const res = task.delay(2, 2);
   */
  delay(...args: Args): AsyncResult<T, Chunk>;
  /**
   * As `delay`, with options.
   * @example const res = task.applyAsync([2, 2], { queue: 'sums' });
   */
  applyAsync(args: Readonly<Args>, options?: ApplyOptions<[result: T]>): AsyncResult<T, Chunk>;
}

/** What `useTask()` gives. */
export interface TaskUse<Args extends readonly unknown[], T, Chunk> {
  /** As `task.delay()`. The call becomes the latest one. */
  readonly call: (...args: Args) => AsyncResult<T, Chunk>;
  /** As `task.applyAsync()`. The call becomes the latest one. */
  readonly applyAsync: (args: Readonly<Args>, options?: ApplyOptions<[result: T]>) => AsyncResult<T, Chunk>;
  /** The handle of the latest call; `null` before the first one, and after {@link reset}. */
  readonly handle: AsyncResult<T, Chunk> | null;
  /** What is known of the latest call. */
  readonly view: ResultView<T> | null;
  /** Whether the latest call has not ended yet, and its end can still arrive. */
  readonly pending: boolean;
  /** Stops following the latest call; its task continues. */
  readonly reset: () => void;
}

/**
 * Calls a task, and follows the latest call.
 * @example
 * const { call, handle, view, pending } = useTask(app.tasks.encode);
 * return <button disabled={pending} onClick={() => call(file)}>{view?.kind === 'success' ? view.result : 'Encode'}</button>;
 */
export function useTask<Args extends readonly unknown[], T, Chunk>(
  task: CallableTask<Args, T, Chunk>,
): TaskUse<Args, T, Chunk> {
  const [handle, setHandle] = useState<AsyncResult<T, Chunk> | null>(null);
  const view = useAsyncResult(handle);
  const call = useCallback(
    (...args: Args) => {
      const made = task.delay(...args);
      setHandle(made);
      return made;
    },
    [task],
  );
  const applyAsync = useCallback(
    (args: Readonly<Args>, options?: ApplyOptions<[result: T]>) => {
      const made = task.applyAsync(args, options);
      setHandle(made);
      return made;
    },
    [task],
  );
  const reset = useCallback(() => setHandle(null), []);
  const pending = view !== null && view.dateDone === null && view.trouble === null;
  return useMemo(
    () => ({ call, applyAsync, handle, view, pending, reset }),
    [call, applyAsync, handle, view, pending, reset],
  );
}
