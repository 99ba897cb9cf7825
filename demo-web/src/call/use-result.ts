import type { Snapshot } from '@celeriac/client';
import { useMemo, useSyncExternalStore } from 'react';
import type { AnyResult } from './call.ts';

export interface ResultView {
  readonly snapshot: Snapshot;
  /** Why the task's end will not be heard of here: never accepted, lost with its store, gateway away for too long. */
  readonly trouble: Error | null;
}

/** What is known of a task right now; renders again with each change. */
export function useResult(result: AnyResult): ResultView {
  const { subscribe, get } = useMemo(() => follow(result), [result]);
  return useSyncExternalStore(subscribe, get);
}

function follow(result: AnyResult) {
  let view: ResultView = { snapshot: result.snapshot(), trouble: null };

  const subscribe = (changed: () => void): (() => void) => {
    const show = (next: ResultView): void => {
      view = next;
      changed();
    };
    const update = (snapshot: Snapshot): void => show({ snapshot, trouble: null });
    result.on('state', update);
    result.on('progress', update);
    view = { ...view, snapshot: result.snapshot() };

    const waiting = new AbortController();
    result.get({ signal: waiting.signal }).catch((error: unknown) => {
      if (waiting.signal.aborted || result.ready()) return;
      show({
        snapshot: result.snapshot(),
        trouble: error instanceof Error ? error : new Error(String(error)),
      });
    });

    return () => {
      waiting.abort();
      result.off('state', update);
      result.off('progress', update);
    };
  };

  return { subscribe, get: () => view };
}
