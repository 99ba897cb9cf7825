import type { Celeriac, TaskRow } from '@celeriac/client';
import { describeResult } from '../../calling/report.ts';
import { addressOf, withApp } from '../../calling/with-app.ts';
import { GATEWAY_ADDRESS } from '../../options/gateway-address.ts';
import { JSON_FLAG } from '../../options/waiting.ts';
import { EXIT } from '../../output/exit-codes.ts';
import { tableLines } from '../../output/table.ts';
import { defineVerb, defineVerbGroup, type Verb } from '../../verb.ts';
import { look } from './look.ts';

const EPILOGUE = `Needs a token with admin:read.

Examples:
  celeriac inspect workers
  celeriac inspect history --json | head`;

/** Rows of a page of history that is printed. */
const HISTORY = 100;
const TASK_HEAD = ['ID', 'TASK', 'STATE', 'WAITS FOR', 'QUEUE', 'WORKER', 'SUBMITTED', 'ARGS OR ERROR'];

interface TableSpec<Row> {
  readonly name: string;
  readonly summary: string;
  readonly head: readonly string[];
  readonly rows: (app: Celeriac) => Promise<readonly Row[]>;
  readonly cells: (row: Row) => readonly (string | number | null)[];
}

function table<Row>(spec: TableSpec<Row>): Verb {
  return defineVerb({
    name: spec.name,
    summary: spec.summary,
    operands: [],
    flags: { ...GATEWAY_ADDRESS, json: JSON_FLAG },
    epilogue: EPILOGUE,
    async run({ values, terminal }) {
      return withApp(addressOf(values), terminal, async (app) => {
        const rows = await spec.rows(app);
        if (values.json) for (const row of rows) terminal.print(JSON.stringify(row));
        else for (const line of tableLines(spec.head, rows.map(spec.cells))) terminal.print(line);
        return EXIT.ok;
      });
    },
  });
}

function taskCells(row: TaskRow): readonly (string | null)[] {
  const { id, name, state, waiting, queue, worker, submittedAt, error, args } = row;
  return [id, name, state, waiting, queue, worker, submittedAt.toISOString(), error ?? args];
}

const queues = table({
  name: 'queues',
  summary: 'show what waits and runs in each queue, and how fast tasks come and go',
  head: ['QUEUE', 'WAITING', 'RUNNING', 'OLDEST', 'IN/S', 'OUT/S', 'WORKERS'],
  rows: (app) => look(app, app.monitor.queues()),
  cells: ({ name, depth, running, oldest, inPerSecond, outPerSecond, workers }) => [
    name,
    depth,
    running,
    oldest?.toISOString() ?? null,
    inPerSecond,
    outPerSecond,
    workers,
  ],
});

const workers = table({
  name: 'workers',
  summary: 'show the workers, what each runs and how it is',
  head: ['WORKER', 'STATE', 'HOST', 'PID', 'POOL', 'RUNNING', 'DONE', 'LAG', 'MEMORY', 'QUEUES'],
  rows: (app) => look(app, app.monitor.workers()),
  cells: (row) => [
    row.name,
    row.state,
    row.host,
    row.pid,
    row.pool,
    `${row.held}/${row.concurrency}`,
    row.processed,
    row.lagMs === null ? null : `${Math.round(row.lagMs)}ms`,
    row.rssBytes === null ? null : `${Math.round(row.rssBytes / 1_048_576)}MB`,
    row.queues.join(','),
  ],
});

const active = table({
  name: 'active',
  summary: 'show the tasks that run',
  head: TASK_HEAD,
  rows: (app) => look(app, app.monitor.tasks({ states: ['STARTED'], limit: 5_000 })),
  cells: taskCells,
});

const scheduled = table({
  name: 'scheduled',
  summary: 'show the tasks that wait for their time',
  head: ['ID', 'TASK', 'STATE', 'DUE', 'QUEUE', 'ARGS'],
  rows: async (app) => {
    const due: TaskRow[] = [];
    for await (const row of app.monitor.history({ states: ['PENDING', 'RETRY'], limit: 1_000 }))
      if (row.waiting === 'due') due.push(row);
    return due;
  },
  cells: ({ id, name, state, eta, queue, args }) => [
    id,
    name,
    state,
    eta?.toISOString() ?? null,
    queue,
    args,
  ],
});

const history = table({
  name: 'history',
  summary: `show the last ${HISTORY} tasks, the newest first`,
  head: TASK_HEAD,
  rows: async (app) => {
    const rows: TaskRow[] = [];
    for await (const row of app.monitor.history({ limit: HISTORY })) if (rows.push(row) === HISTORY) break;
    return rows;
  },
  cells: taskCells,
});

const task = defineVerb({
  name: 'task',
  summary: 'show all that is known of one task, with its history',
  operands: [['<id>', 'the task']],
  flags: { ...GATEWAY_ADDRESS, json: JSON_FLAG },
  epilogue: 'An id that the gateway does not know ends with exit code 1.',
  async run({ operands: [id = ''], values, terminal }) {
    return withApp(addressOf(values), terminal, async (app) => {
      const res = app.AsyncResult(id);
      await res.refresh();
      if (values.json) terminal.print(JSON.stringify(describeResult(res)));
      else if (!res.known) terminal.complain(`celeriac: there is no task ${id}`);
      else {
        terminal.print(`${res.name} ${res.state} queue ${res.queue} retries ${res.retries}`);
        const rows = res.history.map(({ at, state, reason, attempt, worker }) => [
          at.toISOString(),
          state,
          reason,
          attempt,
          worker,
        ]);
        for (const line of tableLines(['AT', 'STATE', 'REASON', 'ATTEMPT', 'WORKER'], rows))
          terminal.print(line);
      }
      return res.known ? EXIT.ok : EXIT.failed;
    });
  },
});

export const inspectVerb = defineVerbGroup({
  name: 'inspect',
  summary: 'show workers, queues and tasks',
  verbs: [workers, queues, active, scheduled, history, task],
  epilogue: EPILOGUE,
});
