import type { AsyncResult, ResultView, Store } from '@celeriac/client';
import { useMemo, useSyncExternalStore } from 'react';

/** A store of what many tasks amount to, told anew once per batch of their changes. */
export function followBurst<Sum>(
  results: readonly AsyncResult[],
  sum: (views: readonly ResultView[]) => Sum,
): Store<Sum> {
  const look = (): Sum => sum(results.map(({ store }) => store.get()));
  let seen = look();
  return {
    get: () => seen,
    subscribe: (listener) => {
      let soon = false;
      let over = false;
      const update = (): void => {
        soon = false;
        if (over) return;
        seen = look();
        listener(seen);
      };
      const changed = (): void => {
        if (soon) return;
        soon = true;
        queueMicrotask(update);
      };
      const stops = results.map(({ store }) => store.subscribe(changed));
      changed();
      return () => {
        over = true;
        for (const stop of stops) stop();
      };
    },
  };
}

interface BurstView {
  /** One state per call, in the order of the calls. */
  readonly states: readonly string[];
  /** How long all of them took, on the page's own clock; `null` while any is on its way. */
  readonly tookMs: number | null;
}

/** Many tasks as one picture: renders once per batch of changes, however many are in it. */
export function useBurst(results: readonly AsyncResult[], madeAt: number): BurstView {
  const { subscribe, get } = useMemo(() => {
    let tookMs: number | null = null;
    return followBurst(results, (views): BurstView => {
      if (views.every(({ dateDone }) => dateDone !== null)) tookMs ??= performance.now() - madeAt;
      return { states: views.map(({ state }) => state), tookMs };
    });
  }, [results, madeAt]);
  return useSyncExternalStore(subscribe, get);
}
