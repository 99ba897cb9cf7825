/** The state of queues, workers and definitions at one moment, row by row. Built only while somebody watches. */

import type { WorkerStanding } from '@celeriac/protocol';
import {
  FEED_ROWS,
  type WireDefinitionRow,
  type WireQueueRow,
  type WireWorkerRow,
} from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import type { Engine } from '../../engine/engine.ts';
import type { Catalog } from '../catalog.ts';
import type { Leases } from '../leases.ts';
import type { Pauses } from '../pauses.ts';
import type { Roster, WorkerSession } from '../roster.ts';
import type { QueueRates } from './queue-rates.ts';

/** Running tasks that a worker's row names. */
const RUNNING_SHOWN = 100;

interface Parts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly leases: Leases;
  readonly pauses: Pauses;
  readonly roster: Roster;
  readonly rates: QueueRates;
}

/** Queues whose oldest task is looked for, and how many lanes of each: a look into a lane is some reads of the store, every second. */
const AGES_SHOWN = 1_000;
const LANES_SEEN = 20;

export async function queueRows(parts: Parts): Promise<readonly WireQueueRow[]> {
  const { engine, leases, pauses, roster, rates } = parts;
  const running = new Map<string, number>();
  for (const { record } of leases.all()) {
    const { queue } = record.options;
    running.set(queue, (running.get(queue) ?? 0) + 1);
  }
  const workers = new Map<string, number>();
  for (const { port, facts } of roster.all()) {
    for (const queue of facts.queues) workers.set(queue, (workers.get(queue) ?? 0) + (port === null ? 0 : 1));
  }
  // Those that somebody named and nobody serves come last: there may be more of them than a table has rows.
  const names = firstOf(FEED_ROWS + 1, [
    workers.keys(),
    pauses.names(),
    running.keys(),
    engine.waiting.keys(),
    rates.names(),
  ]);
  const oldest = await engine.oldest(names.slice(0, AGES_SHOWN), LANES_SEEN);
  return [...names.slice(0, FEED_ROWS).sort(), ...names.slice(FEED_ROWS)].map((queue): WireQueueRow => {
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

/** As many different names as there are, or as many as asked for, however many more there are. */
function firstOf(most: number, sources: readonly Iterable<string>[]): readonly string[] {
  const names = new Set<string>();
  for (const source of sources) {
    for (const name of source) {
      if (names.size === most) return [...names];
      names.add(name);
    }
  }
  return [...names];
}

export function workerRows({ clock, leases, roster }: Parts): readonly WireWorkerRow[] {
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

export function definitionRows({ catalog, roster }: Parts): readonly WireDefinitionRow[] {
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
