/** What steps are made of. */
import type { Owed, Scope, ToWorker, Worker } from './scope.ts';

/** Lost where nobody hears it. */
export function tell(scope: Scope, who: number, message: ToWorker): Scope {
  const { linked, toWorker } = workerAt(scope, who);
  return linked ? withWorker(scope, who, { toWorker: [...toWorker, message] }) : scope;
}

/** To be said when the next commit is done. */
export function owe(scope: Scope, owed: Owed): Scope {
  return { ...scope, owed: [...scope.owed, owed] };
}

export function workerAt({ workers }: Scope, who: number): Worker {
  return who === 0 ? workers[0] : workers[1];
}

export function withWorker(scope: Scope, who: number, changed: Partial<Worker>): Scope {
  return {
    ...scope,
    workers: pair(
      scope.workers.map((worker, position) => (position === who ? { ...worker, ...changed } : worker)),
    ),
  };
}

export function pair(workers: readonly Worker[]): readonly [Worker, Worker] {
  const [first, second] = workers;
  if (first === undefined || second === undefined) throw new Error('expected two workers');
  return [first, second];
}
