/** The words that users meet: states, errors, and what says why. What goes over the wire is behind `./internal`. */
export type { Arity } from './definition.ts';
export type { Duration } from './duration.ts';
export {
  type AnyCeleriacError,
  CeleriacError,
  type CeleriacErrorOf,
  ClosedError,
  type ErrorCode,
  GatewayUnreachableError,
  IdConflictError,
  isCeleriacError,
  KeyRequiredError,
  MaxRetriesExceededError,
  NotAcceptedError,
  OptionError,
  PayloadError,
  type PlainErrorCode,
  QueueNotFound,
  type RefusalCode,
  RefusedError,
  ResultGoneError,
  SoftTimeLimitExceeded,
  StreamFullError,
  StreamGapError,
  StreamRestartedError,
  TaskError,
  TaskRevokedError,
  TimeLimitExceeded,
  TimeoutError,
  UnknownTaskError,
  UsageError,
  WorkerLostError,
} from './errors.ts';
export type { ErrorClass, Failure } from './failure.ts';
export type { MonitorEvent, TaskFilter } from './frames/feeds.ts';
export type { MonitorEventType } from './frames/monitor-events.ts';
export type { WorkerStanding } from './frames/rows.ts';
export type { LeftOut, RevokeVerdict } from './frames/watch.ts';
export type { PoolKind } from './frames/worker-session.ts';
export type { Rate } from './rate.ts';
export {
  type Lack,
  type LiveState,
  type Reason,
  TASK_STATES,
  type TaskState,
  type TerminalState,
  type Waiting,
} from './state.ts';
export { PROTOCOL, type ProtocolRange } from './version.ts';
