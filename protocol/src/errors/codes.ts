/** The codes of errors. A code is what travels, and what a program should match on. */

/** Why the gateway refuses a call, a frame or a connection; some a client or worker says to itself. */
export const REFUSAL_CODES = [
  'BACKUP_FAILED',
  'BACKUP_REFUSED',
  'BAD_FRAME',
  'BAD_HOST',
  'BAD_OPTIONS',
  'BAD_ORIGIN',
  'CALL_TOO_LARGE',
  'ENGINE_FAILED',
  'FORBIDDEN',
  'FRAME_TOO_LARGE',
  'ID_CONFLICT',
  'KEY_REQUIRED',
  'NAME_TAKEN',
  'OUTBOX_FULL',
  'OVERLOADED',
  'PAYLOAD_TOO_LARGE',
  'QUEUE_FULL',
  'QUEUE_NOT_FOUND',
  'RATE_LIMITED',
  /** In the place of a code that only a newer gateway knows. */
  'REFUSED',
  'REPLACED',
  'SHUTTING_DOWN',
  'SLOW_READER',
  'STORAGE_FULL',
  'TASK_NOT_DEFINED',
  'TASK_NOT_FOUND',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'TOO_MANY_CALLS',
  'TOO_MANY_CONNECTIONS',
  'TOO_MANY_DEFINITIONS',
  'TOO_MANY_FEEDS',
  'TOO_MANY_LINKS',
  'TOO_MANY_NAMES',
  'TOO_MANY_PAUSES',
  'TOO_MANY_QUEUES',
  'TOO_MANY_REVOCATIONS',
  'TOO_MANY_STREAMS',
  'TOO_MANY_WATCHES',
  'UNAUTHENTICATED',
  'UNSUPPORTED_PROTOCOL',
  'WORKER_NOT_FOUND',
] as const;

/** Why the gateway refuses something: the `code` of a {@link RefusedError}. */
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Codes of errors that have no class of their own here: of a connection, a frame, a store, a worker and its pool, its task files. */
export type PlainErrorCode =
  | 'BAD_FRAME'
  | 'BAD_STORE'
  | 'CHILDREN_BROKEN'
  | 'CONNECTION_LOST'
  | 'CONNECT_FAILED'
  | 'ENGINE_FAILED'
  | 'LEASE_LOST'
  | 'NO_TOKEN'
  | 'PAYLOAD_TOO_LARGE'
  | 'TASK_FILE'
  | 'WORKER_SHUTDOWN';

/** The `code` of an error that Celeriac makes. */
export type ErrorCode =
  | RefusalCode
  | PlainErrorCode
  | 'BAD_OPTION'
  | 'BAD_PAYLOAD'
  | 'CLOSED'
  | 'GATEWAY_UNREACHABLE'
  | 'MAX_RETRIES_EXCEEDED'
  | 'NOT_ACCEPTED'
  | 'RESULT_GONE'
  | 'SOFT_TIME_LIMIT_EXCEEDED'
  | 'STREAM_FULL'
  | 'STREAM_GAP'
  | 'STREAM_RESTARTED'
  | 'TASK_REVOKED'
  | 'TIMEOUT'
  | 'TIME_LIMIT_EXCEEDED'
  | 'UNKNOWN_TASK'
  | 'USAGE'
  | 'WORKER_LOST';
