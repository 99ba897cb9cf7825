// `npm run bench:feeds`: results a second on sqlite with nobody watching and with a feed of tasks and one of events open, burst
// about, in one run.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Celeriac } from '@celeriac/client';
import { BURST, COUNTED_BURSTS, median, timeBurst, WARM_BURSTS } from './measures.ts';
import { CLI, cpuMs, fileOf, run } from './processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'celeriac-feeds-'));
const gateway = run(
  [CLI, 'gateway', '--port', '0', '--store', 'sqlite:bench.db', '--log-level', 'error'],
  folder,
);
const url = /http:\S+/.exec(await gateway.firstLine)?.[0] ?? '';
const worker = run([CLI, 'worker', fileOf('tasks.ts'), '--gateway', url, '--log-level', 'error'], folder);
await worker.firstLine;
const app = new Celeriac({ url });

const callAll = (count: number): Promise<unknown> =>
  Promise.all(
    Array.from({ length: count }, (_, index) => app.sendTask('noop', [index])).map((handle) => handle.get()),
  );

interface Burst {
  readonly perSecond: number;
  /** Of the gateway, in microseconds a call; NaN where /proc does not tell. */
  readonly cpuUs: number;
}

async function burst(): Promise<Burst> {
  const before = cpuMs(gateway.process.pid) ?? Number.NaN;
  const perSecond = await timeBurst(callAll);
  return { perSecond, cpuUs: (((cpuMs(gateway.process.pid) ?? Number.NaN) - before) * 1_000) / BURST };
}

async function watchedBurst(): Promise<Burst> {
  const watcher = run([fileOf('watcher.ts')], folder, { CELERIAC_URL: url });
  await watcher.firstLine;
  const measured = await burst();
  await watcher.stop();
  return measured;
}

const alone: Burst[] = [];
const watched: Burst[] = [];
for (let pair = 0; pair < WARM_BURSTS + COUNTED_BURSTS; pair++) {
  const pairs = [await burst(), await watchedBurst()] as const;
  if (pair < WARM_BURSTS) continue;
  alone.push(pairs[0]);
  watched.push(pairs[1]);
}
await app.close();
await worker.stop();
await gateway.stop();
rmSync(folder, { recursive: true });

function describe(bursts: readonly Burst[]): string {
  const cpu = median(bursts.map(({ cpuUs }) => cpuUs)).toFixed(1);
  return `${Math.round(median(bursts.map(({ perSecond }) => perSecond)))} results/s, gateway ${cpu} µs a call`;
}

const ratios = watched.map(({ perSecond }, pair) => perSecond / (alone[pair]?.perSecond ?? Number.NaN));
console.log(
  `${COUNTED_BURSTS} pairs of bursts of ${BURST}, medians; node ${process.version}, ${cpus().length} cores`,
);
console.log(`nobody watches   ${describe(alone)}`);
console.log(`two feeds open   ${describe(watched)}`);
console.log(
  `ratio            ${median(ratios).toFixed(2)} (${ratios.map((one) => one.toFixed(2)).join(', ')})`,
);
