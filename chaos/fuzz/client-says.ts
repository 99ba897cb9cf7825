/** What a client may say: one maker for each of its frames, so that a new frame fails the build until it has one. */
import type { ClientFrame } from '@celeriac/protocol/internal';
import {
  anyValue,
  CALL_OPTIONS,
  COUNT,
  FLAG,
  fields,
  ID,
  listOf,
  type Make,
  MS,
  NAME,
  NUMBER,
  PAYLOAD,
  pick,
  QUEUE,
  STATE,
  TASK_OPTIONS,
  tupleOf,
  valueOrNull,
  WORD,
  whole,
} from './parts.ts';

const FILTER = fields({
  'states?': listOf(STATE, 3),
  'queue?': QUEUE,
  'name?': NAME,
  'worker?': WORD,
  'text?': WORD,
});
const WORKER = pick('fuzz-1', 'fuzz-2', 'nobody');

export const CLIENT_SAYS: Readonly<Record<ClientFrame, Make>> = {
  define: listOf(tupleOf(NAME, TASK_OPTIONS)),
  submit: listOf(
    tupleOf(
      ID,
      NAME,
      PAYLOAD,
      valueOrNull(CALL_OPTIONS),
      MS,
      valueOrNull(tupleOf(ID, ID)),
      valueOrNull(TASK_OPTIONS),
    ),
    6,
  ),
  watch: fields({ epoch: valueOrNull(WORD), tasks: listOf(tupleOf(ID, COUNT), 20) }),
  unwatch: listOf(ID),
  get: listOf(ID),
  revoke: listOf(tupleOf(ID, FLAG, MS)),
  forget: listOf(ID),
  control: listOf(
    anyValue(
      tupleOf(pick('rateLimit'), NAME, pick(1, 0.5, 'default', null, 3_600)),
      tupleOf(
        pick('concurrencyLimit'),
        NAME,
        anyValue(pick(1, 'default', null), fields({ 'task?': whole(1, 5), 'key?': whole(1, 5) })),
      ),
      tupleOf(pick('pauseQueue', 'resumeQueue', 'resumeQueue', 'purge'), QUEUE),
      tupleOf(pick('retry'), ID, ID),
      tupleOf(pick('drain', 'resume', 'shutdown'), WORKER),
      tupleOf(pick('concurrency'), WORKER, whole(1, 10)),
      tupleOf(pick('revokeToken'), pick('jti', 'sub'), WORD, valueOrNull(MS)),
      // Never one that is made: a minute of them would fill the disk.
      tupleOf(pick('backup'), pick('', '../x.db', '/etc/x.db', 'x-wal', 'nowhere/x.db')),
    ),
    2,
  ),
  openStreams: listOf(tupleOf(NUMBER, ID, COUNT, COUNT)),
  tookChunks: listOf(tupleOf(NUMBER, COUNT, COUNT)),
  closeStreams: listOf(NUMBER),
  openFeeds: listOf(
    anyValue(
      tupleOf(NUMBER, pick('tasks'), FILTER, whole(1, 50)),
      tupleOf(NUMBER, pick('queues', 'workers', 'definitions')),
      tupleOf(
        NUMBER,
        pick('events'),
        valueOrNull(listOf(pick('task-sent', 'task-failed'), 2)),
        valueOrNull(tupleOf(WORD, COUNT)),
      ),
    ),
  ),
  closeFeeds: listOf(NUMBER),
  refresh: pick(null, '', 'x', 'a.b.c', 'x'.repeat(9_000), 7),
  list: listOf(fields({ filter: FILTER, before: valueOrNull(COUNT), rows: whole(1, 50) }), 2),
};

export function clientHello(token: string | null): Make {
  return fields({ protocol: fields({ min: pick(0, 1), max: whole(1, 3) }), token: pick(token) });
}

/** Packets below the frames. */
export const ODD_PACKETS: readonly string[] = [
  ...[
    '',
    '1',
    '2',
    '2probe',
    '3',
    '4',
    '5',
    '6',
    '9',
    'b',
    'bAAAA',
    '0{}',
    '0',
    '\u0000',
    '40',
    '40{}',
    '41',
    '43',
    '430[]',
  ],
  ...[
    '40/admin,{}',
    '40/__proto__,{}',
    '41/x',
    '44',
    '44{}',
    '45',
    '46',
    '49',
    '42',
    '42[]',
    '42[5]',
    '42{"a":1}',
    '42[',
  ],
  ...[
    '42["disconnect"]',
    '42["connect"]',
    '42["__proto__",1]',
    '42["constructor"]',
    '42["error",{"message":"boo"}]',
  ],
  ...[
    '451-["submit",{"_placeholder":true,"num":0}]',
    '4599999999-["submit"]',
    '451-',
    '461-1["x"]',
    '42999999999999999999["get",[]]',
  ],
];
