/** `celeriac inspect task ID`. */
import type { AsyncResult, Snapshot, Waiting } from '@celeriac/client';
import { describeResult } from '../../calling/report.ts';
import { gatewayAddress, withApp } from '../../calling/with-app.ts';
import { GATEWAY_ADDRESS, jsonFlag } from '../../options/common-flags.ts';
import { EXIT } from '../../output/exit.ts';
import { cutText, printable, valueText } from '../../output/format.ts';
import { tableLines } from '../../output/table.ts';
import type { Terminal } from '../../terminal.ts';
import { defineVerb } from '../../verb.ts';

/** Characters of a value that are shown to people. */
const VALUE_SHOWN = 2_000;

const WAITS: Readonly<Record<Waiting, string>> = {
  due: 'until it is due',
  worker: 'for a worker of its queue',
  turn: 'for its turn',
  rate: 'for its rate limit',
  pause: 'until its queue is resumed',
};

/** Where no worker can run it: what is missing. */
function waitOf({ name, queue, lacks }: Snapshot, waiting: Waiting): string {
  if (waiting !== 'worker' || lacks == null) return WAITS[waiting];
  if (lacks === 'queue') return `for a worker: none takes tasks from queue '${queue}'`;
  const where = queue === null ? '' : ` of those that take from queue '${queue}'`;
  return `for a worker: none${where} has the task '${name}'`;
}

export const taskVerb = defineVerb({
  name: 'task',
  summary: 'show everything known about one task, with its history',
  operands: [['<id>', 'the task']],
  flags: { ...GATEWAY_ADDRESS, json: jsonFlag('everything as one JSON object') },
  epilogue:
    'An id that the gateway does not know ends with exit code 1. Needs a token that may read the task.',
  async run({ operands: [id = ''], values, terminal }) {
    return withApp(gatewayAddress(values), terminal, async (app) => {
      const res = app.AsyncResult(id);
      const snapshot = await res.refresh();
      if (values.json) terminal.print(JSON.stringify(describeResult(res)));
      else if (!snapshot.known) terminal.complain(`celeriac: there is no task ${id}`);
      else for (const line of taskLines(snapshot, res.args, terminal)) terminal.print(line);
      return snapshot.known ? EXIT.ok : EXIT.failed;
    });
  },
});

export function taskLines(
  task: Snapshot,
  args: AsyncResult['args'],
  style: Pick<Terminal, 'clock' | 'width'>,
): readonly string[] {
  const facts = factsOf(task, args);
  const room = Math.max(...facts.map(([name]) => name.length));
  const table = { now: style.clock.now(), width: style.width };
  const rows = task.history.map(({ at, state, reason, attempt, worker }) => [
    at.toISOString(),
    at,
    state,
    reason,
    attempt,
    worker,
  ]);
  return [
    ...facts.map(([name, value]) => `${name.padEnd(room)}  ${cutText(printable(value), VALUE_SHOWN)}`),
    '',
    ...tableLines(['AT', 'AGE', 'STATE', 'REASON', 'ATTEMPT', 'WORKER'], rows, table),
  ];
}

function factsOf(
  task: Snapshot,
  args: AsyncResult['args'],
): readonly (readonly [name: string, value: string])[] {
  return [
    ['task', task.name ?? '-'],
    ['id', task.id],
    ['state', task.waiting === null ? task.state : `${task.state}, waits ${waitOf(task, task.waiting)}`],
    ['queue', task.queue ?? '-'],
    ['worker', task.worker ?? '-'],
    ['retries', String(task.retries)],
    ['args', args === undefined ? '-' : valueText(args)],
    ...calledTasks(task),
    ...outcome(task),
  ];
}

function calledTasks({ children, moreChildren }: Snapshot): readonly (readonly [string, string])[] {
  if (children.length === 0) return [];
  return [['called', moreChildren ? `more than ${children.length} tasks` : children.join(' ')]];
}

function outcome({ result, info }: Snapshot): readonly (readonly [string, string])[] {
  if (result instanceof Error) return [['error', `${result.name}: ${result.message}`]];
  if (result !== undefined) return [['result', valueText(result)]];
  return info === undefined ? [] : [['info', valueText(info)]];
}
