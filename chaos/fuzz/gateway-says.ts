/** What a gateway may say on either link: one maker for each of its frames and answers. */
import type { AskedFrame, GatewayFrame, GatewayWorkerFrame } from '@celeriac/protocol/internal';
import {
  anyValue,
  COUNT,
  FLAG,
  fields,
  ID,
  listOf,
  type Make,
  MOMENT,
  MS,
  NAME,
  NUMBER,
  PAYLOAD,
  pick,
  QUEUE,
  REASON,
  SOME_NONCE,
  STATE,
  TASK_OPTIONS,
  TEXT,
  tupleOf,
  valueOrNull,
  WORD,
  whole,
} from './parts.ts';

const SEQUENCE = whole(1, 5);
const REFUSAL = fields({
  code: pick('OVERLOADED', 'FORBIDDEN', 'BAD_FRAME', 'UNAUTHENTICATED', 'NEW_ONE'),
  message: TEXT,
  retryAfterMs: valueOrNull(MS),
  'ids?': listOf(ID),
});
const SNAPSHOT = fields({
  id: ID,
  known: FLAG,
  sequence: SEQUENCE,
  state: STATE,
  waiting: valueOrNull(pick('due', 'worker', 'pause')),
  'lacks?': pick('queue', 'task'),
  name: valueOrNull(NAME),
  queue: valueOrNull(QUEUE),
  attempt: whole(0, 3),
  retries: whole(0, 3),
  worker: valueOrNull(WORD),
  rootId: valueOrNull(ID),
  parentId: valueOrNull(ID),
  children: listOf(ID),
  args: valueOrNull(PAYLOAD),
  progress: valueOrNull(tupleOf(WORD, PAYLOAD)),
  body: valueOrNull(PAYLOAD),
  gone: FLAG,
  kept: FLAG,
  from: whole(0, 3),
  history: listOf(tupleOf(STATE, REASON, MOMENT, whole(0, 3), valueOrNull(WORD))),
  omitted: COUNT,
  'leftOut?': listOf(pick('args', 'progress', 'children')),
});
const TASK_ROW = tupleOf(
  ID,
  NAME,
  STATE,
  REASON,
  valueOrNull(WORD),
  valueOrNull(QUEUE),
  whole(0, 9),
  valueOrNull(WORD),
  COUNT,
  COUNT,
  MOMENT,
  ...Array<Make>(4).fill(valueOrNull(MOMENT)),
  TEXT,
  valueOrNull(TEXT),
  valueOrNull(TEXT),
  ID,
  valueOrNull(ID),
);
const QUEUE_ROW = tupleOf(QUEUE, COUNT, COUNT, valueOrNull(MOMENT), COUNT, COUNT, FLAG, COUNT);
const WORKER_ROW = tupleOf(
  ID,
  WORD,
  TEXT,
  COUNT,
  pick('online', 'draining', 'away'),
  WORD,
  WORD,
  listOf(QUEUE),
  listOf(NAME),
  COUNT,
  COUNT,
  COUNT,
  listOf(tupleOf(ID, NAME, valueOrNull(MOMENT))),
  COUNT,
  valueOrNull(COUNT),
  valueOrNull(COUNT),
  valueOrNull(COUNT),
  MOMENT,
  valueOrNull(MOMENT),
);
const DEFINITION_ROW = tupleOf(
  NAME,
  fields({
    name: NAME,
    options: TASK_OPTIONS,
    arity: valueOrNull(fields({ min: COUNT, max: valueOrNull(COUNT) })),
    params: valueOrNull(listOf(WORD)),
    'app?': TASK_OPTIONS,
  }),
  COUNT,
);
const rows = (make: Make): Make =>
  tupleOf(
    NUMBER,
    pick('rows'),
    fields({ replaces: FLAG, last: FLAG, rows: listOf(make), gone: listOf(WORD), more: FLAG }),
  );
const EVENT = fields({
  type: pick('task-sent', 'task-failed', 'worker-heartbeat', 'task-new'),
  timestamp: MOMENT,
  clock: COUNT,
  'hostname?': TEXT,
  'uuid?': ID,
  'name?': NAME,
  'args?': TEXT,
  'parent_id?': valueOrNull(ID),
  'eta?': valueOrNull(TEXT),
  'runtime?': COUNT,
});

export const SAYS_TO_CLIENT: Readonly<Record<GatewayFrame, Make>> = {
  welcome: fields({
    protocol: pick(1),
    epoch: pick('e1', 'e1', 'e1', 'e2', ''),
    now: MOMENT,
    limits: fields({
      payload: pick(262_144),
      frame: pick(1_048_576),
      inFlightTasks: pick(50_000),
      inFlightBytes: pick(16_777_216),
    }),
  }),
  receipts: listOf(
    anyValue(
      tupleOf(ID, pick(1), valueOrNull(QUEUE), FLAG, MOMENT),
      tupleOf(ID, pick(0), pick('FORBIDDEN', 'OVERLOADED', 'ID_CONFLICT'), TEXT, valueOrNull(MS)),
    ),
    6,
  ),
  events: listOf(
    anyValue(
      tupleOf(
        ID,
        SEQUENCE,
        MOMENT,
        STATE,
        REASON,
        whole(0, 3),
        valueOrNull(WORD),
        COUNT,
        valueOrNull(PAYLOAD),
        listOf(ID),
      ),
      tupleOf(ID, SEQUENCE, MOMENT, pick(null), WORD, PAYLOAD),
    ),
    6,
  ),
  snapshots: listOf(SNAPSHOT),
  streams: listOf(
    anyValue(
      tupleOf(NUMBER, pick('chunks'), whole(0, 2), COUNT, listOf(PAYLOAD, 6)),
      tupleOf(NUMBER, pick('gap'), whole(0, 2), COUNT, COUNT),
      tupleOf(NUMBER, pick('restart'), whole(0, 3), REASON),
      tupleOf(NUMBER, pick('end'), whole(0, 2), COUNT),
      tupleOf(NUMBER, pick('refused'), REFUSAL),
    ),
  ),
  feeds: listOf(
    anyValue(
      rows(TASK_ROW),
      rows(QUEUE_ROW),
      rows(WORKER_ROW),
      rows(DEFINITION_ROW),
      tupleOf(
        NUMBER,
        pick('events'),
        fields({ point: tupleOf(WORD, COUNT), missed: valueOrNull(COUNT), events: listOf(EVENT) }),
      ),
      tupleOf(NUMBER, pick('refused'), REFUSAL),
    ),
  ),
  refused: REFUSAL,
  goaway: MS,
};

const ok = (make: Make): Make =>
  anyValue(fields({ ok: listOf(make, 3) }), fields({ ok: tupleOf(make) }), fields({ refused: REFUSAL }));
export const ANSWERS: Readonly<Record<Exclude<AskedFrame, 'refresh'>, Make>> = {
  get: ok(valueOrNull(SNAPSHOT)),
  revoke: ok(pick('prevented', 'revoked', 'already-done', 'unknown', null)),
  forget: ok(FLAG),
  control: ok(
    anyValue(
      COUNT,
      ID,
      fields({
        ratePerHour: valueOrNull(COUNT),
        taskLimit: valueOrNull(COUNT),
        keyLimit: valueOrNull(COUNT),
      }),
    ),
  ),
  list: ok(fields({ rows: listOf(TASK_ROW), next: valueOrNull(COUNT) })),
};

const CONTEXT = fields({
  queue: QUEUE,
  priority: whole(0, 9),
  retries: whole(0, 3),
  maxRetries: valueOrNull(whole(0, 3)),
  redelivered: FLAG,
  awaitStart: FLAG,
  etaAt: valueOrNull(MOMENT),
  expiresAt: valueOrNull(MOMENT),
  'prepend?': listOf(PAYLOAD, 2),
  'rootId?': ID,
  'parentId?': ID,
  'headers?': pick('{"a":1}', '{', '{"__proto__":{"polluted":1}}'),
  'shadow?': WORD,
  'argsRepr?': TEXT,
  'timeLimitMs?': whole(1, 50),
  'softTimeLimitMs?': whole(1, 50),
});

export const SAYS_TO_WORKER: Readonly<Record<GatewayWorkerFrame[0], Make>> = {
  welcome: fields({
    protocol: pick(1),
    session: WORD,
    resumed: FLAG,
    epoch: pick('e1', 'e2'),
    lost: listOf(SOME_NONCE),
    leaseMs: pick(30_000, 30_000, 1),
    heartbeatMs: pick(5_000, 5_000, 1),
    payloadLimit: pick(262_144, 1),
    'frameLimit?': pick(2_097_152, 65_536, 1),
    'refused?': listOf(NAME),
    'tokenExpiresInMs?': MS,
  }),
  admitted: fields({ frameLimit: pick(2_097_152, 65_536, 1) }),
  refreshed: anyValue(
    fields({ ok: fields({ 'tokenExpiresInMs?': MS }) }),
    fields({ refused: fields({ code: WORD, message: TEXT, retryAfterMs: valueOrNull(MS) }) }),
  ),
  assign: listOf(tupleOf(SOME_NONCE, ID, whole(1, 3), NAME, PAYLOAD, CONTEXT), 6),
  acks: listOf(tupleOf(SOME_NONCE, pick('applied', 'duplicate', 'stale', 'unknown'))),
  startedAcks: listOf(tupleOf(SOME_NONCE, pick('ok', 'stale'))),
  abort: listOf(tupleOf(SOME_NONCE, pick('revoked', 'lease-lost'), FLAG, MS)),
  room: listOf(tupleOf(SOME_NONCE, valueOrNull(COUNT))),
  order: anyValue(
    tupleOf(pick('drain', 'resume', 'resume')),
    tupleOf(pick('concurrency'), whole(1, 20)),
    tupleOf(pick('shutdown')),
  ),
  beat: COUNT,
  refused: fields({
    code: pick('BAD_FRAME', 'UNAUTHENTICATED', 'OVERLOADED', 'NAME_TAKEN'),
    message: TEXT,
    'retryAfterMs?': MS,
    'holder?': fields({ session: WORD, pid: whole(1, 9_999) }),
  }),
};
