// `npm run bench:names`: one call's way there and back on sqlite, and the gateway's processor time for it, with 30,000 queues and as
// many task names in which calls wait that nobody serves, beside a gateway without them, turn about in one run.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Celeriac } from '@celeriac/client';
import { median } from './measures.ts';
import { CLI, cpuMs, fileOf, memoryKb, run } from './processes.ts';

const NAMES = 30_000;
const AT_ONCE = 1_000;
const ROUNDS = 9;
const CALLS = 300;

interface Setup {
  readonly pid: number | undefined;
  readonly app: Celeriac;
  stop(): Promise<void>;
}

async function build(): Promise<Setup> {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-names-'));
  const gateway = run(
    [CLI, 'gateway', '--port', '0', '--store', 'sqlite:bench.db', '--log-level', 'error'],
    folder,
  );
  const url = /http:\S+/.exec(await gateway.firstLine)?.[0] ?? '';
  const worker = run([CLI, 'worker', fileOf('tasks.ts'), '--gateway', url, '--log-level', 'error'], folder);
  await worker.firstLine;
  const app = new Celeriac({ url });
  const stop = async (): Promise<void> => {
    await app.close();
    await worker.stop();
    await gateway.stop();
    rmSync(folder, { recursive: true });
  };
  return { pid: gateway.process.pid, app, stop };
}

async function name({ app }: Setup): Promise<void> {
  for (let done = 0; done < NAMES; done += AT_ONCE) {
    const calls = Array.from({ length: AT_ONCE }, (_, index) => [
      app.sendTask('noop', [0], { queue: `queue-${done + index}` }),
      app.sendTask(`task-${done + index}`, [0]),
    ]);
    await Promise.all(calls.flat().map(({ accepted }) => accepted));
  }
}

/** @returns the median way of a call in ms, and the gateway's processor time for each in ms */
async function round({ app, pid }: Setup): Promise<readonly [wayMs: number, cpuMs: number]> {
  const before = cpuMs(pid) ?? Number.NaN;
  const ways: number[] = [];
  for (let call = 0; call < CALLS; call++) {
    const begun = performance.now();
    await app.sendTask('noop', [call]).get();
    ways.push(performance.now() - begun);
  }
  return [median(ways), ((cpuMs(pid) ?? Number.NaN) - before) / CALLS];
}

const setups = [await build(), await build()] as const;
for (const setup of setups) await round(setup);
await name(setups[1]);
const ratios: (readonly [way: number, cpu: number])[] = [];
for (let turn = 0; turn < ROUNDS; turn++) {
  const [without, beside] = [await round(setups[0]), await round(setups[1])];
  ratios.push([beside[0] / without[0], beside[1] / without[1]]);
  console.log(
    `without ${without[0].toFixed(2)} ms, ${without[1].toFixed(2)} ms of processor; beside ${beside[0].toFixed(2)} ms, ${beside[1].toFixed(2)} ms`,
  );
}
const megabytes = setups.map(({ pid }) => Math.round((memoryKb(pid) ?? Number.NaN) / 1024));
console.log(
  `${2 * NAMES} names, node ${process.version}, ${cpus().length} cores; resident ${megabytes.join(' and ')} MB`,
);
console.log(
  `ratio of the way ${median(ratios.map(([way]) => way)).toFixed(2)}, of the processor time ${median(ratios.map(([, cpu]) => cpu)).toFixed(2)}`,
);
for (const setup of setups) await setup.stop();
