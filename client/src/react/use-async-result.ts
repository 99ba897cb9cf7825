import { useMemo } from 'react';
import type { AsyncResult } from '../result/async-result.ts';
import type { ResultView } from '../result/result-store.ts';
import type { Store } from '../store.ts';
import { type AnyApp, requireApp, useAppIfAny } from './app-context.ts';
import { useStore } from './use-store.ts';

const NOTHING: Store<null> = { get: () => null, subscribe: () => () => {} };

/**
 * What is known about a task; renders again with each change, once for changes that arrive together. A task that this app did
 * not call is watched only while the component is mounted.
 * @param result a handle, or the id of a task, or nothing yet
 * @param app of an id; default the provider's
 * @throws UsageError for an id without an app; OptionError for an invalid id
 * @example
 * const view = useAsyncResult(id);
 * return <p>{view.trouble?.message ?? view.state}</p>;
 */
export function useAsyncResult<T, Chunk>(result: AsyncResult<T, Chunk>): ResultView<T>;
export function useAsyncResult(result: string, app?: AnyApp): ResultView;
export function useAsyncResult<T, Chunk>(
  result: AsyncResult<T, Chunk> | null | undefined,
): ResultView<T> | null;
export function useAsyncResult(result: string | null | undefined, app?: AnyApp): ResultView | null;
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
