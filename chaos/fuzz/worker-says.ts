/** What a worker may say: one maker for each of its frames. */
import type { WorkerFrame } from '@celeriac/protocol/internal';
import {
  anyValue,
  COUNT,
  FLAG,
  fields,
  ID,
  listOf,
  type Make,
  MS,
  NAME,
  PAYLOAD,
  pick,
  QUEUE,
  SOME_NONCE,
  TASK_OPTIONS,
  TEXT,
  tupleOf,
  valueOrNull,
  WORD,
  whole,
} from './parts.ts';

const ATTEMPT = whole(1, 3);
const UNIQUE: Make = (chance) => `fuzz-${chance.between(0, 99_999)}`;
const OUTCOME = anyValue(
  tupleOf(pick('success'), PAYLOAD),
  tupleOf(pick('failure'), PAYLOAD),
  tupleOf(pick('retry'), PAYLOAD, PAYLOAD, valueOrNull(MS), pick('task', null, 0, 3), valueOrNull(PAYLOAD)),
  tupleOf(pick('ignored')),
  tupleOf(pick('rejected'), PAYLOAD, FLAG),
  tupleOf(pick('timed-out'), PAYLOAD),
  tupleOf(pick('lost'), pick('was killed', 'ran out of memory')),
);

const DEFINITION = fields({
  name: NAME,
  options: TASK_OPTIONS,
  arity: valueOrNull(fields({ min: whole(0, 2), max: valueOrNull(whole(2, 4)) })),
  params: valueOrNull(listOf(WORD, 2)),
});
const HELD = tupleOf(ID, ATTEMPT, SOME_NONCE, FLAG, valueOrNull(tupleOf(WORD, PAYLOAD)));
const RANGE = fields({ min: pick(0, 1), max: whole(1, 3) });

export function workerHello(token: string | null): Make {
  return fields({
    protocol: RANGE,
    token: pick(token),
    bootId: WORD,
    // A name is one worker's at a time: few of them have one that others want.
    name: anyValue(pick('fuzz-1', 'fuzz-2'), UNIQUE, UNIQUE, UNIQUE),
    host: TEXT,
    pid: whole(1, 9_999),
    'machine?': pick('m1', 'm.2', 'x'.repeat(16)),
    'gone?': WORD,
    version: pick('0.1.0', '9'),
    ageMs: MS,
    pool: pick('inline', 'threads', 'processes'),
    concurrency: whole(1, 10),
    queues: listOf(QUEUE, 3),
    weights: listOf(tupleOf(QUEUE, whole(1, 10)), 1),
    definitions: listOf(DEFINITION),
    appOptions: TASK_OPTIONS,
    capacity: whole(1, 30),
    session: valueOrNull(WORD),
    held: listOf(HELD, 2),
    'frameLimit?': pick(4_194_304, 65_536, 1),
  });
}

export const WORKER_SAYS: Readonly<Record<WorkerFrame[0], Make>> = {
  hello: workerHello(null),
  knock: fields({ protocol: RANGE, token: pick(null, 'x') }),
  definitions: listOf(DEFINITION, 5),
  held: listOf(HELD, 5),
  refresh: pick('', 'x', 'a.b.c', 'x'.repeat(9_000)),
  started: listOf(SOME_NONCE),
  progress: listOf(tupleOf(SOME_NONCE, WORD, PAYLOAD)),
  chunks: listOf(tupleOf(SOME_NONCE, COUNT, listOf(PAYLOAD, 6))),
  settled: listOf(tupleOf(SOME_NONCE, ID, ATTEMPT, OUTCOME, valueOrNull(listOf(ID, 3)), valueOrNull(COUNT))),
  release: listOf(SOME_NONCE),
  capacity: whole(0, 100),
  beat: fields({
    count: COUNT,
    running: COUNT,
    waiting: COUNT,
    concurrency: whole(1, 10),
    takes: FLAG,
    lagMs: COUNT,
    rssBytes: COUNT,
    cpuPercent: COUNT,
  }),
  bye: pick(null),
};

/** What an honest worker says of an assignment, for as long as it is honest. */
export const OUTCOME_OF = OUTCOME;
