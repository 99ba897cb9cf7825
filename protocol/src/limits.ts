/** Bounds of the wire. Each is a default that the gateway announces in its welcome. */

/** One payload: arguments, result or error; in UTF-16 units. In a frame each of them is at most six bytes. */
export const PAYLOAD_LIMIT = 256 * 1024;
/**
 * How deep a value may be nested, when it is written and when it is read. Whoever walks a value does so by recursion,
 * serializers included: a body of 256 KB can nest 100,000 deep, which no stack takes. What people pass is below ten.
 */
export const VALUE_DEPTH = 100;
/** One frame that the gateway takes, from a client or a worker, in the bytes that travel. */
export const FRAME_LIMIT = 2 * 1024 * 1024;
/** One frame that a client or worker takes which does not announce another limit; a client may announce no less. */
export const PEER_FRAME_LIMIT = 4 * 1024 * 1024;
/** What a worker, or a gateway to it, may announce at least. */
export const WORKER_FRAME_LEAST = 64 * 1024;
/** Where a sender starts another frame. Beyond about 100 tasks a frame nothing is gained (measured). */
export const FRAME_SOFT_LIMIT = 256 * 1024;
/** The first frame of a worker, with its token; larger ones are taken once it is admitted. */
export const FIRST_FRAME_LIMIT = 30 * 1024;
/** All that a worker says of itself before it is welcomed: definitions, and attempts that it holds. */
export const HELLO_LIMIT = 16 * 1024 * 1024;
/** Items in one frame to a gateway, where nothing else is said. */
export const FRAME_ITEMS = 1_000;
/** Items of a list that comes from a gateway, and has no other bound. A larger frame than these fill is refused by its size. */
export const HEARD_ITEMS = 100_000;
/** Tasks that one frame watches, or watches no more. */
export const WATCH_ITEMS = 100_000;
/** Commands, and pages of history, in one frame. */
export const CONTROL_ITEMS = 100;
export const LIST_ITEMS = 10;
/** One whole call: arguments, headers, texts and links with all of theirs, in the bytes that travel. */
export const CALL_LIMIT = 1024 * 1024;

export const TASK_ID_LENGTH = 255;
export const TASK_NAME_LENGTH = 255;
export const QUEUE_NAME_LENGTH = 255;
export const WORKER_NAME_LENGTH = 255;
/** Of what names something else of a worker's: its host, its version, an attempt of a gateway's. */
export const WORD_LENGTH = 255;
/** Of what names an attempt or a session. */
export const NONCE_LENGTH = 64;
export const MACHINE_LENGTH = 16;
export const MESSAGE_LENGTH = 10_000;
/** Names a store, or a run of a gateway. */
export const EPOCH_LENGTH = 100;
/** Of a custom state. */
export const STATE_LENGTH = 100;
/** Of the name of what wrote a payload. */
export const CONTENT_TYPE_LENGTH = 100;
/** The parameters of a task that are shown, and the length of their names. */
export const PARAMETERS = 100;
export const PARAMETER_NAME_LENGTH = 1_000;
/** Of a call's headers, as JSON, and of what may be shown of its arguments. */
export const HEADERS_LENGTH = 16_384;
export const ARGS_REPR_LENGTH = 1_024;
/** Retries, starts, arguments, protocols: what somebody counts that is small. */
export const MAX_COUNT = 1_000_000;

/** Submits without a receipt, per client. */
export const IN_FLIGHT_TASKS = 50_000;
export const IN_FLIGHT_BYTES = 16 * 1024 * 1024;
/** Watches on tasks that this client did not submit itself. */
export const FOREIGN_WATCHES = 10_000;
/** Calls that are linked to one call, and to those, in all. */
export const LINKED_CALLS = 1_000;
/** Links may have links of their own: so deep, and so many each. */
export const LINKS_DEEP = 20;
export const LINKS_EACH = 100;
/** Task definitions that one client or worker may bring. */
export const DEFINITIONS = 10_000;
/** Calls of one body that are shown as its children, and one more that is remembered as a sign that there were more. */
export const CHILDREN_SHOWN = 1_000;
export const CHILDREN = CHILDREN_SHOWN + 1;
/** Stands among the ids of children, where a report had no room for all of them. It is no id. */
export const MORE_CHILDREN = '';
export const WORKER_CAPACITY = 10_000;
/** Items of a frame to a worker: all that it can hold, and as many that it has not heard the end of. */
export const TOLD_ITEMS = 2 * WORKER_CAPACITY;
/** Queues that one worker takes from. */
export const QUEUES = 1_000;
/** Runs at the same time, of a task or of one of its keys: what a limit may be at most. */
export const CONCURRENCY_LIMIT = 10_000;
export const CONCURRENCY_KEY_LENGTH = 255;
/** Queues that are paused at a time. */
export const PAUSED_QUEUES = 10_000;
/** A token as it travels, and the `sub` or `jti` that one is revoked by. */
export const TOKEN_LENGTH = 16_384;
export const TOKEN_NAME_LENGTH = 1_024;
/** Of a file on the gateway’s machine that a backup is written to. */
export const FILE_NAME_LENGTH = 1_024;
/** Revocations of tokens that are kept at a time. */
export const REVOKED_TOKENS = 10_000;
/** A queue with the weight 2 gets twice the share of a worker's slots that one with 1 gets. */
export const QUEUE_WEIGHT = 1_000;
/** What a worker may say of how a run died. */
export const LOSS_LENGTH = 1_000;

/** How long the handlers of a task may take, where neither the task nor its worker says. */
export const HANDLER_TIMEOUT_MS = 60_000;

/** Chunks of one attempt that the gateway has not taken over, and their size; then `emit` waits, and at twice as many it throws. */
export const CHUNK_WINDOW = 256;
export const CHUNK_WINDOW_SIZE = 256 * 1024;
/** Chunks on their way to one reader that it has not taken, and their size; a single larger one goes alone. */
export const READ_WINDOW = 256;
export const READ_WINDOW_SIZE = 64 * 1024;
/** Streams that one client reads at a time. */
export const OPEN_STREAMS = 100;

/** Feeds that one client has open at a time. */
export const OPEN_FEEDS = 20;
/** Rows that a feed of tasks, or a page of history, has at most, and by default. */
export const FEED_ROWS = 5_000;
export const FEED_ROWS_DEFAULT = 500;

/** Priorities go from 0 to 9; 9 is first on every engine. */
export const PRIORITY_MAX = 9;

export interface Limits {
  /** In UTF-16 units; all other sizes are bytes. */
  readonly payload: number;
  readonly frame: number;
  readonly call?: number;
  readonly inFlightTasks: number;
  readonly inFlightBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  payload: PAYLOAD_LIMIT,
  frame: FRAME_LIMIT,
  call: CALL_LIMIT,
  inFlightTasks: IN_FLIGHT_TASKS,
  inFlightBytes: IN_FLIGHT_BYTES,
};

/**
 * The largest count, index or sequence that a peer may name: half of what a double counts exactly (2 ** 53). What is added to
 * one here stays exact; from 2 ** 53 on `index + 1` is `index`, and a loop that counts up would never end.
 */
export const COUNT_LIMIT = 2 ** 52;

/** Paths of clients and of workers on the gateway's one port. */
export const CLIENT_PATH = '/socket.io';
export const WORKER_PATH = '/worker';
/**
 * What a client of ours has in its address (`?celeriac=1`): it is none of another socket.io's on the same server, and where it may
 * not come in it is told why over its WebSocket, since a page sees nothing of an HTTP answer.
 */
export const CLIENT_MARK = 'celeriac';
/** The header of a gateway's own HTTP refusal: a {@link Refusal} as JSON, percent-encoded. A proxy's refusal has none. */
export const REFUSAL_HEADER = 'celeriac-refusal';
