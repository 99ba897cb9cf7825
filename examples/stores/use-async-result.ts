import type { AsyncResult, ResultView } from '@celeriac/client';
import { onScopeDispose, type ShallowRef, shallowReadonly, shallowRef } from 'vue';

/** The state of a task, for as long as the component is mounted. */
export function useAsyncResult<T>({ store }: AsyncResult<T>): Readonly<ShallowRef<ResultView<T>>> {
  const view = shallowRef(store.get());
  onScopeDispose(store.subscribe((next) => (view.value = next)));
  return shallowReadonly(view);
}
