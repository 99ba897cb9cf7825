/** What the house looks like at one moment, row by row. Made only while somebody looks. */
import type { WireDefinitionRow, WireQueueRow, WireWorkerRow, WorkerStanding } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import type { Engine } from '../../engine/engine.ts';
import type { Catalog } from '../catalog.ts';
import type { Lanes } from '../lanes.ts';
import type { Leases } from '../leases.ts';
import type { Pauses } from '../pauses.ts';
import type { Roster, WorkerSession } from '../roster.ts';
import type { QueueRates } from './queue-rates.ts';

/** Running tasks that a worker's row names. */
const RUNNING_SHOWN = 100;

export interface TableParts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly lanes: Lanes;
  readonly leases: Leases;
  readonly pauses: Pauses;
  readonly roster: Roster;
  readonly rates: QueueRates;
}

export async function queueRows(parts: TableParts): Promise<readonly WireQueueRow[]> {
  const { engine, lanes, leases, pauses, roster, rates } = parts;
  const oldest = await engine.oldest([...lanes.filled()]);
  const running = new Map<string, number>();
  for (const { record } of leases.all()) {
    const { queue } = record.options;
    running.set(queue, (running.get(queue) ?? 0) + 1);
  }
  const workers = new Map<string, number>();
  for (const { port, facts } of roster.all()) {
    for (const queue of facts.queues) workers.set(queue, (workers.get(queue) ?? 0) + (port === null ? 0 : 1));
  }
  const names = new Set([
    ...engine.waiting.keys(),
    ...running.keys(),
    ...workers.keys(),
    ...rates.names(),
    ...pauses.names(),
  ]);
  return [...names].sort().map((queue): WireQueueRow => {
    const [ins, outs] = rates.perSecond(queue);
    return [
      queue,
      engine.waiting.get(queue) ?? 0,
      running.get(queue) ?? 0,
      oldest.get(queue) ?? null,
      rounded(ins),
      rounded(outs),
      pauses.has(queue),
      workers.get(queue) ?? 0,
    ];
  });
}

export function workerRows({ clock, leases, roster }: TableParts): readonly WireWorkerRow[] {
  const now = clock.now();
  const monotonic = clock.monotonic();
  return [...roster.all()].map((session): WireWorkerRow => {
    const { facts, vitals } = session;
    return [
      session.shownId,
      facts.name,
      facts.host,
      facts.pid,
      standingOf(session),
      facts.pool,
      facts.version,
      [...facts.queues],
      [...facts.names],
      vitals?.concurrency ?? facts.concurrency,
      session.held.size,
      session.capacity,
      runningOf(session, leases),
      session.processed,
      vitals?.lagMs ?? null,
      vitals?.rssBytes ?? null,
      vitals?.cpuPercent ?? null,
      Math.round(now - (monotonic - session.heardAt)),
      facts.startedAt === 0 ? null : facts.startedAt,
    ];
  });
}

export function definitionRows({ catalog, roster }: TableParts): readonly WireDefinitionRow[] {
  const workers = new Map<string, number>();
  for (const { port, facts } of roster.all()) {
    if (port !== null) for (const name of facts.names) workers.set(name, (workers.get(name) ?? 0) + 1);
  }
  return catalog
    .definitions()
    .map((definition) => [definition.name, definition, workers.get(definition.name) ?? 0]);
}

function standingOf({ port, vitals }: WorkerSession): WorkerStanding {
  if (port === null) return 'away';
  return vitals?.takes === false ? 'draining' : 'online';
}

function runningOf(session: WorkerSession, leases: Leases): WireWorkerRow[12] {
  const running: (readonly [string, string, number | null])[] = [];
  for (const nonce of session.held) {
    if (running.length === RUNNING_SHOWN) break;
    const held = leases.find(nonce);
    if (held === undefined || held.record.phase !== 'running') continue;
    const [state, , at] = held.record.history.entries.at(-1) ?? ['PENDING', 'submitted', 0];
    running.push([held.record.id, held.record.name, state === 'STARTED' ? at : null]);
  }
  return running;
}

/** Two digits after the point say all that a rate knows. */
function rounded(perSecond: number): number {
  return Math.round(perSecond * 100) / 100;
}
