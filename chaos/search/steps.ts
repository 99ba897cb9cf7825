/** All that can happen next in a scope, one thing at a time. */
import { clientSteps } from './client-steps.ts';
import { faultSteps } from './fault-steps.ts';
import { gatewaySteps } from './gateway-steps.ts';
import type { SearchState } from './scope.ts';
import type { Rules, SearchStep } from './step.ts';
import { workerSteps } from './worker-steps.ts';

export function stepsOf(scope: SearchState, rules: Rules): readonly SearchStep[] {
  return [
    ...clientSteps(scope, rules),
    ...gatewaySteps(scope, rules),
    ...[0, 1].flatMap((who) => workerSteps(scope, who, rules)),
    ...(scope.faults < rules.faults ? faultSteps(scope) : []),
  ];
}
