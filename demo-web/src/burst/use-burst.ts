import { useMemo, useSyncExternalStore } from 'react';
import type { AnyResult } from '../call/call.ts';

export interface BurstView {
  /** One state per call, in the order of the calls. */
  readonly states: readonly string[];
  /** How long all of them took, on the page's own clock; `null` while any is on its way. */
  readonly tookMs: number | null;
}

/** Many tasks as one picture: renders once per batch of changes, however many are in it. */
export function useBurst(results: readonly AnyResult[], madeAt: number): BurstView {
  const { subscribe, get } = useMemo(() => follow(results, madeAt), [results, madeAt]);
  return useSyncExternalStore(subscribe, get);
}

function follow(results: readonly AnyResult[], madeAt: number) {
  let view: BurstView = { states: results.map((result) => result.state), tookMs: null };

  const subscribe = (changed: () => void): (() => void) => {
    let soon = false;
    const look = (): void => {
      soon = false;
      const over = results.every((result) => result.ready());
      view = {
        states: results.map((result) => result.state),
        tookMs: view.tookMs ?? (over ? performance.now() - madeAt : null),
      };
      changed();
    };
    const listener = (): void => {
      if (soon) return;
      soon = true;
      queueMicrotask(look);
    };
    for (const result of results) result.on('state', listener);
    listener();
    return () => {
      for (const result of results) result.off('state', listener);
    };
  };

  return { subscribe, get: () => view };
}
