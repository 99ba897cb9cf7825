/**
 * Ready tasks wait in lanes: one per queue, task name and kind. A worker is asked to look only into lanes that it serves, so
 * tasks that nobody can run slow nobody down.
 *
 * - `fresh`: was lost with no worker.
 * - `returned`: was. Where many come back at once, they leave room to others for a moment.
 * - `suspect`: stands trial (suspicion.ts): a worker runs one of them at a time.
 */
export const LANE_KINDS = ['fresh', 'returned', 'suspect'] as const;
export type LaneKind = (typeof LANE_KINDS)[number];

export interface Lane {
  readonly queue: string;
  readonly name: string;
  readonly kind: LaneKind;
}

/** Tasks come in runs of one lane: the last one is kept, and its key, which is long to make and to hash. */
let last: Lane = { queue: '', name: '', kind: 'fresh' };
let lastKey = keyOf(last);

export function laneKey(lane: Lane): string {
  return lane === last ? lastKey : keyOf(lane);
}

function keyOf({ queue, name, kind }: Lane): string {
  return `${kind}\u0000${queue}\u0000${name}`;
}

interface Waiter {
  readonly name: string;
  readonly trialMs: number | null;
  readonly deliveries: number;
  readonly options: { readonly queue: string };
}

export function laneOf(record: Waiter): Lane {
  const { queue } = record.options;
  const kind = kindOf(record);
  if (last.name !== record.name || last.queue !== queue || last.kind !== kind) {
    last = { queue, name: record.name, kind };
    lastKey = keyOf(last);
  }
  return last;
}

function kindOf({ trialMs, deliveries }: Waiter): LaneKind {
  if (trialMs !== null) return 'suspect';
  return deliveries > 0 ? 'returned' : 'fresh';
}

/** What a worker serves: each lane of these queues and names. */
export interface Offer {
  readonly queues: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

/** All lanes of a queue and a name. */
export type Trade = Pick<Lane, 'queue' | 'name'>;

export function offers({ queues, names }: Offer, lane: Trade): boolean {
  return queues.has(lane.queue) && names.has(lane.name);
}

/** Whether one offers all that another one does. */
export function offersAll(offer: Offer, other: Offer): boolean {
  return isWithin(other.queues, offer.queues) && isWithin(other.names, offer.names);
}

function isWithin(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  if (part.size > whole.size) return false;
  for (const one of part) if (!whole.has(one)) return false;
  return true;
}
