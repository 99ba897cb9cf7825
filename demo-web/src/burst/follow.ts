import type { AsyncResult, ResultView, Store } from '@celeriac/client';

/** A store of what many tasks amount to, told anew once per batch of their changes. */
export function follow<Sum>(
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
