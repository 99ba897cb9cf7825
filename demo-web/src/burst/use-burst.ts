import type { AsyncResult } from '@celeriac/client';
import { useMemo, useSyncExternalStore } from 'react';
import { follow } from './follow.ts';

export interface BurstView {
  /** One state per call, in the order of the calls. */
  readonly states: readonly string[];
  /** How long all of them took, on the page's own clock; `null` while any is on its way. */
  readonly tookMs: number | null;
}

/** Many tasks as one picture: renders once per batch of changes, however many are in it. */
export function useBurst(results: readonly AsyncResult[], madeAt: number): BurstView {
  const { subscribe, get } = useMemo(() => {
    let tookMs: number | null = null;
    return follow(results, (views): BurstView => {
      if (views.every(({ dateDone }) => dateDone !== null)) tookMs ??= performance.now() - madeAt;
      return { states: views.map(({ state }) => state), tookMs };
    });
  }, [results, madeAt]);
  return useSyncExternalStore(subscribe, get);
}
