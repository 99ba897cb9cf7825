/** `celeriac inspect active`, `scheduled` and `history`. */
import type { TaskRow } from '@celeriac/client';
import { TASK_STATES, type TaskState } from '@celeriac/protocol';
import { FEED_ROWS, option } from '@celeriac/protocol/internal';
import { type Flag, optionalFlag } from '../../options/flag.ts';
import { integerOption, textOption, words } from '../../options/readers.ts';
import type { Cell } from '../../output/table.ts';
import { defineVerb } from '../../verb.ts';
import { readNewest, readScheduled } from './read-history.ts';
import { look, NEEDS, ROWS_FLAGS, showRows } from './show-rows.ts';

const state = option.oneOf(TASK_STATES);

/** Variables of their own: those of a worker, such as CELERIAC_NAME, are not meant. */
function filterFlag(flag: string, value: string, help: string): Flag<string | undefined> {
  return { ...optionalFlag(flag, value, help, textOption), env: `CELERIAC_HISTORY_${flag.toUpperCase()}` };
}

const limit: Flag<number> = {
  flag: 'limit',
  value: 'NUMBER',
  help: `how many at most, up to ${FEED_ROWS}`,
  default: 50,
  read: integerOption(1, FEED_ROWS),
};

const FILTERS = {
  states: {
    flag: 'state',
    value: 'STATES',
    help: 'only those in these states, such as FAILURE,REVOKED',
    default: undefined,
    many: true,
    env: 'CELERIAC_HISTORY_STATE',
    read: words((given, name) => state(String(given).toUpperCase(), name)),
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
  epilogue: `Shows the newest ${FEED_ROWS}. ${NEEDS}`,
  run: ({ values, terminal }) =>
    showRows(values, terminal, {
      head: ['ID', 'TASK', 'STARTED', 'WORKER', 'QUEUE', 'ARGS'],
      look: (app) => look(app, app.monitor.tasks({ states: ['STARTED'], limit: FEED_ROWS })),
      cells: ({ id, name, startedAt, worker, queue, args }) => [id, name, startedAt, worker, queue, args],
    }),
});

export const scheduledVerb = defineVerb({
  name: 'scheduled',
  summary: 'show the tasks that wait for their time, the soonest first',
  operands: [],
  flags: { ...ROWS_FLAGS, limit },
  epilogue: `Looks at the newest 50,000 waiting tasks. ${NEEDS}`,
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
  epilogue: `WAITS says why a task does not run: it is not due, no worker can run it, it waits for its turn or its rate limit, or its queue is paused.
${NEEDS}

Examples:
  celeriac inspect history --state FAILURE --name media.encode
  celeriac inspect history --limit 1000 --json | jq .error`,
  run: ({ values, terminal }) =>
    showRows(values, terminal, {
      head: ['ID', 'TASK', 'STATE', 'WAITS', 'SUBMITTED', 'QUEUE', 'WORKER', 'ARGS OR ERROR'],
      look: (app) => {
        const { states, queue, name, worker, text: part, limit: most } = values;
        return readNewest(app, { states, queue, name, worker, text: part }, most);
      },
      cells: taskCells,
    }),
});

function taskCells(row: TaskRow): readonly Cell[] {
  const { id, name, state, waiting, queue, worker, submittedAt, error, args } = row;
  return [id, name, state, waiting, submittedAt, queue, worker, error ?? args];
}
