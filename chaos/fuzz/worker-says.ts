/** What a worker may say: one maker for each of its frames. */
import type { WorkerFrame } from '@celeriac/protocol';
import {
  any,
  COUNT,
  FLAG,
  fields,
  ID,
  listOf,
  type Make,
  MS,
  NAME,
  NONCE,
  orNull,
  PAYLOAD,
  pick,
  QUEUE,
  row,
  TASK_OPTIONS,
  TEXT,
  WORD,
  whole,
} from './parts.ts';

const ATTEMPT = whole(1, 3);
const UNIQUE: Make = (chance) => `fuzz-${chance.between(0, 99_999)}`;
const OUTCOME = any(
  row(pick('success'), PAYLOAD),
  row(pick('failure'), PAYLOAD),
  row(pick('retry'), PAYLOAD, PAYLOAD, orNull(MS), pick('task', null, 0, 3), orNull(PAYLOAD)),
  row(pick('ignored')),
  row(pick('rejected'), PAYLOAD, FLAG),
  row(pick('timed-out'), PAYLOAD),
  row(pick('lost'), pick('was killed', 'ran out of memory')),
);

const DEFINITION = fields({
  name: NAME,
  options: TASK_OPTIONS,
  arity: orNull(fields({ min: whole(0, 2), max: orNull(whole(2, 4)) })),
  params: orNull(listOf(WORD, 2)),
});
const HELD = row(ID, ATTEMPT, NONCE, FLAG, orNull(row(WORD, PAYLOAD)));
const RANGE = fields({ min: pick(0, 1), max: whole(1, 3) });

export function workerHello(token: string | null): Make {
  return fields({
    protocol: RANGE,
    token: pick(token),
    bootId: WORD,
    // A name is one worker's at a time: few of them have one that others want.
    name: any(pick('fuzz-1', 'fuzz-2'), UNIQUE, UNIQUE, UNIQUE),
    host: TEXT,
    pid: whole(1, 9_999),
    'machine?': pick('m1', 'm.2', 'x'.repeat(16)),
    'gone?': WORD,
    version: pick('0.1.0', '9'),
    ageMs: MS,
    pool: pick('inline', 'threads', 'processes'),
    concurrency: whole(1, 10),
    queues: listOf(QUEUE, 3),
    weights: listOf(row(QUEUE, whole(1, 10)), 1),
    definitions: listOf(DEFINITION),
    appOptions: TASK_OPTIONS,
    capacity: whole(1, 30),
    session: orNull(WORD),
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
  started: listOf(NONCE),
  progress: listOf(row(NONCE, WORD, PAYLOAD)),
  chunks: listOf(row(NONCE, COUNT, listOf(PAYLOAD, 6))),
  settled: listOf(row(NONCE, ID, ATTEMPT, OUTCOME, orNull(listOf(ID, 3)), orNull(COUNT))),
  release: listOf(NONCE),
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
