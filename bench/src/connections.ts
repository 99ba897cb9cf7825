// `npm run bench:connections -- --clients 2000`: what many idle clients cost, what one that does not read does to the others, and
// how all of them come back after their gateway was killed. Ends with 1 when a lease, a handle or a result was lost.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type CrowdApp, connectAll, makeCrowd, timeCalls, untilBack } from './crowd.ts';
import { part } from './measures.ts';
import { CLI, fileOf, memoryKb, type Running, run } from './processes.ts';

const { values } = parseArgs({ options: { clients: { type: 'string', default: '2000' } } });
const CLIENTS = Number(values.clients);
const ROUND_TRIPS = 500;
const WARM_UP = 200;
/** Results that a client asks for and does not read: twenty-four megabytes. */
const RESULTS = 1_200;
const RESULT_SIZE = 20_000;
/** Attempts that are running when the gateway is killed. */
const RUNNING = 100;
/** After so long without work the gateway has given back what it does not need. */
const SETTLE_MS = 6_000;

const folder = mkdtempSync(join(tmpdir(), 'celeriac-crowd-'));
const faults: string[] = [];

function startGateway(port: number): Running {
  return run(
    [CLI, 'gateway', '--port', String(port), '--store', 'sqlite:crowd.db', '--log-level', 'error'],
    folder,
  );
}

function startWorker(url: string, queue: string, concurrency: number): Running {
  const args = ['worker', fileOf('crowd-tasks.ts'), '--gateway', url, '--log-level', 'error'];
  return run([CLI, ...args, '--queues', queue, '--concurrency', String(concurrency)], folder);
}

/** Round trips of one client while another asks for much, and reads it or does not. */
async function timeBeside(app: CrowdApp, url: string, reads: boolean): Promise<readonly number[]> {
  const greedy = run([fileOf('greedy.ts'), String(RESULTS), String(RESULT_SIZE)], folder, {
    CELERIAC_URL: url,
  });
  await greedy.firstLine;
  if (!reads) greedy.process.kill('SIGSTOP');
  const times = await timeCalls(app, ROUND_TRIPS);
  if (!reads) greedy.process.kill('SIGCONT');
  const code = await greedy.ended;
  if (code !== 0) faults.push(`the client that ${reads ? 'reads' : 'stood still'} did not get every result`);
  return times;
}

/** What the gateway's heap holds, by its own account. */
async function heapKb(): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(text)?.[1]) / 1_024;
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;

let gateway = startGateway(0);
const url = /http:\S+/.exec(await gateway.firstLine)?.[0] ?? '';
const workers = [startWorker(url, 'quick', 4), startWorker(url, 'heavy', RUNNING)];
for (const worker of workers) await worker.firstLine;

const [active] = makeCrowd(url, 1);
if (active === undefined) throw new Error('there is no client');
await timeCalls(active, WARM_UP);
const alone = await timeCalls(active, ROUND_TRIPS);

await pause(SETTLE_MS);
const before = memoryKb(gateway.process.pid);
const heapBefore = await heapKb();
const crowd = makeCrowd(url, CLIENTS);
const dialled = performance.now();
await connectAll(crowd);
const connectedMs = performance.now() - dialled;
// A gateway gives back the garbage of a burst when it rests after work; connecting is none.
await timeCalls(active, 1);
await pause(SETTLE_MS);
const after = memoryKb(gateway.process.pid);
const heap = (await heapKb()) - heapBefore;
if (before !== undefined && after !== undefined)
  console.log(
    `${CLIENTS} idle clients: ${((after - before) / CLIENTS).toFixed(1)} KB each (${before} to ${after} KB), of these ${(heap / CLIENTS).toFixed(1)} KB of heap; connected in ${ms(connectedMs)}`,
  );

const idle = await timeCalls(active, ROUND_TRIPS);
const reading = await timeBeside(active, url, true);
const stalled = await timeBeside(active, url, false);
for (const [name, times, base] of [
  ['alone', alone, alone],
  [`beside ${CLIENTS} idle clients`, idle, alone],
  ['and one that reads 24 MB of results', reading, reading],
  ['and one that does not read them', stalled, reading],
] as const) {
  const ratio = part(times, 0.5) / part(base, 0.5);
  console.log(
    `round trip ${name}: p50 ${ms(part(times, 0.5))}, p99 ${ms(part(times, 0.99))}` +
      (times === base
        ? ''
        : ` (p50 ${ratio.toFixed(2)}× ${base === alone ? 'alone' : 'as with one that reads'})`),
  );
}

const log = join(folder, 'began');
const release = join(folder, 'release');
writeFileSync(log, '');
const handles = crowd.map((app) => app.tasks.hold.delay(log, release));
await Promise.all(handles.map((handle) => handle.accepted));
// What began a moment ago may have no lease on disk yet; a start is told when it has.
while (handles.filter(({ state }) => state === 'STARTED').length < Math.min(RUNNING, CLIENTS))
  await pause(50);

gateway.process.kill('SIGKILL');
await gateway.ended;
gateway = startGateway(Number(new URL(url).port));
await gateway.firstLine;
const back = await untilBack(crowd);
writeFileSync(release, '');
const outcomes = await Promise.allSettled(handles.map((handle) => handle.get({ timeout: 120 })));
const lost = outcomes.filter((one, at) => one.status === 'rejected' || one.value !== handles[at]?.id).length;
const began = readFileSync(log, 'utf8').split('\n').filter(Boolean);
const again = began.length - new Set(began).size;
if (lost > 0) faults.push(`${lost} of ${CLIENTS} handles did not get their value`);
if (again > 0) faults.push(`${again} tasks began again: their leases were lost`);
console.log(
  `gateway killed with ${Math.min(RUNNING, CLIENTS)} attempts running: ${CLIENTS} clients back p50 ${ms(part(back, 0.5))}, ` +
    `all ${ms(part(back, 1))} after it was; ${lost} handles and ${again} leases lost`,
);

await Promise.all([...crowd, active].map((app) => app.close()));
for (const worker of workers) await worker.stop();
await gateway.stop();
rmSync(folder, { recursive: true });
for (const fault of faults) console.log(`fault: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
