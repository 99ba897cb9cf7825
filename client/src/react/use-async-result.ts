import { useMemo } from 'react';
import type { AsyncResult } from '../result/async-result.ts';
import type { ResultView } from '../result/result-store.ts';
import type { Store } from '../store.ts';
import { type AnyApp, requireApp, useAppIfAny, useStore } from './app-context.ts';

const NOTHING: Store<null> = { get: () => null, subscribe: () => () => {} };

/**
 * What is known about a task; renders again with each change, once for changes that arrive together. A task that this app did
 * not call is watched only while the component is mounted.
 * @param result a handle, or the id of a task, or nothing yet
 * @example
 * const view = useAsyncResult(res);
 * return <p>{view.trouble?.message ?? view.state}</p>;
 */
export function useAsyncResult<T, Chunk>(result: AsyncResult<T, Chunk>): ResultView<T>;
/**
 * What is known of the task of an id.
 * @param app default the provider's
 * @throws UsageError without an app; OptionError for what cannot be an id
 * @example const view = useAsyncResult(id);
 */
export function useAsyncResult(result: string, app?: AnyApp): ResultView;
/**
 * What is known of a task that may not have been called yet; `null` before that.
 * @example const view = useAsyncResult(handle);
 */
export function useAsyncResult<T, Chunk>(
  result: AsyncResult<T, Chunk> | null | undefined,
): ResultView<T> | null;
/**
 * What is known of the task of an id that may not be known yet; `null` before that.
 * @param app default the provider's
 * @throws UsageError without an app; OptionError for what cannot be an id
 * @example const view = useAsyncResult(params.get('task'));
 */
export function useAsyncResult(result: string | null | undefined, app?: AnyApp): ResultView | null;
/**
 * What is known of the task of a handle or an id, or of nothing yet.
 * @param app of an id; default the provider's
 * @throws UsageError for an id without an app; OptionError for an invalid id
 * @example const view = useAsyncResult(handle ?? params.get('task'));
 */
export function useAsyncResult<T>(
  result: AsyncResult<T> | string | null | undefined,
  app?: AnyApp,
): ResultView<T> | null;
export function useAsyncResult<T>(
  result: AsyncResult<T> | string | null | undefined,
  app?: AnyApp,
): ResultView<T> | null {
  const home = useAppIfAny(app);
  const handle = useMemo(
    () =>
      typeof result === 'string'
        ? requireApp(home, 'useAsyncResult(id)').AsyncResult<T>(result)
        : (result ?? null),
    [home, result],
  );
  return useStore<ResultView<T> | null>(handle?.store ?? NOTHING);
}
