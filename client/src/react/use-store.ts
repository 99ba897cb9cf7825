import { useSyncExternalStore } from 'react';
import type { Store } from '../store.ts';

/** @param atFirst what a server draws, and a page that takes over what it drew; default the present value */
export function useStore<Value>(store: Store<Value>, atFirst: () => Value = store.get): Value {
  return useSyncExternalStore(store.subscribe, store.get, atFirst);
}
