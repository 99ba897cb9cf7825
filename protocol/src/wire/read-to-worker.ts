/** Guards for what the gateway sends to a worker; see worker-link.ts for the conversation. */
import { MAX_DURATION_MS } from '../duration.ts';
import {
  COUNT_LIMIT,
  QUEUE_NAME_LENGTH,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
  WORKER_CAPACITY,
  WORKER_FRAME_LEAST,
} from '../limits.ts';
import type { WirePayload } from '../payload.ts';
import type { TokenRefreshed } from './client-link.ts';
import {
  expected,
  FrameError,
  readFlag,
  readInteger,
  readList,
  readObject,
  readPayload,
  readText,
} from './guard.ts';
import type { Answer } from './refusal.ts';
import type {
  AbortItem,
  Assignment,
  AssignmentContext,
  GatewayWorkerFrame,
  RoomItem,
  SettledAck,
  StartedAck,
  WorkerOrder,
  WorkerRefusal,
  WorkerWelcome,
} from './worker-link.ts';

const NAME_LENGTH = 255;
const MESSAGE_LENGTH = 10_000;
const ITEMS = 2 * WORKER_CAPACITY;
const UNCOMMON = [
  'prepend',
  'rootId',
  'parentId',
  'headers',
  'shadow',
  'argsRepr',
  'timeLimitMs',
  'softTimeLimitMs',
] as const satisfies readonly (keyof AssignmentContext)[];

/** @throws FrameError when the text is not JSON, no known frame, or malformed */
export function readGatewayFrame(text: string): GatewayWorkerFrame {
  const [type, body] = readList(parse(text), 'frame', 2);
  switch (type) {
    case 'assign':
      return ['assign', readList(body, 'assign', ITEMS).map(readAssignment)];
    case 'acks':
      return ['acks', readList(body, 'acks', ITEMS).map(readSettledAck)];
    case 'startedAcks':
      return ['startedAcks', readList(body, 'startedAcks', ITEMS).map(readStartedAck)];
    case 'abort':
      return ['abort', readList(body, 'abort', ITEMS).map(readAbort)];
    case 'room':
      return ['room', readList(body, 'room', ITEMS).map(readRoom)];
    case 'order':
      return ['order', readOrder(body)];
    case 'beat':
      return ['beat', readInteger(body, 'beat', 0, COUNT_LIMIT)];
    case 'refreshed':
      return ['refreshed', readRefreshed(body)];
    case 'admitted': {
      const { frameLimit } = readObject(body, 'admitted');
      return ['admitted', { frameLimit: readFrameLimit(frameLimit, 'admitted.frameLimit') }];
    }
    case 'welcome':
      return ['welcome', readWelcome(body)];
    case 'refused':
      return ['refused', readRefused(body)];
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

function readRefused(value: unknown): WorkerRefusal {
  const { code, message, retryAfterMs, holder } = readObject(value, 'refused');
  return {
    code: readText(code, 'refused.code', NAME_LENGTH),
    message: readText(message, 'refused.message', MESSAGE_LENGTH),
    ...(retryAfterMs == null
      ? undefined
      : { retryAfterMs: readInteger(retryAfterMs, 'refused.retryAfterMs', 0, MAX_DURATION_MS) }),
    ...(holder == null ? undefined : { holder: readHolder(holder) }),
  };
}

function readHolder(value: unknown): NonNullable<WorkerRefusal['holder']> {
  const { session, pid } = readObject(value, 'refused.holder');
  return {
    session: readText(session, 'refused.holder.session', NAME_LENGTH),
    pid: readInteger(pid, 'refused.holder.pid', 1, 2 ** 32),
  };
}

function readWelcome(value: unknown): WorkerWelcome {
  const welcome = readObject(value, 'welcome');
  return {
    protocol: readInteger(welcome['protocol'], 'welcome.protocol', 0, 1_000_000),
    session: readText(welcome['session'], 'welcome.session', NAME_LENGTH),
    resumed: readFlag(welcome['resumed'], 'welcome.resumed'),
    epoch: readText(welcome['epoch'], 'welcome.epoch', NAME_LENGTH),
    lost: readList(welcome['lost'], 'welcome.lost', ITEMS).map((nonce) =>
      readText(nonce, 'welcome.lost[]', NAME_LENGTH),
    ),
    leaseMs: readInteger(welcome['leaseMs'], 'welcome.leaseMs', 1, MAX_DURATION_MS),
    heartbeatMs: readInteger(welcome['heartbeatMs'], 'welcome.heartbeatMs', 1, MAX_DURATION_MS),
    payloadLimit: readInteger(welcome['payloadLimit'], 'welcome.payloadLimit', 1, COUNT_LIMIT),
    ...(welcome['refused'] === undefined
      ? {}
      : {
          refused: readList(welcome['refused'], 'welcome.refused', ITEMS).map((name) =>
            readText(name, 'welcome.refused[]', TASK_NAME_LENGTH),
          ),
        }),
    ...readTokenEnd(welcome['tokenExpiresInMs'], 'welcome.tokenExpiresInMs'),
    ...(welcome['frameLimit'] == null
      ? undefined
      : { frameLimit: readFrameLimit(welcome['frameLimit'], 'welcome.frameLimit') }),
  };
}

function readRefreshed(value: unknown): Answer<TokenRefreshed> {
  const { ok, refused } = readObject(value, 'refreshed');
  if (refused === undefined) {
    const { tokenExpiresInMs } = readObject(ok, 'refreshed.ok');
    return { ok: readTokenEnd(tokenExpiresInMs, 'refreshed.tokenExpiresInMs') };
  }
  const { code, message, retryAfterMs } = readObject(refused, 'refreshed.refused');
  return {
    refused: {
      code: readText(code, 'refreshed.code', NAME_LENGTH),
      message: readText(message, 'refreshed.message', MESSAGE_LENGTH),
      retryAfterMs: readIntegerOrNull(retryAfterMs, 'refreshed.retryAfterMs'),
    },
  };
}

function readTokenEnd(value: unknown, place: string): TokenRefreshed {
  return value == null ? {} : { tokenExpiresInMs: readInteger(value, place, 0, COUNT_LIMIT) };
}

function readFrameLimit(value: unknown, place: string): number {
  return readInteger(value, place, WORKER_FRAME_LEAST, COUNT_LIMIT);
}

function readAssignment(value: unknown): Assignment {
  const [nonce, id, attempt, name, args, context] = readList(value, 'assign[]', 6);
  return [
    readText(nonce, 'assign.nonce', NAME_LENGTH),
    readText(id, 'assign.id', TASK_ID_LENGTH),
    readInteger(attempt, 'assign.attempt', 1, COUNT_LIMIT),
    readText(name, 'assign.name', TASK_NAME_LENGTH),
    readPayload(args, 'assign.args', COUNT_LIMIT),
    readContext(context),
  ];
}

function readContext(value: unknown): AssignmentContext {
  const context = readObject(value, 'assign.context');
  return {
    queue: readText(context['queue'], 'context.queue', QUEUE_NAME_LENGTH),
    priority: readInteger(context['priority'], 'context.priority', 0, COUNT_LIMIT),
    retries: readInteger(context['retries'], 'context.retries', 0, COUNT_LIMIT),
    maxRetries: readIntegerOrNull(context['maxRetries'], 'context.maxRetries'),
    redelivered: readFlag(context['redelivered'], 'context.redelivered'),
    awaitStart: readFlag(context['awaitStart'], 'context.awaitStart'),
    etaAt: readIntegerOrNull(context['etaAt'], 'context.etaAt'),
    expiresAt: readIntegerOrNull(context['expiresAt'], 'context.expiresAt'),
    ...(UNCOMMON.some((field) => context[field] != null) ? readUncommonContext(context) : undefined),
  };
}

/** What few tasks have. A field that is absent stays absent. */
function readUncommonContext(context: Readonly<Record<string, unknown>>): Partial<AssignmentContext> {
  const { prepend, rootId, parentId, headers, shadow, argsRepr, timeLimitMs, softTimeLimitMs } = context;
  const limit = (value: unknown, place: string): number => readInteger(value, place, 0, MAX_DURATION_MS);
  return {
    ...(prepend == null ? undefined : { prepend: readPrepend(prepend) }),
    ...(rootId == null ? undefined : { rootId: readText(rootId, 'context.rootId', TASK_ID_LENGTH) }),
    ...(parentId == null ? undefined : { parentId: readText(parentId, 'context.parentId', TASK_ID_LENGTH) }),
    ...(headers == null ? undefined : { headers: readText(headers, 'context.headers', COUNT_LIMIT) }),
    ...(shadow == null ? undefined : { shadow: readText(shadow, 'context.shadow', COUNT_LIMIT) }),
    ...(argsRepr == null ? undefined : { argsRepr: readText(argsRepr, 'context.argsRepr', COUNT_LIMIT) }),
    ...(timeLimitMs == null ? undefined : { timeLimitMs: limit(timeLimitMs, 'context.timeLimitMs') }),
    ...(softTimeLimitMs == null
      ? undefined
      : { softTimeLimitMs: limit(softTimeLimitMs, 'context.softTimeLimitMs') }),
  };
}

function readPrepend(value: unknown): readonly WirePayload[] {
  return readList(value, 'context.prepend', COUNT_LIMIT).map((item) =>
    readPayload(item, 'context.prepend[]', COUNT_LIMIT),
  );
}

function readSettledAck(value: unknown): SettledAck {
  const [nonce, verdict] = readList(value, 'acks[]', 2);
  if (verdict !== 'applied' && verdict !== 'duplicate' && verdict !== 'stale' && verdict !== 'unknown') {
    throw expected('a known verdict', 'acks.verdict', verdict);
  }
  return [readText(nonce, 'acks.nonce', NAME_LENGTH), verdict];
}

function readStartedAck(value: unknown): StartedAck {
  const [nonce, verdict] = readList(value, 'startedAcks[]', 2);
  if (verdict !== 'ok' && verdict !== 'stale')
    throw expected('a known verdict', 'startedAcks.verdict', verdict);
  return [readText(nonce, 'startedAcks.nonce', NAME_LENGTH), verdict];
}

function readAbort(value: unknown): AbortItem {
  const [nonce, reason, terminate, graceMs] = readList(value, 'abort[]', 4);
  if (reason !== 'revoked' && reason !== 'lease-lost')
    throw expected('a known reason', 'abort.reason', reason);
  return [
    readText(nonce, 'abort.nonce', NAME_LENGTH),
    reason,
    readFlag(terminate, 'abort.terminate'),
    readInteger(graceMs, 'abort.graceMs', 0, MAX_DURATION_MS),
  ];
}

function readRoom(value: unknown): RoomItem {
  const [nonce, upTo] = readList(value, 'room[]', 2);
  return [
    readText(nonce, 'room.nonce', NAME_LENGTH),
    upTo === null ? null : readInteger(upTo, 'room.upTo', 0, COUNT_LIMIT),
  ];
}

function readOrder(value: unknown): WorkerOrder {
  const [verb, concurrency] = readList(value, 'order', 2);
  switch (verb) {
    case 'drain':
    case 'resume':
    case 'shutdown':
      return [verb];
    case 'concurrency':
      return [verb, readInteger(concurrency, 'order.concurrency', 1, WORKER_CAPACITY)];
    default:
      throw expected('a known order', 'order[0]', verb);
  }
}

function readIntegerOrNull(value: unknown, place: string): number | null {
  return value === null || value === undefined ? null : readInteger(value, place, -COUNT_LIMIT, COUNT_LIMIT);
}
