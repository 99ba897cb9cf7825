/** What a gateway may say on either link: one maker for each of its frames and answers. */
import type { AskedFrame, GatewayFrame, GatewayWorkerFrame } from '@celeriac/protocol';
import {
  any,
  COUNT,
  FLAG,
  fields,
  ID,
  listOf,
  type Make,
  MOMENT,
  MS,
  NAME,
  NONCE,
  NUMBER,
  orNull,
  PAYLOAD,
  pick,
  QUEUE,
  REASON,
  row,
  STATE,
  TASK_OPTIONS,
  TEXT,
  WORD,
  whole,
} from './parts.ts';

const SEQUENCE = whole(1, 5);
const REFUSAL = fields({
  code: pick('OVERLOADED', 'FORBIDDEN', 'BAD_FRAME', 'UNAUTHENTICATED', 'NEW_ONE'),
  message: TEXT,
  retryAfterMs: orNull(MS),
  'ids?': listOf(ID),
});
const SNAPSHOT = fields({
  id: ID,
  known: FLAG,
  sequence: SEQUENCE,
  state: STATE,
  waiting: orNull(pick('due', 'worker', 'pause')),
  'lacks?': pick('queue', 'task'),
  name: orNull(NAME),
  queue: orNull(QUEUE),
  attempt: whole(0, 3),
  retries: whole(0, 3),
  worker: orNull(WORD),
  rootId: orNull(ID),
  parentId: orNull(ID),
  children: listOf(ID),
  args: orNull(PAYLOAD),
  progress: orNull(row(WORD, PAYLOAD)),
  body: orNull(PAYLOAD),
  gone: FLAG,
  kept: FLAG,
  from: whole(0, 3),
  history: listOf(row(STATE, REASON, MOMENT, whole(0, 3), orNull(WORD))),
  omitted: COUNT,
  'leftOut?': listOf(pick('args', 'progress', 'children')),
});
const TASK_ROW = row(
  ID,
  NAME,
  STATE,
  REASON,
  orNull(WORD),
  orNull(QUEUE),
  whole(0, 9),
  orNull(WORD),
  COUNT,
  COUNT,
  MOMENT,
  ...Array<Make>(4).fill(orNull(MOMENT)),
  TEXT,
  orNull(TEXT),
  orNull(TEXT),
  ID,
  orNull(ID),
);
const QUEUE_ROW = row(QUEUE, COUNT, COUNT, orNull(MOMENT), COUNT, COUNT, FLAG, COUNT);
const WORKER_ROW = row(
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
  listOf(row(ID, NAME, orNull(MOMENT))),
  COUNT,
  orNull(COUNT),
  orNull(COUNT),
  orNull(COUNT),
  MOMENT,
  orNull(MOMENT),
);
const DEFINITION_ROW = row(
  NAME,
  fields({
    name: NAME,
    options: TASK_OPTIONS,
    arity: orNull(fields({ min: COUNT, max: orNull(COUNT) })),
    params: orNull(listOf(WORD)),
    'app?': TASK_OPTIONS,
  }),
  COUNT,
);
const rows = (make: Make): Make =>
  row(
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
  'parent_id?': orNull(ID),
  'eta?': orNull(TEXT),
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
    any(
      row(ID, pick(1), orNull(QUEUE), FLAG, MOMENT),
      row(ID, pick(0), pick('FORBIDDEN', 'OVERLOADED', 'ID_CONFLICT'), TEXT, orNull(MS)),
    ),
    6,
  ),
  events: listOf(
    any(
      row(ID, SEQUENCE, MOMENT, STATE, REASON, whole(0, 3), orNull(WORD), COUNT, orNull(PAYLOAD), listOf(ID)),
      row(ID, SEQUENCE, MOMENT, pick(null), WORD, PAYLOAD),
    ),
    6,
  ),
  snapshots: listOf(SNAPSHOT),
  streams: listOf(
    any(
      row(NUMBER, pick('chunks'), whole(0, 2), COUNT, listOf(PAYLOAD, 6)),
      row(NUMBER, pick('gap'), whole(0, 2), COUNT, COUNT),
      row(NUMBER, pick('restart'), whole(0, 3), REASON),
      row(NUMBER, pick('end'), whole(0, 2), COUNT),
      row(NUMBER, pick('refused'), REFUSAL),
    ),
  ),
  feeds: listOf(
    any(
      rows(TASK_ROW),
      rows(QUEUE_ROW),
      rows(WORKER_ROW),
      rows(DEFINITION_ROW),
      row(
        NUMBER,
        pick('events'),
        fields({ point: row(WORD, COUNT), missed: orNull(COUNT), events: listOf(EVENT) }),
      ),
      row(NUMBER, pick('refused'), REFUSAL),
    ),
  ),
  refused: REFUSAL,
  goaway: MS,
};

const ok = (make: Make): Make =>
  any(fields({ ok: listOf(make, 3) }), fields({ ok: row(make) }), fields({ refused: REFUSAL }));
export const ANSWERS: Readonly<Record<Exclude<AskedFrame, 'refresh'>, Make>> = {
  get: ok(orNull(SNAPSHOT)),
  revoke: ok(pick('prevented', 'revoked', 'already-done', 'unknown', null)),
  forget: ok(FLAG),
  control: ok(
    any(COUNT, ID, fields({ ratePerHour: orNull(COUNT), taskLimit: orNull(COUNT), keyLimit: orNull(COUNT) })),
  ),
  list: ok(fields({ rows: listOf(TASK_ROW), next: orNull(COUNT) })),
};

const CONTEXT = fields({
  queue: QUEUE,
  priority: whole(0, 9),
  retries: whole(0, 3),
  maxRetries: orNull(whole(0, 3)),
  redelivered: FLAG,
  awaitStart: FLAG,
  etaAt: orNull(MOMENT),
  expiresAt: orNull(MOMENT),
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
    lost: listOf(NONCE),
    leaseMs: pick(30_000, 30_000, 1),
    heartbeatMs: pick(5_000, 5_000, 1),
    payloadLimit: pick(262_144, 1),
    'frameLimit?': pick(2_097_152, 65_536, 1),
    'refused?': listOf(NAME),
    'tokenExpiresInMs?': MS,
  }),
  admitted: fields({ frameLimit: pick(2_097_152, 65_536, 1) }),
  refreshed: any(
    fields({ ok: fields({ 'tokenExpiresInMs?': MS }) }),
    fields({ refused: fields({ code: WORD, message: TEXT, retryAfterMs: orNull(MS) }) }),
  ),
  assign: listOf(row(NONCE, ID, whole(1, 3), NAME, PAYLOAD, CONTEXT), 6),
  acks: listOf(row(NONCE, pick('applied', 'duplicate', 'stale', 'unknown'))),
  startedAcks: listOf(row(NONCE, pick('ok', 'stale'))),
  abort: listOf(row(NONCE, pick('revoked', 'lease-lost'), FLAG, MS)),
  room: listOf(row(NONCE, orNull(COUNT))),
  order: any(
    row(pick('drain', 'resume', 'resume')),
    row(pick('concurrency'), whole(1, 20)),
    row(pick('shutdown')),
  ),
  beat: COUNT,
  refused: fields({
    code: pick('BAD_FRAME', 'UNAUTHENTICATED', 'OVERLOADED', 'NAME_TAKEN'),
    message: TEXT,
    'retryAfterMs?': MS,
    'holder?': fields({ session: WORD, pid: whole(1, 9_999) }),
  }),
};
