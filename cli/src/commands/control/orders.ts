import type { Celeriac } from '@celeriac/client';
import { OptionError, show } from '@celeriac/protocol';
import { addressOf, withApp } from '../../calling/with-app.ts';
import { GATEWAY_ADDRESS } from '../../options/gateway-address.ts';
import { JSON_FLAG } from '../../options/waiting.ts';
import { EXIT } from '../../output/exit-codes.ts';
import { defineVerb, type Verb } from '../../verb.ts';

interface OrderSpec {
  readonly name: string;
  readonly summary: string;
  readonly operands: readonly (readonly [operand: string, help: string])[];
  readonly run: (app: Celeriac, subject: string, value: string) => Promise<number | string>;
  readonly said: (answer: number | string, subject: string) => string;
}

function order(spec: OrderSpec): Verb {
  return defineVerb({
    name: spec.name,
    summary: spec.summary,
    operands: spec.operands,
    flags: { ...GATEWAY_ADDRESS, json: JSON_FLAG },
    epilogue: 'Needs a token with admin:control.',
    async run({ operands: [subject = '', value = ''], values, terminal }) {
      return withApp(addressOf(values), terminal, async (app) => {
        const answer = await spec.run(app, subject, value);
        terminal.print(values.json ? JSON.stringify({ subject, answer }) : spec.said(answer, subject));
        return EXIT.ok;
      });
    },
  });
}

const QUEUE: OrderSpec['operands'] = [['<queue>', 'its name']];
const WORKER: OrderSpec['operands'] = [['<worker>', 'its name']];
const told = (answer: number | string, worker: string): string =>
  `told ${worker}${answer === 1 ? '' : ` (${answer} processes)`}`;

export const orderVerbs: readonly Verb[] = [
  order({
    name: 'pause-queue',
    summary: 'hand out nothing of a queue until it is resumed',
    operands: QUEUE,
    run: (app, queue) => app.control.pauseQueue(queue),
    said: (count, queue) => `paused ${queue}: ${count} ${count === 1 ? 'task waits' : 'tasks wait'}`,
  }),
  order({
    name: 'resume-queue',
    summary: 'hand out the tasks of a queue again',
    operands: QUEUE,
    run: (app, queue) => app.control.resumeQueue(queue),
    said: (count, queue) => `resumed ${queue}: ${count} ${count === 1 ? 'task waits' : 'tasks wait'}`,
  }),
  order({
    name: 'purge',
    summary: 'revoke all that waits in a queue',
    operands: QUEUE,
    run: (app, queue) => app.control.purge(queue),
    said: (count, queue) => `revoked ${count} tasks of ${queue}`,
  }),
  order({
    name: 'retry',
    summary: 'call a task again, as a new one, and print its id',
    operands: [['<id>', 'the task']],
    run: (app, id) => app.control.retry(id),
    said: (id) => String(id),
  }),
  order({
    name: 'drain',
    summary: 'ask a worker to take nothing new',
    operands: WORKER,
    run: (app, worker) => app.control.drain(worker),
    said: told,
  }),
  order({
    name: 'resume',
    summary: 'let a worker take tasks again',
    operands: WORKER,
    run: (app, worker) => app.control.resume(worker),
    said: told,
  }),
  order({
    name: 'shutdown',
    summary: 'ask a worker to end with its last task',
    operands: WORKER,
    run: (app, worker) => app.control.shutdown(worker),
    said: told,
  }),
  order({
    name: 'concurrency',
    summary: 'let a worker run so many tasks at the same time',
    operands: [...WORKER, ['<slots>', 'a number from 1 on']],
    run: (app, worker, slots) => app.control.concurrency(worker, readSlots(slots)),
    said: told,
  }),
];

function readSlots(given: string): number {
  if (/^[1-9]\d{0,4}$/.test(given)) return Number(given);
  throw new OptionError('slots', `expected SLOTS to be a number from 1 on, got: ${show(given)}`);
}
