import type { AsyncResult, ResultView } from '@celeriac/client';
import { type Readable, readable } from 'svelte/store';

/** The state of a task as a Svelte store: `$view.state`, `$view.result`. */
export function resultStore<T>({ store }: AsyncResult<T>): Readable<ResultView<T>> {
  return readable(store.get(), (set) => {
    set(store.get());
    return store.subscribe(set);
  });
}
