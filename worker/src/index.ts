/** Hosts an app's tasks. */
export type { PoolKind } from '@celeriac/protocol';
export { ChildrenBrokenError, LeaseLostError, WorkerShutdownError } from './errors.ts';
export type { ShutdownReason, TaskEnd, TaskFacts, WorkerEvents } from './life/events.ts';
export type { WorkerOptions } from './options.ts';
export type { PoolOptions } from './pool/pool-options.ts';
export type { QueueShares } from './queues.ts';
export {
  createWorker,
  type StopOptions,
  type Worker,
  type WorkerState,
} from './worker.ts';
