import type { Backup, Celeriac } from '@celeriac/client';
import { WORKER_CAPACITY } from '@celeriac/protocol/internal';
import { gatewayAddress, withApp } from '../../calling/with-app.ts';
import { GATEWAY_ADDRESS, jsonFlag } from '../../options/common-flags.ts';
import { integerOption } from '../../options/readers.ts';
import { EXIT } from '../../output/exit.ts';
import { defineVerb, type Verb } from '../../verb.ts';

interface OrderSpec<Answer> {
  readonly name: string;
  readonly summary: string;
  readonly operands: readonly (readonly [operand: string, help: string])[];
  readonly run: (app: Celeriac, subject: string, value: string) => Promise<Answer>;
  /** What was done, as a line. */
  readonly said: (answer: Answer, subject: string) => string;
  /** After the list of flags; that it needs admin:control where it says nothing. */
  readonly epilogue?: string;
  /** And as data. */
  readonly done: (answer: Answer, subject: string, value: string) => Readonly<Record<string, unknown>>;
}

function order<Answer>(spec: OrderSpec<Answer>): Verb {
  return defineVerb({
    name: spec.name,
    summary: spec.summary,
    operands: spec.operands,
    flags: { ...GATEWAY_ADDRESS, json: jsonFlag('the command and what it did as one JSON object') },
    epilogue: spec.epilogue ?? 'Needs a token with admin:control.',
    async run({ operands: [subject = '', value = ''], values, terminal }) {
      return withApp(gatewayAddress(values), terminal, async (app) => {
        const answer = await spec.run(app, subject, value);
        const done = { command: spec.name, ...spec.done(answer, subject, value) };
        terminal.print(values.json ? JSON.stringify(done) : spec.said(answer, subject));
        return EXIT.ok;
      });
    },
  });
}

interface WorkerOrderSpec {
  readonly name: string;
  readonly summary: string;
  readonly operands?: OrderSpec<number>['operands'];
  readonly run: OrderSpec<number>['run'];
  /** What is asked for beside the command itself. */
  readonly asked?: (value: string) => Readonly<Record<string, unknown>>;
}

/** Told to all processes of one name. */
function workerOrder({ name, summary, operands = [], run, asked = () => ({}) }: WorkerOrderSpec): Verb {
  return order<number>({
    name,
    summary,
    operands: [['<worker>', 'its name'], ...operands],
    run,
    said: (processes, worker) => `told ${worker}${processes === 1 ? '' : ` (${processes} processes)`}`,
    done: (processes, worker, value) => ({ worker, ...asked(value), processes }),
  });
}

const QUEUE: OrderSpec<number>['operands'] = [['<queue>', 'its name']];

function pauseOrder(name: string, summary: string, paused: boolean): Verb {
  return order<number>({
    name,
    summary,
    operands: QUEUE,
    run: (app, queue) => (paused ? app.control.pauseQueue(queue) : app.control.resumeQueue(queue)),
    said: (waiting, queue) =>
      `${paused ? 'paused' : 'resumed'} ${queue}: ${waiting} ${waiting === 1 ? 'task waits' : 'tasks wait'}`,
    done: (waiting, queue) => ({ queue, paused, waiting }),
  });
}

const BACKUP_EPILOGUE = `The gateway writes the copy on its own machine, into the folder of its store or the one that its --backup-folder names: FILE is
relative to that folder, not to yours. An existing file is never overwritten. The copy is complete, needs no other file, and
has everything that was accepted before; while no gateway runs, it can replace the store. Needs a token with admin:backup.

Examples:
  celeriac control backup monday.db
  celeriac control backup /var/backups/celeriac/monday.db      with --backup-folder /var/backups/celeriac`;

const readSlots = integerOption(1, WORKER_CAPACITY);

export const orderVerbs: readonly Verb[] = [
  pauseOrder('pause-queue', 'hand out no tasks of a queue until it is resumed', true),
  pauseOrder('resume-queue', 'hand out the tasks of a paused queue again', false),
  order<number>({
    name: 'purge',
    summary: 'revoke all tasks that wait in a queue',
    operands: QUEUE,
    run: (app, queue) => app.control.purge(queue),
    said: (revoked, queue) => `revoked ${revoked} ${revoked === 1 ? 'task' : 'tasks'} of ${queue}`,
    done: (revoked, queue) => ({ queue, revoked }),
  }),
  order<string>({
    name: 'retry',
    summary: 'call a task again, as a new one, and print its id',
    operands: [['<id>', 'the task']],
    run: (app, id) => app.control.retry(id),
    said: (id) => id,
    done: (id, retried) => ({ id, retried }),
  }),
  workerOrder({
    name: 'drain',
    summary: 'tell a worker to take no new tasks',
    run: (app, worker) => app.control.drain(worker),
  }),
  workerOrder({
    name: 'resume',
    summary: 'let a worker take tasks again',
    run: (app, worker) => app.control.resume(worker),
  }),
  workerOrder({
    name: 'shutdown',
    summary: 'tell a worker to finish its tasks and exit',
    run: (app, worker) => app.control.shutdown(worker),
  }),
  workerOrder({
    name: 'concurrency',
    summary: 'set how many tasks a worker runs at the same time',
    operands: [['<slots>', 'a number, at least 1']],
    run: (app, worker, slots) => app.control.concurrency(worker, readSlots(slots, 'SLOTS')),
    asked: (slots) => ({ concurrency: readSlots(slots, 'SLOTS') }),
  }),
  order<Backup>({
    name: 'backup',
    summary: 'copy the store while the gateway runs',
    operands: [['<file>', 'where to, on the gateway’s machine; must not exist yet']],
    epilogue: BACKUP_EPILOGUE,
    run: (app, file) => app.control.backup(file),
    said: ({ path, bytes }) => `${path}: ${(bytes / 1e6).toFixed(1)} MB`,
    done: (made) => ({ ...made }),
  }),
];
