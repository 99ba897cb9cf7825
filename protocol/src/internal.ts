/** Entry point for our own packages: frames and their readers, bounds, options, and what a gateway and a local call decide alike. */
export { type AssignedTask, contextOf } from './assignment-context.ts';
export { type CallContent, conflictText, differencesOf } from './call-difference.ts';
export { CALL_FAULTS, isSoftAboveHard, keylessName, linksWithin, repeatedId } from './call-rules.ts';
export {
  type CallOptions,
  DEFAULT_OPTIONS,
  type Definition,
  type LinkedCall,
  type ResolvedOptions,
  type WireTaskOptions,
} from './definition.ts';
export { describeFailure, encodeFailure, encodeTooLarge, toError } from './describe-failure.ts';
export { MAX_DURATION_MS, parseDuration, show } from './duration.ts';
export {
  callersWord,
  callsOwnOptions,
  effectiveTaskOptions,
  resolveOptions,
  resolveTimes,
} from './effective-options.ts';
export { errorOf, fieldOf, isError, messageOf, textOf } from './error-fields.ts';
export { decodeFailure, type ErrorRegistry, FAILURE_LIMITS, rebuildError } from './failure.ts';
export type {
  AbortItem,
  AbortReason,
  Assignment,
  AssignmentContext,
  StartedAck,
} from './frames/assignment.ts';
export { jsonBytes, textBytes, utf8Bytes } from './frames/bytes.ts';
export {
  type BackupMade,
  COMMANDS,
  CONTROL_ANSWERS,
  type ConcurrencySetting,
  type ControlItem,
  type ControlReplies,
  type ControlReply,
  ORDERS,
  orderOf,
  powerOf,
  type Setting,
  type TokenClaim,
  type WireTaskLimits,
  type WorkerOrder,
} from './frames/control.ts';
export { encodeFrames } from './frames/encode-frames.ts';
export {
  type EventsUpdate,
  FEED_ANSWERS,
  FEED_SCOPES,
  FEED_TOLD,
  type FeedItem,
  type FeedKind,
  type FeedPoint,
  type ListPage,
  type ListQuery,
  type OpenFeedItem,
  type RowsUpdate,
} from './frames/feeds.ts';
export { type Frame, type FrameScope, type Heard, namesOf } from './frames/frame.ts';
export {
  FrameError,
  readFlag,
  readInteger,
  readList,
  readObject,
  readPayload,
  readText,
  unexpected,
} from './frames/guard.ts';
export { MONITOR_EVENTS } from './frames/monitor-events.ts';
export {
  type ChunkAck,
  type ChunksItem,
  type Outcome,
  type ProgressItem,
  readChildIds,
  readOutcome,
  type SettledAck,
  type SettledItem,
  type SettleVerdict,
} from './frames/outcome.ts';
export { type AcceptedReceipt, RECEIPT_TOLD, type Receipt, type RefusedReceipt } from './frames/receipt.ts';
export { type Answer, type Refusal, readRefusal } from './frames/refusal.ts';
export {
  FEED_ROWS_OF,
  type FeedRow,
  type WireDefinitionRow,
  type WireQueueRow,
  type WireTaskRow,
  type WireWorkerRow,
} from './frames/rows.ts';
export {
  type ClientHello,
  type ClientWelcome,
  readClientHello,
  readHandshake,
  readTurnedAway,
  SESSION_ANSWERS,
  SESSION_FRAMES,
  SESSION_TOLD,
} from './frames/session.ts';
export { readShape } from './frames/shape.ts';
export { type OpenStreamItem, STREAM_TOLD, type StreamItem, type TookItem } from './frames/stream.ts';
export type { DefineItem, ReadSubmit, SubmitItem } from './frames/submit.ts';
export {
  type AskedFrame,
  CLIENT_FRAMES,
  type ClientFrame,
  GATEWAY_WORKER_FRAMES,
  type GatewayWorkerFrame,
  type HeardIn,
  type OneWayFrame,
  readGatewayFrame,
  readWorkerFrame,
  type SaidIn,
  type ToldWorker,
  WORKER_FRAMES,
  type WorkerFrame,
} from './frames/table.ts';
export {
  type AnswerTo,
  GATEWAY_ANSWERS,
  GATEWAY_FRAMES,
  type GatewayFrame,
  readAnswer,
  readTold,
  type ToldIn,
} from './frames/to-client.ts';
export {
  type EventItem,
  type ProgressEvent,
  type RevokeItem,
  type TransitionEvent,
  WATCH_ANSWERS,
  WATCH_TOLD,
  type WatchFrame,
  type WireHistoryEntry,
  type WireSnapshot,
} from './frames/watch.ts';
export type { TokenRefreshed } from './frames/words.ts';
export {
  CLOSE,
  type HeldAttempt,
  type WorkerBeat,
  type WorkerHello,
  type WorkerKnock,
  type WorkerRefusal,
  type WorkerVitals,
  type WorkerWelcome,
} from './frames/worker-session.ts';
export { GATEWAY_FRAME_NAMES } from './gateway-frame-names.ts';
export {
  ARGS_REPR_LENGTH,
  CALL_LIMIT,
  CHILDREN,
  CHILDREN_SHOWN,
  CHUNK_WINDOW,
  CHUNK_WINDOW_SIZE,
  CLIENT_MARK,
  CLIENT_PATH,
  CONCURRENCY_KEY_LENGTH,
  CONCURRENCY_LIMIT,
  CONTENT_TYPE_LENGTH,
  COUNT_LIMIT,
  DEFAULT_LIMITS,
  DEFINITIONS,
  FEED_ROWS,
  FEED_ROWS_DEFAULT,
  FILE_NAME_LENGTH,
  FIRST_FRAME_LIMIT,
  FOREIGN_WATCHES,
  FRAME_ITEMS,
  FRAME_LIMIT,
  FRAME_SOFT_LIMIT,
  HANDLER_TIMEOUT_MS,
  HEADERS_LENGTH,
  HELLO_LIMIT,
  LINKED_CALLS,
  LINKS_DEEP,
  LINKS_EACH,
  LIST_ITEMS,
  type Limits,
  LOSS_LENGTH,
  MAX_COUNT,
  MORE_CHILDREN,
  OPEN_FEEDS,
  OPEN_STREAMS,
  PAUSED_QUEUES,
  PAYLOAD_LIMIT,
  PEER_FRAME_LIMIT,
  PRIORITY_MAX,
  QUEUE_NAME_LENGTH,
  QUEUE_WEIGHT,
  READ_WINDOW,
  READ_WINDOW_SIZE,
  REFUSAL_HEADER,
  REVOKED_TOKENS,
  STATE_LENGTH,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
  TOKEN_NAME_LENGTH,
  VALUE_DEPTH,
  WORKER_CAPACITY,
  WORKER_NAME_LENGTH,
  WORKER_PATH,
} from './limits.ts';
export { nearestName } from './options/nearest-name.ts';
export {
  checkNames,
  type OptionReader,
  type OptionsRead,
  type OptionTable,
  readOptions,
  withoutUndefined,
} from './options/option-table.ts';
export * as option from './options/readers.ts';
export { contentTypeOf, JSON_CONTENT_TYPE, payloadSize, type WirePayload } from './payload.ts';
export { formatRate } from './rate.ts';
export { decideRetry, isExhausted, MAX_REQUEUES } from './retry.ts';
export {
  firstIllegalStep,
  HISTORY_HEAD,
  HISTORY_TAIL,
  type HistoryStep,
  isLegal,
  isReservedState,
  isTerminal,
  TRANSITIONS,
} from './state.ts';
export { checkValue } from './values/check-value.ts';
export { isForbidden } from './values/forbidden.ts';
export { decodeValue, encodeValue } from './values/json.ts';
export { kindOf, placeOf, stepTo } from './values/place.ts';
export { agree } from './version.ts';
