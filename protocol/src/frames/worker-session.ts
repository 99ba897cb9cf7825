/**
 * A worker's session: JSON text frames over one plain WebSocket at `/worker`, each `[name, body]`. It begins with a hello, or with
 * a knock where that is too long for a first frame; and outlives its sockets by the grace.
 */
import type { Definition, WireTaskOptions } from '../definition.ts';
import { MAX_DURATION_MS } from '../duration.ts';
import {
  COUNT_LIMIT,
  DEFINITIONS,
  FRAME_ITEMS,
  MACHINE_LENGTH,
  MAX_COUNT,
  MESSAGE_LENGTH,
  NONCE_LENGTH,
  QUEUE_WEIGHT,
  QUEUES,
  STATE_LENGTH,
  TASK_ID_LENGTH,
  TOLD_ITEMS,
  WORD_LENGTH,
  WORKER_CAPACITY,
  WORKER_FRAME_LEAST,
  WORKER_NAME_LENGTH,
} from '../limits.ts';
import type { WirePayload } from '../payload.ts';
import { each, every, frame, heard, single } from './frame.ts';
import { readFlag, readInteger, readList, readObject, readText } from './guard.ts';
import { definition, taskOptions } from './options.ts';
import { readFitting } from './outcome.ts';
import { answer } from './refusal.ts';
import {
  count,
  type FrameReader,
  flag,
  integer,
  list,
  maybe,
  nullable,
  oneOf,
  readShape,
  record,
  row,
  upTo,
} from './shape.ts';
import { queueName, readProtocolRange, readTokenEnd, TOKEN_END, taskName, token } from './words.ts';

/** Before a worker is admitted, it is heard for one short frame only. */
const KNOCK = { protocol: readProtocolRange, token: nullable(token) };
const readKnock = record(KNOCK);
export type WorkerKnock = ReturnType<typeof readKnock>;

/** What a worker goes on with after a reconnect. By hand: there may be 20,000, and one whose progress is too large is shown without. */
function readHeld(
  value: unknown,
  payloadLimit: number,
): readonly [
  id: string,
  attempt: number,
  nonce: string,
  started: boolean,
  progress: readonly [state: string, meta: WirePayload] | null,
] {
  const [id, attempt, nonce, started, progress] = readList(value, 'held[]', 5);
  const [state, meta] = progress == null ? [] : readList(progress, 'held[].progress', 2);
  const shown = progress == null ? undefined : readFitting(meta, 'held.progress.meta', payloadLimit);
  return [
    readText(id, 'held.id', TASK_ID_LENGTH),
    readInteger(attempt, 'held.attempt', 1, COUNT_LIMIT),
    readText(nonce, 'held.nonce', NONCE_LENGTH),
    readFlag(started, 'held.started'),
    shown === undefined ? null : [readText(state, 'held.progress.state', STATE_LENGTH), shown],
  ];
}
export type HeldAttempt = ReturnType<typeof readHeld>;

/** Where a worker runs bodies. */
export type PoolKind = 'inline' | 'threads' | 'processes';
const word = upTo(WORD_LENGTH);

const hello = record({
  ...KNOCK,
  /** Unique per start of a worker. */
  bootId: word,
  name: upTo(WORKER_NAME_LENGTH),
  host: word,
  pid: integer(0, 2 ** 32),
  /** The same for processes that see each other's pids, and for no others; absent where that is not known. */
  machine: maybe(upTo(MACHINE_LENGTH)),
  /** The session that has its name, as a refusal told: it has looked on its machine, and there is no such process any more. */
  gone: maybe(upTo(NONCE_LENGTH)),
  /** Of its package. */
  version: word,
  /** How long it has been there, in milliseconds: its clock may be wrong. */
  ageMs: count,
  pool: oneOf<PoolKind>(['inline', 'threads', 'processes']),
  /** Bodies that may run at the same time. */
  concurrency: integer(1, WORKER_CAPACITY),
  queues: list(queueName, QUEUES),
  /** Of those queues that are to get another share of its room than 1. */
  weights: list(row<readonly [queue: string, weight: number]>(queueName, integer(1, QUEUE_WEIGHT)), QUEUES),
  definitions: list<Definition>(definition, DEFINITIONS),
  /** The app's own defaults, below every other source. */
  appOptions: taskOptions as FrameReader<WireTaskOptions>,
  /** How many unsettled attempts it takes: concurrency plus prefetch. */
  capacity: integer(0, WORKER_CAPACITY),
  session: nullable(upTo(NONCE_LENGTH)),
  /** The largest frame that it takes, in bytes; absent for 4 MB. */
  frameLimit: maybe(integer(WORKER_FRAME_LEAST, COUNT_LIMIT)),
});
const helloHeld = every(readHeld);
export type WorkerHello = ReturnType<typeof hello> & { readonly held: readonly HeldAttempt[] };

function readHello(value: unknown, place: string, _bound: number, payloadLimit: number): WorkerHello {
  const said = readShape(hello, value, place);
  const { held } = readObject(value, place);
  return { ...said, held: helloHeld(held, `${place}.held`, 2 * WORKER_CAPACITY, payloadLimit) };
}

/** How a worker does. Said with each beat, and kept in the gateway's memory until the next. */
const VITALS = {
  /** Slots that are taken. */
  running: count,
  /** Attempts that it holds and that have no slot yet. */
  waiting: count,
  concurrency: count,
  /** Whether it takes new tasks: not while it is drained, or stops. */
  takes: flag,
  /** For how long its event loop was held at most since the last beat. */
  lagMs: count,
  /** Resident memory of its process, and of its children where they are processes. */
  rssBytes: count,
  /** Processor time of its process since the last beat, for each 100 of time: 100 is one processor without a pause. */
  cpuPercent: count,
};
const readBeat = record({ ...VITALS, count });
export type WorkerBeat = ReturnType<typeof readBeat>;
export type WorkerVitals = Omit<WorkerBeat, 'count'>;

const nonce = upTo(WORD_LENGTH);
const lasting = integer(1, MAX_DURATION_MS);
const frameLimit = integer(WORKER_FRAME_LEAST, COUNT_LIMIT);

const readWorkerWelcome = record({
  protocol: integer(0, MAX_COUNT),
  session: word,
  /** False: the session named in the hello is gone, and its attempts with it. */
  resumed: flag,
  epoch: word,
  /** Nonces among the held ones that this worker has lost; their bodies must be aborted. */
  lost: list(nonce, TOLD_ITEMS),
  leaseMs: lasting,
  heartbeatMs: lasting,
  payloadLimit: integer(1, COUNT_LIMIT),
  /**
   * Tasks, the first of them, whose definition the gateway keeps as it was: they belong to a queue that this worker's token
   * does not let it work on.
   */
  refused: maybe(list(taskName, TOLD_ITEMS)),
  ...TOKEN_END,
  /** The largest frame that the gateway takes, in bytes; absent for 2 MB. */
  frameLimit: maybe(frameLimit),
});
export type WorkerWelcome = ReturnType<typeof readWorkerWelcome>;

const readWorkerRefusal = record({
  code: word,
  message: upTo(MESSAGE_LENGTH),
  /** With `NAME_TAKEN`: the session that has the name may be gone by then. Absent, it is alive. */
  retryAfterMs: maybe(integer(0, MAX_DURATION_MS)),
  /** With `NAME_TAKEN`: that session's process, where it is on the worker's machine. */
  holder: maybe(record({ session: word, pid: integer(1, 2 ** 32) })),
});
export type WorkerRefusal = ReturnType<typeof readWorkerRefusal>;

export const WORKER_SESSION_FRAMES = {
  /** With the token; only if the hello is too large for a first frame. */
  knock: frame('worker', 1, single(readKnock)),
  /** After a knock: definitions that do not fit into the hello. */
  definitions: frame('none', FRAME_ITEMS, each(definition)),
  /** After a knock: attempts that do not fit into the hello; without progress, which follows the welcome. */
  held: frame(
    'none',
    FRAME_ITEMS,
    every((item, payloadLimit): HeldAttempt => {
      const [id, attempt, nonce, started] = readHeld(item, payloadLimit);
      return [id, attempt, nonce, started, null];
    }),
  ),
  /** The worker, with the session to resume and the attempts it holds. */
  hello: frame('work', 1, readHello),
  /** How many unsettled attempts it takes from now on. */
  capacity: frame('none', 1, single(integer(0, WORKER_CAPACITY))),
  /** The state of the worker; answered with the same count. Both ends expect it regularly. */
  beat: frame('none', 1, single(readBeat)),
  /** Another token, before the first one expires. */
  refresh: frame('none', 1, single(token)),
  /** The session ends now, without a grace period. */
  bye: frame('none', 1, () => null),
};

export const WORKER_SESSION_TOLD = {
  /** After a knock: the token is accepted, and frames may have their full size. */
  admitted: heard(1, single(record({ frameLimit }))),
  /** With the attempts that it has lost. */
  welcome: heard(1, single(readWorkerWelcome)),
  /** The answer to a beat, with its count. */
  beat: heard(1, single(count)),
  /** Whether the new token has replaced the old one. */
  refreshed: heard(1, single(answer(readTokenEnd))),
  /** The last frame before the connection is closed, with the reason. */
  refused: heard(1, single(readWorkerRefusal)),
};

/** WebSocket close codes of a worker's socket, in the range that RFC 6455 leaves to applications. */
export const CLOSE = {
  /** A malformed frame. */
  badFrame: 4400,
  /** No token, or an expired or revoked one. */
  unauthenticated: 4401,
  /** A token that does not allow this. */
  forbidden: 4403,
  /** No heartbeat in time. */
  heartbeatMissed: 4408,
  /** Its session was resumed on another connection. */
  replaced: 4409,
  /** Another worker has its name. */
  nameTaken: 4410,
  /** No common version. */
  unsupportedProtocol: 4426,
  /** It does not read what it is sent. */
  slowReader: 4429,
  /** The gateway is shutting down. */
  shuttingDown: 4503,
} as const;
