/** What an ordinary call needs of all this, and nothing else: a page loads what stands here. */
export { conflictText, differencesOf } from './call-difference.ts';
export { parseDuration, show } from './duration.ts';
export { errorOf, isError, messageOf, textOf } from './error-fields.ts';
export { decodeFailure, rebuildError } from './failure.ts';
export { jsonBytes, textBytes } from './frames/bytes.ts';
export { FrameError, unexpected } from './frames/guard.ts';
export { MONITOR_EVENTS } from './frames/monitor-events.ts';
export { RECEIPT_TOLD } from './frames/receipt.ts';
export { readRefusal } from './frames/refusal.ts';
export { readHandshake, readTurnedAway, SESSION_ANSWERS, SESSION_TOLD } from './frames/session.ts';
export { readShape } from './frames/shape.ts';
export { WATCH_ANSWERS, WATCH_TOLD } from './frames/watch.ts';
export { GATEWAY_FRAME_NAMES } from './gateway-frame-names.ts';
export {
  ARGS_REPR_LENGTH,
  CALL_LIMIT,
  CHILDREN,
  CHILDREN_SHOWN,
  CLIENT_MARK,
  CLIENT_PATH,
  CONCURRENCY_KEY_LENGTH,
  CONCURRENCY_LIMIT,
  CONTENT_TYPE_LENGTH,
  DEFAULT_LIMITS,
  FEED_ROWS,
  FEED_ROWS_DEFAULT,
  FOREIGN_WATCHES,
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  HEADERS_LENGTH,
  LINKED_CALLS,
  LINKS_DEEP,
  LINKS_EACH,
  LIST_ITEMS,
  MAX_COUNT,
  MORE_CHILDREN,
  PEER_FRAME_LIMIT,
  PRIORITY_MAX,
  QUEUE_NAME_LENGTH,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
} from './limits.ts';
export { nearestName } from './options/nearest-name.ts';
export { checkNames, readOptions, withoutUndefined } from './options/option-table.ts';
export * as option from './options/readers.ts';
export { contentTypeOf, JSON_CONTENT_TYPE, payloadSize } from './payload.ts';
export { HISTORY_HEAD, HISTORY_TAIL, isTerminal } from './state.ts';
export { decodeValue, encodeValue } from './values/json.ts';
