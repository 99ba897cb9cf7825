/**
 * Ready tasks wait in lanes: one per queue and task name, and a second one for those that must run alone.
 * A worker is asked to look only into lanes that it serves, so tasks that nobody can run slow nobody down.
 */
export interface Lane {
  readonly queue: string;
  readonly name: string;
  readonly solo: boolean;
}

export function laneKey(lane: Lane): string {
  return `${lane.solo ? 1 : 0}\u0000${lane.queue}\u0000${lane.name}`;
}

export function laneOf(record: {
  readonly name: string;
  readonly solo: boolean;
  readonly options: { readonly queue: string };
}): Lane {
  return { queue: record.options.queue, name: record.name, solo: record.solo };
}

/** What a worker serves: each lane of these queues and names. */
export interface Offer {
  readonly queues: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

export function offers({ queues, names }: Offer, lane: Lane): boolean {
  return queues.has(lane.queue) && names.has(lane.name);
}

/** Whether one offers all that another one does. */
export function covers(offer: Offer, other: Offer): boolean {
  return isWithin(other.queues, offer.queues) && isWithin(other.names, offer.names);
}

function isWithin(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  if (part.size > whole.size) return false;
  for (const one of part) if (!whole.has(one)) return false;
  return true;
}
