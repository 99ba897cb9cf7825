/** Guards for what a worker sends; see worker-link.ts for the conversation. */
import type { Definition } from '../definition.ts';
import {
  CHILDREN,
  COUNT_LIMIT,
  DEFINITIONS,
  FRAME_ITEMS,
  MORE_CHILDREN,
  QUEUE_NAME_LENGTH,
  QUEUE_WEIGHT,
  TASK_ID_LENGTH,
  WORKER_CAPACITY,
  WORKER_FRAME_LEAST,
} from '../limits.ts';
import type { WirePayload } from '../payload.ts';
import {
  expected,
  FrameError,
  readFlag,
  readInteger,
  readList,
  readObject,
  readText,
  readTextOrNull,
} from './guard.ts';
import { readProtocolRange, readRefresh } from './read-client.ts';
import { readDefinition, readTaskOptions } from './read-options.ts';
import { readFitting, readFittingOutcome } from './read-outcome.ts';
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
  WorkerKnock,
} from './worker-link.ts';

const NONCE_LENGTH = 64;
const NAME_LENGTH = 255;
const STATE_LENGTH = 100;
const MACHINE_LENGTH = 16;
const QUEUES = 1_000;

/**
 * Reads one frame of text. A payload that is too large costs its own attempt only: an outcome becomes a failure that says so,
 * progress and chunks are left out.
 * @param payloadLimit size of one result, error or progress meta
 * @throws FrameError when it is not JSON, not a known type, or its body is malformed
 */
export function readWorkerFrame(text: string, payloadLimit: number): WorkerFrame {
  const [type, body] = readList(parse(text), 'frame', 2);
  switch (type) {
    case 'knock':
      return ['knock', readKnock(readObject(body, 'knock'), 'knock')];
    case 'definitions':
      return ['definitions', readDefinitions(body, 'definitions', FRAME_ITEMS)];
    case 'held':
      return [
        'held',
        readList(body, 'held', FRAME_ITEMS).map((item): HeldAttempt => {
          const [id, attempt, nonce, started] = readHeld(item, payloadLimit);
          return [id, attempt, nonce, started, null];
        }),
      ];
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
        readList(body, 'progress', FRAME_ITEMS).flatMap((item) => readProgress(item, payloadLimit)),
      ];
    case 'chunks':
      return [
        'chunks',
        readList(body, 'chunks', FRAME_ITEMS).flatMap((item) => readChunks(item, payloadLimit)),
      ];
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

function readKnock(fields: Readonly<Record<string, unknown>>, place: string): WorkerKnock {
  return {
    protocol: readProtocolRange(fields['protocol'], `${place}.protocol`),
    token: readTextOrNull(fields['token'], `${place}.token`, 16_384),
  };
}

function readDefinitions(value: unknown, place: string, limit: number): readonly Definition[] {
  return readList(value, place, limit).map((definition) => readDefinition(definition, `${place}[]`));
}

function readWorkerHello(value: unknown, payloadLimit: number): WorkerHello {
  const hello = readObject(value, 'hello');
  return {
    ...readKnock(hello, 'hello'),
    bootId: readText(hello['bootId'], 'hello.bootId', NAME_LENGTH),
    name: readText(hello['name'], 'hello.name', NAME_LENGTH),
    host: readText(hello['host'], 'hello.host', NAME_LENGTH),
    pid: readInteger(hello['pid'], 'hello.pid', 0, 2 ** 32),
    ...(hello['machine'] == null
      ? undefined
      : { machine: readText(hello['machine'], 'hello.machine', MACHINE_LENGTH) }),
    ...(hello['gone'] == null ? undefined : { gone: readText(hello['gone'], 'hello.gone', NONCE_LENGTH) }),
    version: readText(hello['version'], 'hello.version', NAME_LENGTH),
    ageMs: readInteger(hello['ageMs'], 'hello.ageMs', 0, COUNT_LIMIT),
    pool: readPool(hello['pool']),
    concurrency: readInteger(hello['concurrency'], 'hello.concurrency', 1, WORKER_CAPACITY),
    queues: readList(hello['queues'], 'hello.queues', QUEUES).map((queue) =>
      readText(queue, 'hello.queues[]', QUEUE_NAME_LENGTH),
    ),
    weights: readList(hello['weights'], 'hello.weights', QUEUES).map(readWeight),
    definitions: readDefinitions(hello['definitions'], 'hello.definitions', DEFINITIONS),
    appOptions: readTaskOptions(hello['appOptions'], 'hello.appOptions'),
    capacity: readInteger(hello['capacity'], 'hello.capacity', 0, WORKER_CAPACITY),
    session: readTextOrNull(hello['session'], 'hello.session', NONCE_LENGTH),
    held: readList(hello['held'], 'hello.held', 2 * WORKER_CAPACITY).map((item) =>
      readHeld(item, payloadLimit),
    ),
    ...(hello['frameLimit'] == null
      ? undefined
      : {
          frameLimit: readInteger(hello['frameLimit'], 'hello.frameLimit', WORKER_FRAME_LEAST, COUNT_LIMIT),
        }),
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
  const count = (fact: keyof WorkerBeat): number => readInteger(beat[fact], `beat.${fact}`, 0, COUNT_LIMIT);
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
  const shown = progress == null ? undefined : readFitting(meta, 'held.progress.meta', payloadLimit);
  return [
    readText(id, 'held.id', TASK_ID_LENGTH),
    readAttempt(attempt, 'held.attempt'),
    readNonce(nonce, 'held.nonce'),
    readFlag(started, 'held.started'),
    shown === undefined ? null : [readText(state, 'held.progress.state', STATE_LENGTH), shown],
  ];
}

/** @returns nothing where its meta is too large */
function readProgress(value: unknown, payloadLimit: number): readonly ProgressItem[] {
  const [nonce, state, meta] = readList(value, 'progress[]', 3);
  const shown = readFitting(meta, 'progress.meta', payloadLimit);
  const item = [readNonce(nonce, 'progress.nonce'), readText(state, 'progress.state', STATE_LENGTH)] as const;
  return shown === undefined ? [] : [[...item, shown]];
}

function readSettled(value: unknown, payloadLimit: number): SettledItem {
  const [nonce, id, attempt, outcome, children, chunks] = readList(value, 'settled[]', 6);
  const item: readonly [string, string, number, Outcome] = [
    readNonce(nonce, 'settled.nonce'),
    readText(id, 'settled.id', TASK_ID_LENGTH),
    readAttempt(attempt, 'settled.attempt'),
    readFittingOutcome(outcome, payloadLimit),
  ];
  if (chunks != null) {
    const count = readInteger(chunks, 'settled.chunks', 0, COUNT_LIMIT);
    return [...item, children == null ? [] : readChildren(children), count];
  }
  return children == null ? item : [...item, readChildren(children)];
}

/** What is too large is missing in the stream: what follows it is an item of its own. */
function readChunks(value: unknown, payloadLimit: number): readonly ChunksItem[] {
  const [nonce, first, payloads] = readList(value, 'chunks[]', 3);
  const from = readInteger(first, 'chunks.first', 0, COUNT_LIMIT);
  const whose = readNonce(nonce, 'chunks.nonce');
  let run: WirePayload[] = [];
  const items: ChunksItem[] = [[whose, from, run]];
  for (const [position, payload] of readList(payloads, 'chunks.payloads', FRAME_ITEMS).entries()) {
    const chunk = readFitting(payload, 'chunks.payload', payloadLimit);
    if (chunk !== undefined) run.push(chunk);
    else {
      run = [];
      items.push([whose, from + position + 1, run]);
    }
  }
  return items;
}

function readChildren(value: unknown): readonly string[] {
  return readList(value, 'settled.children', CHILDREN).map((id) =>
    id === MORE_CHILDREN ? id : readText(id, 'settled.children[]', TASK_ID_LENGTH),
  );
}

function readNonce(value: unknown, place: string): string {
  return readText(value, place, NONCE_LENGTH);
}

function readAttempt(value: unknown, place: string): number {
  return readInteger(value, place, 1, COUNT_LIMIT);
}
