/** One run, from the first process to the verdict. */
import { join } from 'node:path';
import { check, type Report } from '../checker/report.ts';
import type { Entry } from '../history/entry.ts';
import type { HistoryRecorder } from '../history/history-recorder.ts';
import { Chance } from '../simulation/chance.ts';
import { Cluster, type ClusterSettings } from './cluster.ts';
import { readAll } from './histories.ts';
import { openJournal } from './journal.ts';
import { MachineClock, sleep } from './machine-clock.ts';
import { memoryOf } from './memory.ts';
import type { PlannedStrike } from './plan.ts';
import { ProcessNemesis } from './process-nemesis.ts';
import { readBack } from './read-back.ts';

export interface RunSettings extends ClusterSettings {
  readonly strikes: readonly PlannedStrike[];
  /** How long nothing may begin where something could and nothing is wrong; default 4 s. */
  readonly stallMs?: number;
  /** How long what was accepted may take to end when all is well again; default 120 s. */
  readonly drainMs?: number;
  readonly onProgress: (line: string) => void;
}

export interface Ran extends Report {
  readonly seed: number;
  /** Strikes by kind. */
  readonly injected: Readonly<Record<string, number>>;
  /** What failed inside a process, or ended one without a cause. */
  readonly failures: readonly string[];
  /** The gateway's largest, in bytes; `null` where the system does not tell. */
  readonly memory: number | null;
  readonly realDisk: boolean;
}

/** What the system promises, and what the checker allows. */
const LEASE_MS = 30_000;
const GRACE_MS = 5_000;
const HEARTBEAT_MS = 5_000;
/** A lease waits for company, then for the commit, which a busy machine takes its time for. */
const LAZY_MS = 1_000;
/** Reference: 2 s where all is well and 35 s among faults; the first with twice the slack. */
const STALL_MS = 4_000;
const FAULTY_STALL_MS = 35_000;
const MEMORY_LIMIT = 400 * 1024 * 1024;
/** A lease, a grace, the longest body, and its next run. */
const DRAIN_MS = 120_000;
const LOOK_MS = 250;
const SAMPLE_MS = 1_000;
/** After the last handle has settled: acks are on their way. */
const QUIET_MS = 2_000;

export async function runHarness(settings: RunSettings): Promise<Ran> {
  const { seed, folder, ms, strikes, stallMs = STALL_MS, drainMs = DRAIN_MS, onProgress } = settings;
  const clock = new MachineClock();
  const nemesisLog = openJournal('nemesis', join(folder, 'nemesis.jsonl'), clock);
  nemesisLog.say({
    kind: 'setup',
    seed,
    leaseMs: LEASE_MS,
    graceMs: GRACE_MS,
    heartbeatMs: HEARTBEAT_MS,
    lazyMs: LAZY_MS,
    stallMs,
    faultyStallMs: FAULTY_STALL_MS,
    memoryLimit: MEMORY_LIMIT,
  });
  const cluster = new Cluster(settings, nemesisLog, new Chance(seed, 'house'));
  const nemesis = new ProcessNemesis(cluster);
  const memory = new MemoryWatch(cluster, nemesisLog);
  try {
    await cluster.open();
    onProgress(`${strikes.length} faults are planned; histories are in ${folder}`);
    const watching = memory.watch();
    const begun = clock.monotonic();
    for (const strike of strikes) {
      await sleep(Math.max(0, strike.at - (clock.monotonic() - begun)));
      nemesis.strike(strike);
      onProgress(`${Math.round(strike.at / 1_000)} s: ${strike.fault} of ${strike.target}`);
    }
    await sleep(Math.max(0, ms - (clock.monotonic() - begun)));
    await nemesis.rest();
    nemesisLog.say({ kind: 'milestone', name: 'healed' });
    onProgress('healed; waiting until everything has ended');
    cluster.tellClients({ kind: 'finish' });
    await drain(cluster, clock, drainMs);
    onProgress(`${cluster.openHandles} handles are open; reading everything back`);
    await readBack(
      `http://127.0.0.1:${cluster.port}`,
      idsOf(readAll(folder)),
      openJournal('reader', join(folder, 'reader.jsonl'), clock),
      drainMs / 1_000,
    );
    nemesisLog.say({ kind: 'milestone', name: 'drained' });
    memory.stop();
    await watching;
  } finally {
    memory.stop();
    await cluster.close();
  }
  onProgress('checking');
  return {
    seed,
    ...check(readAll(folder)),
    injected: nemesis.injected,
    failures: cluster.failures,
    memory: memory.largest,
    realDisk: cluster.disk.small,
  };
}

/** Until every handle has settled, or far too late. */
async function drain(cluster: Cluster, clock: MachineClock, drainMs: number): Promise<void> {
  const until = clock.monotonic() + drainMs;
  // What clients say is a moment old.
  await sleep(QUIET_MS);
  while (cluster.openHandles > 0 && clock.monotonic() < until) await sleep(LOOK_MS);
  await sleep(QUIET_MS);
}

class MemoryWatch {
  readonly #cluster: Cluster;
  readonly #recorder: HistoryRecorder;
  #over = false;
  largest: number | null = null;

  constructor(cluster: Cluster, recorder: HistoryRecorder) {
    this.#cluster = cluster;
    this.#recorder = recorder;
  }

  async watch(): Promise<void> {
    while (!this.#over) {
      const { program } = this.#cluster.gateway;
      const memory = program?.running === true ? memoryOf(program.pid) : null;
      if (memory !== null) {
        this.largest = Math.max(this.largest ?? 0, memory);
        this.#recorder.say({ kind: 'sample', memory, residue: {} });
      }
      await sleep(SAMPLE_MS);
    }
  }

  stop(): void {
    this.#over = true;
  }
}

function idsOf(entries: readonly Entry[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === 'run') ids.add(entry.id);
    if (entry.kind !== 'operation') continue;
    ids.add(entry.id);
    if (entry.op === 'submit' && entry.phase === 'invoke') for (const link of entry.call.links) ids.add(link);
  }
  return ids;
}
