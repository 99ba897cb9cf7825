/** Entry point for whoever hosts tasks: an app as a worker sees it, and what each child of its pool executes an attempt with. */

export { openSocketTransport } from './connection/socket-transport.ts';
export type { OpenTransport, Transport, TransportEvents, TransportLoss } from './connection/transport.ts';
export { AbortSource } from './execution/abort-source.ts';
export { hasLimits, limitError, startLimits } from './execution/body-limits.ts';
export { ChunkWindow } from './execution/chunk-window.ts';
export { Executor } from './execution/executor.ts';
export { describeError } from './execution/log-lines.ts';
export type { Follow, RunReports } from './execution/run-reports.ts';
export { fillCurrentTaskSlot, runningTask } from './execution/running-task.ts';
export { verdictOnError, verdictOnThrow } from './execution/verdict.ts';
export { APP, type HostedApp, hostedApp } from './hosted-app.ts';
export {
  type HostedTask,
  INSIDE,
  type InsideTask,
  LOADING,
  type LoadingSlot,
  SIGNAL,
  type TaskSignal,
} from './hosting.ts';
export { Serializers } from './values/serializers.ts';
