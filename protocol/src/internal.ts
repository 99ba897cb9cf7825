/** The door for our own packages: what a gateway decides of a task, and whoever runs one without a gateway. */
export { type AssignedTask, contextOf } from './assignment-context.ts';
export { CALL_FAULTS, isSoftAboveHard, keylessName, linksWithin, repeatedId } from './call-rules.ts';
export {
  callersWord,
  callsOwnOptions,
  effectiveTaskOptions,
  resolveOptions,
  resolveTimes,
} from './effective-options.ts';
export { decideRetry, isExhausted, MAX_REQUEUES } from './retry.ts';
