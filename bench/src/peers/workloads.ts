/** What is measured of each subject. Each has fresh processes, in a folder that is gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuMsOfTree, memoryKbOfTree, type Running } from '../processes.ts';
import type { Order, Report } from './role.ts';
import type { Setup, Subject } from './subjects.ts';

export const WORKLOADS = ['w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7'] as const;
export type Workload = (typeof WORKLOADS)[number];

/** One number each; what a subject does not have is absent. Times are ms, processor times µs a task, rates a second, sizes bytes. */
export type Figures = Readonly<Record<string, number>>;

const WARM_SEQUENCE = 500;
const WARM_BURST = 2_000;
const QUEUED = 100_000;
const WATCHERS = 500;
const IDLE = 10_000;
const IDLE_A_PROCESS = 2_500;
const STORED = 1_000_000;
/** Processes that were just started come to rest. */
const SETTLE_MS = 300;
/** After a load a server gives back what it does not need. */
const REST_MS = 3_000;
const IDLE_REST_MS = 8_000;

interface Crew extends Setup {
  readonly worker: Running | undefined;
  readonly caller: Running;
}

async function withCrew<Result>(
  subject: Subject,
  works: boolean,
  act: (crew: Crew) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-peers-'));
  const setup = await subject.start(folder);
  const parts: Running[] = [];
  const keep = (part: Running): Running => {
    parts.unshift(part);
    return part;
  };
  try {
    const worker = works ? keep(await setup.startWorker()) : undefined;
    const caller = keep(await setup.startCaller());
    await pause(SETTLE_MS);
    return await act({ ...setup, worker, caller });
  } finally {
    for (const part of parts) await part.stop();
    await setup.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ask(part: Running, order: Order): Promise<Report> {
  return JSON.parse(await part.ask(JSON.stringify(order))) as Report;
}

/** One order, with the rate and the processor time of each process that it took. */
async function measure(
  crew: Crew,
  order: Order & { readonly count: number },
  name: string,
): Promise<Figures> {
  const pids = [crew.server.process.pid, crew.worker?.process.pid];
  const before = pids.map(cpuMsOfTree);
  const { ms, cpuMs } = await ask(crew.caller, order);
  const [server = 0, worker = 0] = pids.map((pid, index) => cpuMsOfTree(pid) - (before[index] ?? 0));
  const each = (all: number): number => (all * 1_000) / order.count;
  return {
    [`${name}PerSecond`]: (order.count * 1_000) / ms,
    [`${name}ServerUs`]: each(server),
    [`${name}WorkerUs`]: each(worker),
    [`${name}CallerUs`]: each(cpuMs),
  };
}

async function oneCall(crew: Crew, { sequence }: Subject): Promise<Figures> {
  await ask(crew.caller, { do: 'sequence', count: Math.min(WARM_SEQUENCE, sequence) });
  const {
    p50Ms = Number.NaN,
    p95Ms = Number.NaN,
    p99Ms = Number.NaN,
  } = await ask(crew.caller, {
    do: 'sequence',
    count: sequence,
  });
  return { p50Ms, p95Ms, p99Ms };
}

async function burst(crew: Crew, { burst: count, warming }: Subject): Promise<Figures> {
  const order = { do: 'burst', count } as const;
  await ask(crew.caller, { do: 'burst', count: Math.min(WARM_BURST, count) });
  const cold = await measure(crew, order, 'cold');
  if (warming === 0) return cold;
  for (let round = 0; round < warming; round++) await ask(crew.caller, order);
  return { ...cold, ...(await measure(crew, order, 'hot')) };
}

async function accepts(crew: Crew, { burst: count }: Subject): Promise<Figures> {
  await ask(crew.caller, { do: 'accepts', count: Math.min(WARM_BURST, count) });
  return await measure(crew, { do: 'accepts', count }, 'accepts');
}

async function queued(crew: Crew): Promise<Figures> {
  await ask(crew.caller, { do: 'accepts', count: WARM_BURST });
  await pause(REST_MS);
  const before = memoryKbOfTree(crew.server.process.pid);
  for (let count = 0; count < QUEUED; count += 10_000)
    await ask(crew.caller, { do: 'accepts', count: 10_000 });
  await pause(REST_MS);
  return { queuedBytes: ((memoryKbOfTree(crew.server.process.pid) - before) * 1_024) / QUEUED };
}

async function watched(crew: Crew): Promise<Figures> {
  const watchers = await crew.startWatchers?.(WATCHERS);
  if (watchers === undefined) return {};
  try {
    const { id = '' } = await ask(crew.caller, { do: 'tick' });
    const { p50Ms = Number.NaN, p99Ms = Number.NaN } = await ask(watchers, { do: 'watch', id });
    return { watchedP50Ms: p50Ms, watchedP99Ms: p99Ms };
  } finally {
    await watchers.stop();
  }
}

/** Beside the memory of a server with one client that has called. */
async function idle(crew: Crew): Promise<Figures> {
  await ask(crew.caller, { do: 'burst', count: WARM_BURST });
  await pause(IDLE_REST_MS);
  const before = memoryKbOfTree(crew.server.process.pid);
  const crowds: Running[] = [];
  try {
    for (let count = 0; count < IDLE; count += IDLE_A_PROCESS) {
      const crowd = await crew.startIdle?.(IDLE_A_PROCESS);
      if (crowd === undefined) return {};
      crowds.push(crowd);
    }
    // A server gives back the garbage of connecting when it rests after work.
    await ask(crew.caller, { do: 'burst', count: 1 });
    await pause(IDLE_REST_MS);
    return { idleBytes: ((memoryKbOfTree(crew.server.process.pid) - before) * 1_024) / IDLE };
  } finally {
    await Promise.all(crowds.map((crowd) => crowd.stop('SIGKILL')));
  }
}

async function beside(crew: Crew, subject: Subject): Promise<Figures> {
  for (let done = 0; done < STORED; done += subject.burst) {
    await ask(crew.caller, { do: 'accepts', count: subject.burst });
    await ask(crew.caller, { do: 'burst', count: subject.burst });
  }
  await pause(REST_MS);
  const { p50Ms, p99Ms } = await oneCall(crew, subject);
  return { besideP50Ms: p50Ms ?? Number.NaN, besideP99Ms: p99Ms ?? Number.NaN };
}

/** @returns nothing where this subject does not offer what is measured, or would take too long */
export async function measureWorkload(workload: Workload, subject: Subject): Promise<Figures> {
  const ours = subject.key.startsWith('celeriac');
  const quick = subject.burst >= 20_000;
  switch (workload) {
    case 'w1':
      return await withCrew(subject, true, (crew) => oneCall(crew, subject));
    case 'w2':
      return await withCrew(subject, true, (crew) => burst(crew, subject));
    case 'w3':
      return await withCrew(subject, false, (crew) => accepts(crew, subject));
    case 'w4':
      return quick ? await withCrew(subject, false, queued) : {};
    case 'w5':
      return ours || subject.key === 'bullmq' ? await withCrew(subject, true, watched) : {};
    case 'w6':
      return ours || subject.key === 'skeleton-memory' ? await withCrew(subject, true, idle) : {};
    case 'w7':
      return ours ? await withCrew(subject, true, (crew) => beside(crew, subject)) : {};
  }
}
