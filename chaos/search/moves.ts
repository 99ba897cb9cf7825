/** What steps are made of. */
import type { Owed, SearchedWorker, SearchState, ToWorker } from './scope.ts';

/** Lost where nobody hears it. */
export function tellWorker(scope: SearchState, who: number, message: ToWorker): SearchState {
  const { linked, toWorker } = workerAt(scope, who);
  return linked ? withWorker(scope, who, { toWorker: [...toWorker, message] }) : scope;
}

/** To be said when the next commit is done. */
export function owe(scope: SearchState, owed: Owed): SearchState {
  return { ...scope, owed: [...scope.owed, owed] };
}

export function workerAt({ workers }: SearchState, who: number): SearchedWorker {
  return who === 0 ? workers[0] : workers[1];
}

export function withWorker(scope: SearchState, who: number, changed: Partial<SearchedWorker>): SearchState {
  return {
    ...scope,
    workers: pair(
      scope.workers.map((worker, position) => (position === who ? { ...worker, ...changed } : worker)),
    ),
  };
}

export function pair(workers: readonly SearchedWorker[]): readonly [SearchedWorker, SearchedWorker] {
  const [first, second] = workers;
  if (first === undefined || second === undefined) throw new Error('expected two workers');
  return [first, second];
}
