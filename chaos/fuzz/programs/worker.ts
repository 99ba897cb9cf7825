/** Workers in front of a gateway that speaks nonsense. */
import { plant } from '../../planting/plant.ts';
import { FUZZ_PLANTS } from '../fuzz-plants.ts';
import { waitMs, within } from '../scene.ts';
import { onFuzzCommand, readSettings, tellFuzzer, type VictimSettings } from './fuzz-messages.ts';
import { watchEventLoop } from './watchdog.ts';

const WORKERS = 3;
const ROUND_MS = 1_000;
const STOP_LIMIT_MS = 15_000;

watchEventLoop();
const { url, plant: bugName } = readSettings<VictimSettings>();
const bug = bugName === null ? undefined : FUZZ_PLANTS[bugName];
if (bug !== undefined) plant(bug);
const { Celeriac } = await import('@celeriac/client');
const { createWorker } = await import('@celeriac/worker');
let on = true;

const app = new Celeriac({ url });
app.task('add', (x: number, y: number) => x + y);
app.task('slow', () => waitMs(20));
app.task('fail', () => {
  throw new Error('no');
});

async function round(name: string): Promise<void> {
  const worker = createWorker(app, { gateway: url, name, shutdownTimeout: 0.1, queues: ['fuzz'] });
  worker.start().catch(() => {});
  await waitMs(ROUND_MS);
  if (!(await within(STOP_LIMIT_MS, worker.stop())))
    tellFuzzer({ kind: 'fault', what: `worker: ${name} does not stop` });
}

onFuzzCommand((order) => {
  if (order === 'finish') on = false;
});
const rounds = Array.from({ length: WORKERS }, async (_, n) => {
  while (on) await round(`victim-${n}`);
});
tellFuzzer({ kind: 'ready', url: '' });
await Promise.all(rounds);
if (Reflect.get({}, 'polluted') !== undefined)
  tellFuzzer({ kind: 'fault', what: 'worker: its prototypes are polluted' });
tellFuzzer({ kind: 'done' });
