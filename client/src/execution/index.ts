/** The door for whoever runs tasks: what a worker, and each child of its pool, executes an attempt with. */
export { AbortSource } from './abort-source.ts';
export { hasLimits, limitError, startLimits } from './body-limits.ts';
export { ChunkWindow } from './chunk-window.ts';
export { Executor, type ExecutorSettings } from './executor.ts';
export { describeError } from './log-lines.ts';
export type { Follow, RunReports } from './run-reports.ts';
export { fillCurrentTaskSlot, runningTask } from './running-task.ts';
export { verdictOnError, verdictOnThrow } from './verdict.ts';
