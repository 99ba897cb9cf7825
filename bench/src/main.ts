// `npm run bench`: what a call costs, beside the floor of a bare socket.io acknowledgement, in one run.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { BURST, COUNTED_BURSTS, type Figures, SEQUENTIAL, WARM_BURSTS, WARM_UP } from './measures.ts';
import { CLI, cpuMs, fileOf, run } from './processes.ts';

interface Subject {
  readonly name: string;
  readonly figures: Figures;
  /** Processor time per call of everything measured (sequence and bursts), in microseconds. */
  readonly gatewayCpuUs: number | null;
  readonly workerCpuUs: number | null;
}

const CALLS = WARM_UP + SEQUENTIAL + 2 * (WARM_BURSTS + COUNTED_BURSTS) * BURST;

async function call(kind: string, url: string): Promise<Figures> {
  const caller = run([fileOf('caller.ts'), kind, url], process.cwd(), { CELERIAC_URL: url });
  const figures = JSON.parse(await caller.firstLine) as Figures;
  await caller.stop();
  return figures;
}

async function measureFloor(): Promise<Subject> {
  const server = run([fileOf('floor-server.ts')], process.cwd());
  const figures = await call('floor', await server.firstLine);
  await server.stop();
  return { name: 'floor: socket.io ack', figures, gatewayCpuUs: null, workerCpuUs: null };
}

async function measureStore(name: string, store: string): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-bench-'));
  const gateway = run([CLI, 'gateway', '--port', '0', '--store', store, '--log-level', 'error'], folder);
  const url = /http:\S+/.exec(await gateway.firstLine)?.[0] ?? '';
  const worker = run([CLI, 'worker', fileOf('tasks.ts'), '--gateway', url, '--log-level', 'error'], folder);
  await worker.firstLine;
  const before = [cpuMs(gateway.process.pid), cpuMs(worker.process.pid)];
  const figures = await call('celeriac', url);
  const after = [cpuMs(gateway.process.pid), cpuMs(worker.process.pid)];
  await worker.stop();
  await gateway.stop();
  rmSync(folder, { recursive: true });
  const perCall = (which: number): number | null => {
    const [begun, ended] = [before[which], after[which]];
    return begun === undefined || ended === undefined ? null : ((ended - begun) * 1_000) / CALLS;
  };
  return { name, figures, gatewayCpuUs: perCall(0), workerCpuUs: perCall(1) };
}

function table(subjects: readonly Subject[], floor: Figures): string {
  const ratio = (value: number, base: number): string => `${(value / base).toFixed(2)}×`;
  const rows = subjects.map(({ name, figures, gatewayCpuUs, workerCpuUs }) => {
    const { roundTrip, resultsPerSecond, acceptsPerSecond } = figures;
    return [
      name,
      roundTrip.p50Ms.toFixed(2),
      roundTrip.p95Ms.toFixed(2),
      roundTrip.p99Ms.toFixed(2),
      ratio(roundTrip.p50Ms, floor.roundTrip.p50Ms),
      Math.round(resultsPerSecond).toString(),
      ratio(resultsPerSecond, floor.resultsPerSecond),
      Math.round(acceptsPerSecond).toString(),
      ratio(acceptsPerSecond, floor.acceptsPerSecond),
      gatewayCpuUs === null ? '–' : gatewayCpuUs.toFixed(1),
      workerCpuUs === null ? '–' : workerCpuUs.toFixed(1),
    ];
  });
  const head = [
    '',
    'p50 ms',
    'p95',
    'p99',
    '÷ floor',
    'results/s',
    '÷ floor',
    'accepts/s',
    '÷ floor',
    'gateway µs',
    'worker µs',
  ];
  const lines = [head, head.map(() => '---'), ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
    .join('\n');
}

const floor = await measureFloor();
const memory = await measureStore('Celeriac, memory', 'memory');
const sqlite = await measureStore('Celeriac, sqlite (fsync)', 'sqlite:bench.db');
const subjects = [floor, memory, sqlite];

console.log(
  `\n${SEQUENTIAL} sequential calls after ${WARM_UP}, bursts of ${BURST} (median of ${COUNTED_BURSTS} after ${WARM_BURSTS}), one caller, one worker;`,
);
console.log(
  `node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${process.platform} ${arch()}\n`,
);
console.log(table(subjects, floor.figures));

const folder = join(import.meta.dirname, '../results');
mkdirSync(folder, { recursive: true });
const path = join(folder, 'latest.json');
writeFileSync(
  path,
  `${JSON.stringify({ node: process.version, cores: cpus().length, burst: BURST, subjects }, null, 2)}\n`,
);
console.log(`\nwritten to ${path}`);
