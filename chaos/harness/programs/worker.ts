/** A worker as a program of its own. */
import { createWorker } from '@celeriac/worker';
import {
  onCommand,
  tellHarness,
  type WorkerCommand,
  type WorkerProcessSettings,
} from '../harness-messages.ts';
import { openJournal } from '../journal.ts';
import { MachineClock } from '../machine-clock.ts';
import { readLeases } from './lease-nonce.ts';

const { name, url, pool, concurrency, prefetch, journal } = JSON.parse(
  process.argv[2] ?? '{}',
) as WorkerProcessSettings;
process.env['CHAOS_WORKER'] = name;
process.env['CHAOS_JOURNAL'] = journal;
const TASKS = new URL('./harness-tasks.ts', import.meta.url);
const { app } = await import('./harness-tasks.ts');

const clock = new MachineClock();
const recorder = openJournal(name, journal, clock);
readLeases(recorder);
// Threads load them anew.
const tasks = pool === 'inline' ? {} : { tasks: TASKS };
const worker = createWorker(app, { name, gateway: url, concurrency, prefetch, pool, ...tasks, clock });
worker.on('ready', () => recorder.say({ kind: 'worker', phase: 'up', pool, concurrency, prefetch }));
worker.on('lost', () => recorder.say({ kind: 'worker', phase: 'down', pool, concurrency, prefetch }));
worker.on('refused', ({ code, message }) =>
  tellHarness({ kind: 'failed', what: `${name}: ${code}: ${message}` }),
);
worker.on('stopped', () => process.exit(0));
process.once('SIGTERM', () => void worker.stop());
onCommand<WorkerCommand>(({ offsetMs }) => {
  clock.offsetMs = offsetMs;
});

await worker.start();
tellHarness({ kind: 'ready', port: 0 });
