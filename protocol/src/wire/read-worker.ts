/** Guards for what a worker sends; see worker-link.ts for the conversation. */
import { MAX_DURATION_MS } from '../duration.ts';
import {
  CHILDREN,
  DEFINITIONS,
  FRAME_ITEMS,
  LOSS_LENGTH,
  QUEUE_NAME_LENGTH,
  QUEUE_WEIGHT,
  TASK_ID_LENGTH,
  TOKEN_LENGTH,
  WORKER_CAPACITY,
} from '../limits.ts';
import {
  expected,
  FrameError,
  readFlag,
  readInteger,
  readList,
  readObject,
  readPayload,
  readText,
  readTextOrNull,
} from './guard.ts';
import { readProtocolRange, readRefresh } from './read-client.ts';
import { readDefinition, readTaskOptions } from './read-options.ts';
import type {
  ChunksItem,
  HeldAttempt,
  Outcome,
  PoolKind,
  ProgressItem,
  SettledItem,
  WorkerBeat,
  WorkerFrame,
  WorkerHello,
} from './worker-link.ts';

const NONCE_LENGTH = 64;
const NAME_LENGTH = 255;
const STATE_LENGTH = 100;
const QUEUES = 1_000;
const COUNT = Number.MAX_SAFE_INTEGER;

/**
 * Reads one frame of text.
 * @param payloadLimit size of one result, error or progress meta
 * @throws FrameError when it is not JSON, not a known type, or its body is malformed
 */
export function readWorkerFrame(text: string, payloadLimit: number): WorkerFrame {
  const [type, body] = readList(parse(text), 'frame', 2);
  switch (type) {
    case 'hello':
      return ['hello', readWorkerHello(body, payloadLimit)];
    case 'started':
      return [
        'started',
        readList(body, 'started', WORKER_CAPACITY).map((nonce) => readNonce(nonce, 'started[]')),
      ];
    case 'progress':
      return [
        'progress',
        readList(body, 'progress', FRAME_ITEMS).map((item) => readProgress(item, payloadLimit)),
      ];
    case 'chunks':
      return ['chunks', readList(body, 'chunks', FRAME_ITEMS).map((item) => readChunks(item, payloadLimit))];
    case 'settled':
      return [
        'settled',
        readList(body, 'settled', FRAME_ITEMS).map((item) => readSettled(item, payloadLimit)),
      ];
    case 'release':
      return [
        'release',
        readList(body, 'release', WORKER_CAPACITY).map((nonce) => readNonce(nonce, 'release[]')),
      ];
    case 'capacity':
      return ['capacity', readInteger(body, 'capacity', 0, WORKER_CAPACITY)];
    case 'beat':
      return ['beat', readBeat(body)];
    case 'refresh':
      return ['refresh', readRefresh(body)];
    case 'bye':
      return ['bye', null];
    default:
      throw expected('a known frame type', 'frame[0]', type);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FrameError('expected a frame of JSON');
  }
}

function readWorkerHello(value: unknown, payloadLimit: number): WorkerHello {
  const hello = readObject(value, 'hello');
  return {
    protocol: readProtocolRange(hello['protocol'], 'hello.protocol'),
    token: readTextOrNull(hello['token'], 'hello.token', TOKEN_LENGTH),
    bootId: readText(hello['bootId'], 'hello.bootId', NAME_LENGTH),
    name: readText(hello['name'], 'hello.name', NAME_LENGTH),
    host: readText(hello['host'], 'hello.host', NAME_LENGTH),
    pid: readInteger(hello['pid'], 'hello.pid', 0, 2 ** 32),
    version: readText(hello['version'], 'hello.version', NAME_LENGTH),
    ageMs: readInteger(hello['ageMs'], 'hello.ageMs', 0, COUNT),
    pool: readPool(hello['pool']),
    concurrency: readInteger(hello['concurrency'], 'hello.concurrency', 1, WORKER_CAPACITY),
    queues: readList(hello['queues'], 'hello.queues', QUEUES).map((queue) =>
      readText(queue, 'hello.queues[]', QUEUE_NAME_LENGTH),
    ),
    weights: readList(hello['weights'], 'hello.weights', QUEUES).map(readWeight),
    definitions: readList(hello['definitions'], 'hello.definitions', DEFINITIONS).map((definition) =>
      readDefinition(definition, 'hello.definitions[]'),
    ),
    appOptions: readTaskOptions(hello['appOptions'], 'hello.appOptions'),
    capacity: readInteger(hello['capacity'], 'hello.capacity', 0, WORKER_CAPACITY),
    session: readTextOrNull(hello['session'], 'hello.session', NONCE_LENGTH),
    held: readList(hello['held'], 'hello.held', 2 * WORKER_CAPACITY).map((item) =>
      readHeld(item, payloadLimit),
    ),
  };
}

function readPool(value: unknown): PoolKind {
  if (value === 'inline' || value === 'threads' || value === 'processes') return value;
  throw expected('a known pool', 'hello.pool', value);
}

function readWeight(value: unknown): readonly [string, number] {
  const [queue, weight] = readList(value, 'hello.weights[]', 2);
  return [
    readText(queue, 'hello.weights.queue', QUEUE_NAME_LENGTH),
    readInteger(weight, 'hello.weights.weight', 1, QUEUE_WEIGHT),
  ];
}

function readBeat(value: unknown): WorkerBeat {
  const beat = readObject(value, 'beat');
  const count = (fact: keyof WorkerBeat): number => readInteger(beat[fact], `beat.${fact}`, 0, COUNT);
  return {
    count: count('count'),
    running: count('running'),
    waiting: count('waiting'),
    concurrency: count('concurrency'),
    takes: readFlag(beat['takes'], 'beat.takes'),
    lagMs: count('lagMs'),
    rssBytes: count('rssBytes'),
    cpuPercent: count('cpuPercent'),
  };
}

function readHeld(value: unknown, payloadLimit: number): HeldAttempt {
  const [id, attempt, nonce, started, progress] = readList(value, 'hello.held[]', 5);
  const [state, meta] = progress == null ? [] : readList(progress, 'hello.held[].progress', 2);
  return [
    readText(id, 'held.id', TASK_ID_LENGTH),
    readAttempt(attempt, 'held.attempt'),
    readNonce(nonce, 'held.nonce'),
    readFlag(started, 'held.started'),
    progress == null
      ? null
      : [
          readText(state, 'held.progress.state', STATE_LENGTH),
          readPayload(meta, 'held.progress.meta', payloadLimit),
        ],
  ];
}

function readProgress(value: unknown, payloadLimit: number): ProgressItem {
  const [nonce, state, meta] = readList(value, 'progress[]', 3);
  return [
    readNonce(nonce, 'progress.nonce'),
    readText(state, 'progress.state', STATE_LENGTH),
    readPayload(meta, 'progress.meta', payloadLimit),
  ];
}

function readSettled(value: unknown, payloadLimit: number): SettledItem {
  const [nonce, id, attempt, outcome, children, chunks] = readList(value, 'settled[]', 6);
  const item: readonly [string, string, number, Outcome] = [
    readNonce(nonce, 'settled.nonce'),
    readText(id, 'settled.id', TASK_ID_LENGTH),
    readAttempt(attempt, 'settled.attempt'),
    readOutcome(outcome, payloadLimit),
  ];
  if (chunks != null) {
    const count = readInteger(chunks, 'settled.chunks', 0, Number.MAX_SAFE_INTEGER);
    return [...item, children == null ? [] : readChildren(children), count];
  }
  return children == null ? item : [...item, readChildren(children)];
}

function readChunks(value: unknown, payloadLimit: number): ChunksItem {
  const [nonce, first, payloads] = readList(value, 'chunks[]', 3);
  return [
    readNonce(nonce, 'chunks.nonce'),
    readInteger(first, 'chunks.first', 0, Number.MAX_SAFE_INTEGER),
    readList(payloads, 'chunks.payloads', FRAME_ITEMS).map((payload) =>
      readPayload(payload, 'chunks.payload', payloadLimit),
    ),
  ];
}

function readChildren(value: unknown): readonly string[] {
  return readList(value, 'settled.children', CHILDREN).map((id) =>
    readText(id, 'settled.children[]', TASK_ID_LENGTH),
  );
}

function readOutcome(value: unknown, payloadLimit: number): Outcome {
  const [kind, first, second, third, fourth, fifth] = readList(value, 'settled.outcome', 6);
  switch (kind) {
    case 'success':
      return ['success', readPayload(first, 'outcome.result', payloadLimit)];
    case 'failure':
      return ['failure', readPayload(first, 'outcome.error', payloadLimit)];
    case 'retry':
      return readRetry([first, second, third, fourth, fifth], payloadLimit);
    case 'ignored':
      return ['ignored'];
    case 'rejected':
      return [
        'rejected',
        readPayload(first, 'outcome.error', payloadLimit),
        readFlag(second, 'outcome.requeue'),
      ];
    case 'timed-out':
      return ['timed-out', readPayload(first, 'outcome.error', payloadLimit)];
    case 'lost':
      return ['lost', readText(first, 'outcome.why', LOSS_LENGTH)];
    default:
      throw expected('a known outcome', 'settled.outcome[0]', kind);
  }
}

function readRetry(fields: readonly unknown[], payloadLimit: number): Outcome {
  const [error, exhausted, countdownMs, maxRetries = 'task', args] = fields;
  return [
    'retry',
    readPayload(error, 'outcome.error', payloadLimit),
    readPayload(exhausted, 'outcome.exhausted', payloadLimit),
    countdownMs == null ? null : readInteger(countdownMs, 'outcome.countdownMs', 0, MAX_DURATION_MS),
    maxRetries === null || maxRetries === 'task'
      ? maxRetries
      : readInteger(maxRetries, 'outcome.maxRetries', 0, 1_000_000),
    args == null ? null : readPayload(args, 'outcome.args', payloadLimit),
  ];
}

function readNonce(value: unknown, place: string): string {
  return readText(value, place, NONCE_LENGTH);
}

function readAttempt(value: unknown, place: string): number {
  return readInteger(value, place, 1, Number.MAX_SAFE_INTEGER);
}
