/**
 * How a worker's room is shared out among the queues that it serves: each queue with ready tasks gets its turns in
 * proportion to its weight, so that none starves, however long the others are and whatever their priorities. Inside a
 * queue priority decides, then age.
 *
 * Stride scheduling: a queue that is served moves on by the inverse of its weight, and the one furthest behind is next.
 */

export interface Contender {
  readonly queue: string;
  readonly weight: number;
  /** How many tasks it has to give at most. */
  readonly ready: number;
}

/** How far ahead of the queue served last each queue of one worker is. */
export type QueueLead = ReadonlyMap<string, number>;

export interface Shares {
  /** How many tasks each queue may give; queues that give none are left out. Together never more than the room. */
  readonly shares: ReadonlyMap<string, number>;
  readonly standing: QueueLead;
}

export const FIRST_STANDING: QueueLead = new Map();

/** Room is left only where no queue has more to give. */
export function shareOut(room: number, contenders: readonly Contender[], standing: QueueLead): Shares {
  // One that had less to give than its share has not saved up turns; one that is ahead stays ahead.
  const entrants = contenders
    .filter(({ ready }) => ready > 0)
    .map(({ queue, weight, ready }) => ({
      queue,
      step: 1 / weight,
      ready,
      given: 0,
      place: Math.max(0, standing.get(queue) ?? 0),
    }));
  let reached = 0;
  for (let left = room; left > 0; left--) {
    const next = furthestBehind(entrants);
    if (next === undefined) break;
    reached = next.place;
    next.given += 1;
    next.place += next.step;
  }
  return {
    shares: new Map(entrants.filter(({ given }) => given > 0).map(({ queue, given }) => [queue, given])),
    // A queue that had nothing to give is let go: it would be at the front again in any case, or nearly.
    standing: new Map(entrants.map(({ queue, place }) => [queue, place - reached])),
  };
}

function furthestBehind<Entrant extends { readonly ready: number; given: number; place: number }>(
  entrants: readonly Entrant[],
): Entrant | undefined {
  let found: Entrant | undefined;
  for (const entrant of entrants) {
    if (entrant.given === entrant.ready) continue;
    if (found === undefined || entrant.place < found.place) found = entrant;
  }
  return found;
}
