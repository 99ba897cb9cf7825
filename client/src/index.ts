/** Defines tasks, calls them, follows them. */
export {
  type AnyCeleriacError,
  type Arity,
  CeleriacError,
  type CeleriacErrorOf,
  ClosedError,
  type Duration,
  type ErrorClass,
  type ErrorCode,
  type Failure,
  GatewayUnreachableError,
  IdConflictError,
  isCeleriacError,
  KeyRequiredError,
  type Lack,
  type LeftOut,
  MaxRetriesExceededError,
  type MonitorEvent,
  type MonitorEventType,
  NotAcceptedError,
  OptionError,
  PayloadError,
  type PlainErrorCode,
  QueueNotFound,
  type Rate,
  type Reason,
  type RefusalCode,
  RefusedError,
  ResultGoneError,
  type RevokeVerdict,
  SoftTimeLimitExceeded,
  StreamFullError,
  StreamGapError,
  StreamRestartedError,
  TaskError,
  type TaskFilter,
  TaskRevokedError,
  type TaskState,
  TimeLimitExceeded,
  TimeoutError,
  UnknownTaskError,
  UsageError,
  type Waiting,
  WorkerLostError,
  type WorkerStanding,
} from '@celeriac/protocol';
export type { Clock, SignalOptions, Timer } from '@celeriac/runtime';
export type { CeleriacOptions } from './app-options.ts';
export { Celeriac, type CloseOptions } from './celeriac.ts';
export type { AppConnection } from './connection/app-connection.ts';
export type { ConnectionState, ConnectionStatus } from './connection/dialer.ts';
export type { SubmitRetryPolicy } from './connection/submit-retry.ts';
export type {
  Backup,
  ConcurrencyChange,
  Control,
  LimitChange,
  RevokeTokenOptions,
  TaskLimits,
  TaskName,
  TokenChoice,
} from './control.ts';
export type {
  ErrorType,
  RetryOptions,
  TaskHandlers,
  TaskLog,
  TaskRequest,
  TaskSelf,
  TokenSource,
} from './hosting.ts';
export { currentTask } from './inside.ts';
export type { EventGap, EventsStore, EventsView } from './monitor/events-store.ts';
export type { FeedStanding } from './monitor/feed-store.ts';
export type { HistoryStore, HistoryView } from './monitor/history-store.ts';
export type { EventsOptions, HistoryOptions, Monitor, TaskListOptions } from './monitor/monitor.ts';
export type { DefinitionRow, QueueRow, RunningTask, TaskRow, WorkerRow } from './monitor/rows.ts';
export type { RowsStore, RowsView } from './monitor/rows-store.ts';
export type { AsyncResult } from './result/async-result.ts';
export type { StreamGap, StreamOptions, StreamRestart } from './result/follow-stream.ts';
export type { ResultTuple } from './result/relatives.ts';
export type { ResultEventName, ResultEvents, ResultListener } from './result/result-events.ts';
export type { GetOptions, RevokeOptions, WalkOptions } from './result/result-options.ts';
export { type EndingsOf, type GatherOptions, ResultSet, type ValuesOf } from './result/result-set.ts';
export type { ResultView } from './result/result-store.ts';
export type {
  FailureSnapshot,
  GoneSnapshot,
  HistoryEntry,
  IgnoredSnapshot,
  PendingSnapshot,
  RetrySnapshot,
  RevokedSnapshot,
  RunningSnapshot,
  Snapshot,
  SnapshotFacts,
  SuccessSnapshot,
} from './result/snapshot.ts';
export type { Acceptance } from './result/waiting.ts';
export type { WatchedResult } from './result/watched-result.ts';
export { Ignore, Reject, type RejectOptions, Retry } from './signals.ts';
export type { Store, StoreListener } from './store.ts';
export type { ApplyOptions, Links } from './task/apply-options.ts';
export type { ConcurrencyLimit } from './task/concurrency.ts';
export type { Define } from './task/define.ts';
export type { Linkable, SignatureData } from './task/linkable.ts';
export type { Route, RouteFunction, RouteTable, TaskRoutes } from './task/routes.ts';
export type { RunOptions } from './task/run-options.ts';
export type { SharedTaskOptions } from './task/shared-options.ts';
export type { ChunkOf, ResultOf, Signature } from './task/signature.ts';
export type { Task, TaskRef } from './task/task.ts';
export type { TaskMap } from './task/task-map.ts';
export type { TaskOptions } from './task/task-options.ts';
export type { Serializer, SerializerName } from './values/serializer.ts';
