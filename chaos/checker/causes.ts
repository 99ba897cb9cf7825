/**
 * Why a task may run again. A run that is followed by another one must have a reason: its own wish (a retry), or a
 * fault that cost its worker the lease. What cannot cost a lease is no excuse: a cut that is mended within the grace,
 * a gateway that dies and comes back, a gateway that stood still.
 */
import type { FaultKind } from '../history/entry.ts';
import type { Digest, FaultFacts, RunFacts } from './digest.ts';

export type Cause = 'wish' | FaultKind;

/** How much earlier than the gateway a worker gives up its lease. */
const MARGIN_MS = 2_000;
/** Heartbeats without an answer after which a worker hangs up. */
const SILENT_BEATS = 2.5;
/** The longest that a worker waits before it dials again, and a bit. */
const REDIAL_MS = 2_500;
/** How long frames may be on their way where no fault holds them. */
const TRAVEL_MS = 2_000;

/** Ends the gateway's process: what is not committed is gone. */
const DEATHS: ReadonlySet<FaultKind> = new Set([
  'gateway-kill',
  'commit-error',
  'commit-error-done',
  'disk-full',
]);
/** During these a worker and its gateway may not hear each other. */
const SILENCES: ReadonlySet<FaultKind> = new Set([
  'worker-stall',
  'partition',
  'cut',
  'gateway-kill',
  'gateway-stop',
  'gateway-stall',
  'commit-error',
  'commit-error-done',
  'disk-full',
]);
const HANG_UPS: ReadonlySet<FaultKind> = new Set([
  'cut',
  'gateway-kill',
  'gateway-stop',
  'commit-error',
  'commit-error-done',
  'disk-full',
]);
const UNREACHABLE: ReadonlySet<FaultKind> = new Set(['worker-stall', 'partition']);

/** Why this run may be followed by one that begins at `next`; `undefined` where nothing explains it. */
export function causeOfRelease(run: RunFacts, next: number, history: Digest): Cause | undefined {
  const { end } = run;
  if (end !== undefined && !end.aborted && isWish(end.outcome)) return 'wish';
  return (
    faultOnWorker(run, next, history)?.fault ??
    forgottenLease(run, next, history)?.fault ??
    longSilence(run, next, history)?.fault
  );
}

/** Whether a run that ended so asks for another one. */
export function isWish(outcome: string): boolean {
  return outcome === 'retry' || outcome === 'requeue';
}

function faultOnWorker(run: RunFacts, next: number, { faults }: Digest): FaultFacts | undefined {
  return faults.find(
    ({ fault, target, begin, end }) =>
      target === run.by &&
      (fault === 'worker-kill' || fault === 'worker-stop' || fault === 'clock-jump') &&
      // Who was asked to leave goes on for a while, and may have nobody to report to.
      (fault === 'worker-stop' ? end : begin) >= run.begin.at - TRAVEL_MS &&
      begin <= next,
  );
}

/** The gateway died before it had committed that it gave this lease. */
function forgottenLease(run: RunFacts, next: number, history: Digest): FaultFacts | undefined {
  const { faults, setup } = history;
  const about = (fault: FaultFacts): boolean =>
    fault.target === run.by || fault.target === 'gateway' || fault.fault === 'slow-disk';
  return faults.find((death) => {
    if (!DEATHS.has(death.fault) || death.begin > next) return false;
    // What slows disk, gateway or link meanwhile makes either side later.
    const from = Math.min(death.begin, run.begin.at) - TRAVEL_MS;
    const until = Math.max(death.begin, run.begin.at) + TRAVEL_MS;
    const slow = faults
      .filter((fault) => fault !== death && about(fault))
      .reduce((sum, { begin, end }) => sum + Math.max(0, Math.min(end, until) - Math.max(begin, from)), 0);
    const since = death.begin - run.begin.at;
    return since >= -TRAVEL_MS - slow && since <= setup.lazyMs + slow;
  });
}

/** Worker and gateway did not hear each other for so long that the lease was lost, on either side. */
function longSilence(run: RunFacts, next: number, history: Digest): FaultFacts | undefined {
  const { leaseMs, heartbeatMs, graceMs } = history.setup;
  return silencesOf(run.by, history)
    .filter((silence) => overlaps(silence, run.begin.at - TRAVEL_MS, next))
    .map((silence) => {
      const { faults } = silence;
      if (silence.end - silence.begin >= leaseMs - heartbeatMs - MARGIN_MS) return longest(faults);
      const unreachable = faults.filter(({ fault }) => UNREACHABLE.has(fault));
      const spanMs = unreachable.reduce((sum, { begin, end }) => sum + end - begin, 0);
      const mute = faults.some(
        ({ fault, begin, end }) => fault === 'partition' && end - begin >= (SILENT_BEATS - 1) * heartbeatMs,
      );
      const hungUp = mute || faults.some(({ fault }) => HANG_UPS.has(fault));
      return hungUp && spanMs >= graceMs - REDIAL_MS ? longest(unreachable) : undefined;
    })
    .find((fault) => fault !== undefined);
}

interface Silence {
  readonly begin: number;
  end: number;
  readonly faults: FaultFacts[];
}

/** Faults between this worker and the gateway; what comes before the last one is mended counts as one. */
function silencesOf(worker: string, { faults, setup }: Digest): readonly Silence[] {
  const silences: Silence[] = [];
  const between = faults
    .filter(({ fault, target }) => SILENCES.has(fault) && (target === worker || target === 'gateway'))
    .sort((one, other) => one.begin - other.begin);
  for (const fault of between) {
    const last = silences.at(-1);
    if (last !== undefined && fault.begin <= last.end + setup.heartbeatMs + REDIAL_MS) {
      last.end = Math.max(last.end, fault.end);
      last.faults.push(fault);
    } else silences.push({ begin: fault.begin, end: fault.end, faults: [fault] });
  }
  return silences;
}

function overlaps({ begin, end }: Silence, from: number, until: number): boolean {
  return begin <= until && end >= from;
}

function longest(faults: readonly FaultFacts[]): FaultFacts | undefined {
  return [...faults].sort((one, other) => other.end - other.begin - (one.end - one.begin))[0];
}

/** Per run after the first of a task, why it may be; the last of a list of runs that explains nothing is `undefined`. */
export function causesOf(runs: readonly RunFacts[], history: Digest): readonly (Cause | undefined)[] {
  const released = new Set<RunFacts>();
  return runs.slice(1).map((run, position) => {
    for (const earlier of runs.slice(0, position + 1)) {
      if (released.has(earlier)) continue;
      const cause = causeOfRelease(earlier, run.begin.at, history);
      if (cause === undefined) continue;
      released.add(earlier);
      return cause;
    }
    return undefined;
  });
}
