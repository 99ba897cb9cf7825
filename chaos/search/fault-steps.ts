import { pair, withWorker } from './moves.ts';
import type { SearchState } from './scope.ts';
import type { SearchStep } from './step.ts';

/** Deaths and cuts. */
export function faultSteps(scope: SearchState): readonly SearchStep[] {
  const faults = scope.faults + 1;
  const steps: SearchStep[] = [];
  if (scope.up) {
    // A commit that was under way is on the disk or is not.
    for (const disk of new Set([scope.disk, scope.live])) {
      const what = disk === scope.disk ? 'before' : 'after';
      steps.push({
        kind: 'fault',
        name: `the gateway dies ${what} its commit`,
        scope: { ...died(scope), disk, faults },
      });
    }
  }
  for (const [who, { linked, runs }] of scope.workers.entries()) {
    const off = { linked: false, toWorker: [], toGateway: [] };
    if (linked)
      steps.push({
        kind: 'fault',
        name: `worker ${who} is cut off`,
        scope: { ...withWorker(scope, who, off), faults },
      });
    if (runs.length > 0) {
      const dead = withWorker(scope, who, { ...off, runs: [], wants: null });
      steps.push({ kind: 'fault', name: `worker ${who} dies`, scope: { ...dead, faults } });
    }
  }
  return steps;
}

function died(scope: SearchState): SearchState {
  const workers = scope.workers.map((worker) => ({ ...worker, linked: false, toWorker: [], toGateway: [] }));
  return {
    ...scope,
    up: false,
    live: null,
    owed: [],
    client: { ...scope.client, coming: 0 },
    workers: pair(workers),
  };
}
