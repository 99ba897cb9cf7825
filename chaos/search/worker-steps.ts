import { withWorker, workerAt } from './moves.ts';
import {
  isOver,
  reportOf,
  type SearchedRun,
  type SearchState,
  type ToGateway,
  type ToWorker,
} from './scope.ts';
import type { Rules, SearchStep } from './step.ts';

/** It hears its gateway, ends what it runs, and stops by itself where it hears nothing for long. */
export function workerSteps(scope: SearchState, who: number, rules: Rules): readonly SearchStep[] {
  const worker = workerAt(scope, who);
  const [message, ...left] = worker.toWorker;
  const steps: SearchStep[] = [];
  if (worker.linked && message !== undefined) {
    const read = withWorker(scope, who, { toWorker: left });
    steps.push({
      kind: 'progress',
      name: `worker ${who} hears ${message[0]}`,
      scope: obey(read, who, message, rules),
    });
  }
  for (const run of worker.runs) {
    if (run.phase === 'running')
      steps.push({
        kind: 'progress',
        name: `worker ${who} is done`,
        scope: over(scope, who, { ...run, phase: 'done' }),
      });
    // It has heard nothing for so long that it gives its lease up by itself.
    if (!isOver(run) && !worker.linked)
      steps.push({ kind: 'timeout', name: `worker ${who} stops`, scope: stopped(scope, who, run) });
  }
  return steps;
}

function obey(scope: SearchState, who: number, [what, nonce, attempt]: ToWorker, rules: Rules): SearchState {
  const worker = workerAt(scope, who);
  const run = worker.runs.find((one) => one.nonce === nonce);
  switch (what) {
    case 'assign': {
      if (run !== undefined) return scope;
      const phase = rules.task.options.acksLate ? 'running' : 'waiting';
      const started: ToGateway = ['started', nonce, attempt];
      const next = withWorker(scope, who, {
        runs: [...worker.runs, { nonce, attempt, phase }],
        toGateway: [...worker.toGateway, started],
      });
      return phase === 'running' ? { ...next, entered: [...next.entered, nonce] } : next;
    }
    case 'go': {
      if (run?.phase !== 'waiting') return scope;
      const runs = worker.runs.map((one): SearchedRun => (one === run ? { ...run, phase: 'running' } : one));
      return { ...withWorker(scope, who, { runs }), entered: [...scope.entered, nonce] };
    }
    case 'abort':
    case 'stale':
      return run === undefined || isOver(run) ? scope : stopped(scope, who, run);
    case 'ack':
      return without(scope, who, nonce);
    default:
      return what satisfies never;
  }
}

/** A body that is told to stop says so; what has not begun is never spoken of again. */
function stopped(scope: SearchState, who: number, run: SearchedRun): SearchState {
  return run.phase === 'running'
    ? over(scope, who, { ...run, phase: 'stopped' })
    : without(scope, who, run.nonce);
}

function over(scope: SearchState, who: number, run: SearchedRun): SearchState {
  const { runs, linked, toGateway } = workerAt(scope, who);
  return withWorker(scope, who, {
    runs: runs.map((one) => (one.nonce === run.nonce ? run : one)),
    toGateway: linked ? [...toGateway, reportOf(run)] : [],
  });
}

function without(scope: SearchState, who: number, nonce: string): SearchState {
  return withWorker(scope, who, { runs: workerAt(scope, who).runs.filter((run) => run.nonce !== nonce) });
}
