/** `celeriac inspect active`, `scheduled` and `history`. */
import type { TaskFilter, TaskRow } from '@celeriac/client';
import { OptionError, show, TASK_STATES, type TaskState } from '@celeriac/protocol';
import type { Flag } from '../../options/flag.ts';
import { readCount, readList, readText } from '../../options/readers.ts';
import type { Cell } from '../../output/table.ts';
import { defineVerb } from '../../verb.ts';
import { look } from './look.ts';
import { readNewest, readScheduled } from './read-history.ts';
import { NEEDS, ROWS_FLAGS, showRows } from './show-rows.ts';

const MOST = 5_000;

/** Variables of their own: those of a worker, such as CELERIAC_NAME, are not meant. */
function filterFlag(flag: string, value: string, help: string): Flag<string | undefined> {
  return {
    flag,
    value,
    help,
    default: undefined,
    env: `CELERIAC_HISTORY_${flag.toUpperCase()}`,
    parse: readText,
  };
}

const limit: Flag<number> = {
  flag: 'limit',
  value: 'NUMBER',
  help: `how many at most, up to ${MOST}`,
  default: 50,
  parse: readLimit,
};

const FILTERS = {
  states: {
    flag: 'state',
    value: 'STATES',
    help: 'only those in these states, such as FAILURE,REVOKED',
    default: undefined,
    many: true,
    env: 'CELERIAC_HISTORY_STATE',
    parse: readStates,
  } satisfies Flag<readonly TaskState[] | undefined>,
  queue: filterFlag('queue', 'QUEUE', 'only those of this queue'),
  name: filterFlag('name', 'TASK', 'only those of this name'),
  worker: filterFlag('worker', 'WORKER', 'only those that this worker runs, or ran last'),
  text: filterFlag('text', 'TEXT', 'only those with this text in their id, name or shown arguments'),
};

export const activeVerb = defineVerb({
  name: 'active',
  summary: 'show the tasks that run',
  operands: [],
  flags: ROWS_FLAGS,
  epilogue: `The newest ${MOST} of them. ${NEEDS}`,
  run: ({ values, terminal }) =>
    showRows(values, terminal, {
      head: ['ID', 'TASK', 'STARTED', 'WORKER', 'QUEUE', 'ARGS'],
      look: (app) => look(app, app.monitor.tasks({ states: ['STARTED'], limit: MOST })),
      cells: ({ id, name, startedAt, worker, queue, args }) => [id, name, startedAt, worker, queue, args],
    }),
});

export const scheduledVerb = defineVerb({
  name: 'scheduled',
  summary: 'show the tasks that wait for their time, the soonest first',
  operands: [],
  flags: { ...ROWS_FLAGS, limit },
  epilogue: `Of the newest 50,000 tasks that wait. ${NEEDS}`,
  run: ({ values, terminal }) =>
    showRows(values, terminal, {
      head: ['ID', 'TASK', 'STATE', 'DUE', 'QUEUE', 'ARGS'],
      look: (app) => readScheduled(app, values.limit),
      cells: ({ id, name, state, eta, queue, args }) => [id, name, state, eta, queue, args],
    }),
});

export const historyVerb = defineVerb({
  name: 'history',
  summary: 'show the tasks that are kept, the newest first',
  operands: [],
  flags: { ...ROWS_FLAGS, limit, ...FILTERS },
  epilogue: `WAITS says why a task does not run: it waits until it is due, for a worker, its turn or its rate, or for a paused queue.
${NEEDS}

Examples:
  celeriac inspect history --state FAILURE --name media.encode
  celeriac inspect history --limit 1000 --json | jq .error`,
  run: ({ values, terminal }) =>
    showRows(values, terminal, {
      head: ['ID', 'TASK', 'STATE', 'WAITS', 'SUBMITTED', 'QUEUE', 'WORKER', 'ARGS OR ERROR'],
      look: (app) => readNewest(app, filterOf(values), values.limit),
      cells: taskCells,
    }),
});

function taskCells(row: TaskRow): readonly Cell[] {
  const { id, name, state, waiting, queue, worker, submittedAt, error, args } = row;
  return [id, name, state, waiting, submittedAt, queue, worker, error ?? args];
}

interface FilterValues {
  readonly states: readonly TaskState[] | undefined;
  readonly queue: string | undefined;
  readonly name: string | undefined;
  readonly worker: string | undefined;
  readonly text: string | undefined;
}

function filterOf({ states, queue, name, worker, text }: FilterValues): TaskFilter {
  return {
    ...(states === undefined ? {} : { states }),
    ...(queue === undefined ? {} : { queue }),
    ...(name === undefined ? {} : { name }),
    ...(worker === undefined ? {} : { worker }),
    ...(text === undefined ? {} : { text }),
  };
}

function readLimit(given: unknown, flag: string): number {
  const count = readCount(given, flag);
  if (count >= 1 && count <= MOST) return count;
  throw new OptionError(flag, `expected --${flag} to be a number from 1 to ${MOST}, got: ${show(given)}`);
}

function readStates(given: unknown, flag: string): readonly TaskState[] {
  return readList(given, flag).map((text) => {
    const state = TASK_STATES.find((known) => known === text.toUpperCase());
    if (state !== undefined) return state;
    throw new OptionError(flag, `expected --${flag} to be of ${TASK_STATES.join(', ')}, got: ${show(text)}`);
  });
}
