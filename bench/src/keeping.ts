// `npm run bench:keeping`: 200,000 tasks with results through sqlite, then the gateway again with a short time for results: how large
// the store is, what memory each process takes, and how long a call takes meanwhile, drawn into docs/images/keeping.svg.
// With `-- --steady`: 5,000 tasks a second for three minutes whose results are kept for 10 s; only printed.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { median } from './measures.ts';
import { type Curve, draw, type Mark } from './plot.ts';
import { CLI, fileOf, memoryKb, type Running, run } from './processes.ts';

const STEADY = process.argv.includes('--steady');
const TASKS = STEADY ? 900_000 : 200_000;
const PER_SECOND = STEADY ? 5_000 : 0;
const RESULTS_KEPT = '10s';
const SAMPLE_MS = 500;
/** After the load: longer than the minute for which every tombstone stays. */
const AFTERWARDS_S = STEADY ? 20 : 90;
const PICTURE = join(import.meta.dirname, '../../docs/images/keeping.svg');

const folder = mkdtempSync(join(tmpdir(), 'celeriac-keeping-'));
async function startGateway(port: string, flags: readonly string[]): Promise<readonly [Running, string]> {
  const gateway = run(
    [CLI, 'gateway', '--port', port, '--store', 'sqlite:bench.db', '--log-level', 'error', ...flags],
    folder,
  );
  return [gateway, /http:\S+/.exec(await gateway.firstLine)?.[0] ?? ''];
}

function bytesOf(name: string): number {
  return statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
}

const short = ['--result-expires', RESULTS_KEPT];
let [gateway, url] = await startGateway('0', STEADY ? short : []);
const worker = run([CLI, 'worker', fileOf('tasks.ts'), '--gateway', url, '--log-level', 'error'], folder);
await worker.firstLine;
const begun = performance.now();
const seconds = (): number => (performance.now() - begun) / 1_000;
const caller = run([fileOf('keeping-caller.ts'), `${TASKS}`, `${PER_SECOND}`], folder, { CELERIAC_URL: url });

let ways: number[] = [];
const loaded = new Promise<number>((resolve) => {
  if (caller.process.stdout === null) throw new Error('the caller has no output');
  createInterface({ input: caller.process.stdout }).on('line', (line) => {
    const told = JSON.parse(line) as { readonly wayMs?: number; readonly ms?: number };
    if (told.wayMs !== undefined) ways.push(told.wayMs);
    if (told.ms !== undefined) resolve(told.ms);
  });
});

const [store, log, way] = [curve('store'), curve('its log'), curve('median of half a second')];
const memories = [curve('gateway'), curve('worker'), curve('caller')];
const marks: Mark[] = [];

function curve(name: string): Curve & { readonly points: (readonly [number, number])[] } {
  return { name, points: [] };
}

function sample(): void {
  const at = seconds();
  store.points.push([at, bytesOf('bench.db') / 1e6]);
  log.points.push([at, bytesOf('bench.db-wal') / 1e6]);
  for (const [index, { process }] of [gateway, worker, caller].entries()) {
    const kb = memoryKb(process.pid);
    if (kb !== undefined && !Number.isNaN(kb)) memories[index]?.points.push([at, kb / 1_000]);
  }
  if (ways.length > 0) way.points.push([at, median(ways)]);
  ways = [];
}

const sampler = setInterval(sample, SAMPLE_MS);
const loadMs = await loaded;
marks.push({ at: seconds(), text: 'all done' });
if (!STEADY) {
  await gateway.stop();
  [gateway] = await startGateway(new URL(url).port, short);
  marks.push({ at: seconds(), text: `started again, results kept for ${RESULTS_KEPT}` });
}
await pause(AFTERWARDS_S * 1_000);
clearInterval(sampler);
for (const { process, ended } of [caller, worker, gateway]) {
  process.kill('SIGTERM');
  await ended;
}
rmSync(folder, { recursive: true });

console.log(
  `${TASKS} tasks with 500 B results in ${(loadMs / 1_000).toFixed(0)} s; node ${process.version}, ${cpus().length} cores`,
);
console.log('second  store MB  log MB  gateway, worker, caller MB  call ms');
const last = Math.floor(seconds());
for (let second = 0; second < last; second += 5) {
  const at = ({ points }: Curve): string =>
    (points.find(([moment]) => moment >= second)?.[1] ?? Number.NaN).toFixed(1);
  console.log(
    [second, at(store), at(log), memories.map(at).join(' '), at(way)]
      .map((cell) => `${cell}`.padEnd(8))
      .join(' '),
  );
}
if (!STEADY) {
  const panels = [
    { title: 'on the disk, MB', curves: [store, log] },
    { title: 'resident memory, MB', curves: memories },
    { title: 'a call there and back, ms', curves: [way], logarithmic: true },
  ];
  const title = `${TASKS.toLocaleString('en')} tasks with results, which then are over their time`;
  writeFileSync(PICTURE, draw(title, panels, marks));
  console.log(`drawn into ${PICTURE}`);
}
