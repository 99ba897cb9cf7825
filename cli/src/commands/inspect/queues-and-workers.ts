/** `celeriac inspect workers` and `queues`. */

import { defineVerb } from '../../verb.ts';
import { look, NEEDS, ROWS_FLAGS, showRows } from './show-rows.ts';

export const queuesVerb = defineVerb({
  name: 'queues',
  summary: 'show what waits and runs in each queue, how fast tasks come and go, and which are paused',
  operands: [],
  flags: ROWS_FLAGS,
  epilogue: `OLDEST is the age of the oldest task that could run now. ${NEEDS}`,
  run: ({ values, terminal }) =>
    showRows(values, terminal, {
      head: ['QUEUE', 'PAUSED', 'WAITING', 'RUNNING', 'OLDEST', 'IN/S', 'OUT/S', 'WORKERS'],
      look: (app) => look(app, app.monitor.queues()),
      cells: ({ name, paused, depth, running, oldest, inPerSecond, outPerSecond, workers }) => [
        name,
        paused ? 'paused' : null,
        depth,
        running,
        oldest,
        inPerSecond,
        outPerSecond,
        workers,
      ],
    }),
});

export const workersVerb = defineVerb({
  name: 'workers',
  summary: 'show the workers: the state of each, and what it runs',
  operands: [],
  flags: ROWS_FLAGS,
  epilogue: `RUNNING counts busy slots out of all slots; HEARD is the time since the last heartbeat. ${NEEDS}`,
  run: ({ values, terminal }) =>
    showRows(values, terminal, {
      head: ['WORKER', 'STATE', 'HEARD', 'RUNNING', 'DONE', 'LAG', 'MEMORY', 'POOL', 'QUEUES', 'HOST', 'PID'],
      look: (app) => look(app, app.monitor.workers()),
      cells: (row) => [
        row.name,
        row.state,
        row.lastHeartbeat,
        `${row.held}/${row.concurrency}`,
        row.processed,
        row.lagMs === null ? null : `${Math.round(row.lagMs)}ms`,
        row.rssBytes === null ? null : `${Math.round(row.rssBytes / 1_048_576)}MB`,
        row.pool,
        row.queues.join(','),
        row.host,
        row.pid,
      ],
    }),
});
