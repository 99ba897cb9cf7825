/** Breadth first through all interleavings, so that the first breach found has the shortest way to it. */
import { brokenPromise } from './promises.ts';
import { BEGINNING, type SearchState, stateKey } from './scope.ts';
import type { Rules } from './step.ts';
import { stepsOf } from './steps.ts';

export interface Found {
  /** Scopes that differ. */
  readonly states: number;
  readonly steps: number;
  readonly depth: number;
  readonly breach: Breach | undefined;
}

export interface Breach {
  readonly what: string;
  /** The steps that lead to it. */
  readonly way: readonly string[];
}

interface Visit {
  readonly scope: SearchState;
  readonly name: string;
  readonly before: Visit | undefined;
}

/** Steps that a fair run may take to its end: far more than any takes. */
const FAIR_STEPS = 200;

/** @param depth how many steps each way may have */
export function search(rules: Rules, depth: number): Found {
  const seen = new Set([stateKey(BEGINNING)]);
  let frontier: readonly Visit[] = [{ scope: BEGINNING, name: '', before: undefined }];
  let steps = 0;
  for (let level = 0; level < depth && frontier.length > 0; level++) {
    const next: Visit[] = [];
    for (const before of frontier) {
      for (const { name, scope } of stepsOf(before.scope, rules)) {
        steps += 1;
        const key = stateKey(scope);
        if (seen.has(key)) continue;
        seen.add(key);
        const visit: Visit = { scope, name, before };
        const what = brokenPromise(scope, rules);
        if (what !== undefined)
          return { states: seen.size, steps, depth: level + 1, breach: { what, way: wayTo(visit) } };
        next.push(visit);
      }
    }
    frontier = next;
  }
  return { states: seen.size, steps, depth, breach: unfinished(frontier, rules) };
}

/** P1 has two halves: what was accepted also ends, once nothing more goes wrong. */
function unfinished(frontier: readonly Visit[], rules: Rules): Breach | undefined {
  for (const visit of frontier) {
    const { scope, what, way } = fairRun(visit.scope, rules);
    if (what !== undefined) return { what, way: [...wayTo(visit), ...way] };
    if (scope.client.accepted && scope.disk?.phase !== 'ended')
      return { what: 'P1: it was accepted, and does not end', way: [...wayTo(visit), ...way] };
  }
  return undefined;
}

/** What comes by itself comes; what a timeout is for comes when nothing else does. */
function fairRun(
  from: SearchState,
  rules: Rules,
): { readonly scope: SearchState; readonly what: string | undefined; readonly way: readonly string[] } {
  const way: string[] = [];
  let scope = from;
  for (let count = 0; count < FAIR_STEPS; count++) {
    const steps = stepsOf(scope, rules);
    const step =
      steps.find(({ kind }) => kind === 'progress') ?? steps.find(({ kind }) => kind === 'timeout');
    if (step === undefined) break;
    way.push(step.name);
    scope = step.scope;
    const what = brokenPromise(scope, rules);
    if (what !== undefined) return { scope, what, way };
  }
  return { scope, what: undefined, way };
}

function wayTo(visit: Visit): readonly string[] {
  const way: string[] = [];
  for (let at: Visit | undefined = visit; at?.before !== undefined; at = at.before) way.unshift(at.name);
  return way;
}
