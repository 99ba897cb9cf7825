/** How long it takes until what a fault struck is well again. */
import type { FaultKind } from '../history/entry.ts';
import type { Digest, FaultFacts, RunFacts, TaskDigest } from './digest.ts';

export interface Recovery {
  /** Of a worker's faults: from the fault until each task it cut short runs again, wherever there is room for it. */
  readonly restarted: Times;
  /** The same until the task is free to run elsewhere; only where nothing else struck its worker or the gateway. */
  readonly released: Times;
  /** Of those: until the task runs again, where from its release on some healthy worker had nothing to do. */
  readonly elsewhere: Times;
  /** Of a gateway's alone: from its return until each client that it had has a session again, where nothing struck that client. */
  readonly resumed: Times;
}

/** In milliseconds. */
export type Times = ReadonlyMap<FaultKind, readonly number[]>;

const CUTS: readonly FaultKind[] = ['worker-kill', 'worker-stall', 'partition'];
const RETURNS: readonly FaultKind[] = ['gateway-kill', 'gateway-stop', 'commit-error', 'commit-error-done'];
/** A fault that ended so long ago is felt no more. */
const ECHO_MS = 2_000;

export function recoveryOf(history: Digest): Recovery {
  const restarted = new Map<FaultKind, number[]>();
  const released = new Map<FaultKind, number[]>();
  const elsewhere = new Map<FaultKind, number[]>();
  const resumed = new Map<FaultKind, number[]>();
  for (const task of history.tasks.values()) {
    for (const run of task.runs) {
      const cut = cutOf(run, history);
      if (cut === undefined) continue;
      const again = task.runs.find(({ attempt, begin }) => attempt > run.attempt && begin.at > cut.begin);
      if (again !== undefined) add(restarted, cut.fault, again.begin.at - cut.begin);
      const seenAt = freedAt(task, run, history);
      if (seenAt === undefined) continue;
      // Of a task that nobody watched its last reader sees it, long after.
      const freeAt = Math.min(seenAt, again?.begin.at ?? seenAt);
      if (!isAlone(cut, freeAt, history)) continue;
      add(released, cut.fault, freeAt - cut.begin);
      if (again !== undefined && hasIdle(freeAt, again, history))
        add(elsewhere, cut.fault, again.begin.at - cut.begin);
    }
  }
  for (const fault of history.faults) {
    if (!RETURNS.includes(fault.fault)) continue;
    for (const ms of returnsAfter(fault, history)) add(resumed, fault.fault, ms);
  }
  return { restarted, released, elsewhere, resumed };
}

function add(times: Map<FaultKind, number[]>, fault: FaultKind, ms: number): void {
  const present = times.get(fault);
  if (present === undefined) times.set(fault, [ms]);
  else present.push(ms);
}

/** The fault that took this run's worker, or kept it away; a run that came to its own end in time was not cut. */
function cutOf({ by, begin, end }: RunFacts, { faults }: Digest): FaultFacts | undefined {
  const until = end?.at ?? Number.POSITIVE_INFINITY;
  const during = faults.filter(
    ({ fault, target, begin: at }) => CUTS.includes(fault) && target === by && at >= begin.at && at < until,
  );
  return during.find(({ fault }) => end === undefined && fault === 'worker-kill') ?? during[0];
}

/** When somebody whom nothing held up saw that its attempt was given up. */
function freedAt({ seen }: TaskDigest, { attempt }: RunFacts, history: Digest): number | undefined {
  const first = seen.find(({ lines }) =>
    lines.some(([, reason, , of]) => of === attempt && (reason === 'worker-lost' || reason === 'released')),
  );
  if (first === undefined) return undefined;
  const heldUp = isStruck(first.by, first.at - ECHO_MS, first.at, history);
  return heldUp ? undefined : first.at;
}

/** Whether nothing else was wrong meanwhile that has a say in it. */
function isAlone(cut: FaultFacts, until: number, history: Digest): boolean {
  const { begin, target } = cut;
  return [target, 'gateway'].every((name) => !isStruck(name, begin - ECHO_MS, until, history, cut));
}

/** Whether some worker was there and did nothing from the release of a task until its next run began. */
function hasIdle(freeAt: number, { nonce, begin }: RunFacts, history: Digest): boolean {
  const until = Math.max(freeAt, begin.at);
  const overlapping = [...history.tasks.values()]
    .flatMap(({ runs }) => runs)
    .filter((run) => run.nonce !== nonce && run.begin.at <= until && (run.end?.at ?? until) >= freeAt);
  const busy = new Set(overlapping.map(({ by }) => by));
  return [...connectedAt(freeAt, history)].some(
    (worker) => !busy.has(worker) && !isStruck(worker, freeAt - ECHO_MS, until, history),
  );
}

function connectedAt(at: number, { entries }: Digest): ReadonlySet<string> {
  const connected = new Set<string>();
  for (const entry of entries) {
    if (entry.at > at) break;
    if (entry.kind !== 'worker') continue;
    if (entry.phase === 'up') connected.add(entry.by);
    else connected.delete(entry.by);
  }
  return connected;
}

function isStruck(name: string, from: number, until: number, { faults }: Digest, but?: FaultFacts): boolean {
  return faults.some(
    (fault) =>
      fault !== but &&
      fault.target === name &&
      fault.fault !== 'clock-jump' &&
      fault.begin <= until &&
      fault.end >= from,
  );
}

function returnsAfter(fault: FaultFacts, history: Digest): readonly number[] {
  // A gateway that is struck while it comes back is not back.
  if (isStruck('gateway', fault.begin, fault.end, history, fault)) return [];
  const { entries, faults } = history;
  const next = Math.min(
    ...faults
      .filter(({ target, begin }) => target === 'gateway' && begin > fault.end)
      .map(({ begin }) => begin),
  );
  // Who comes for the first time comes back from nowhere.
  const known = new Set<string>();
  const back = new Map<string, number>();
  for (const entry of entries) {
    if (entry.kind !== 'client' || entry.phase !== 'up' || back.has(entry.by)) continue;
    if (entry.at <= fault.begin) known.add(entry.by);
    else if (entry.at < next && known.has(entry.by)) back.set(entry.by, entry.at);
  }
  return [...back]
    .filter(([client, at]) =>
      faults.every(
        ({ target, begin, end }) => target !== client || begin > at || end < fault.begin - ECHO_MS,
      ),
    )
    .map(([, at]) => Math.max(0, at - fault.end));
}
