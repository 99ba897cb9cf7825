/** Which tasks wait where: every place in which a verb looks for tasks. */

import { KeyCounts } from '../../core/key-counts.ts';
import { type Lane, laneOf } from '../../core/lane.ts';
import { isWaiting, type StoredTask } from '../../core/record.ts';
import type { LaneCount } from '../engine.ts';
import type { Slot } from './ranked-queue.ts';
import { RankedQueue } from './ranked-queue.ts';

/** A lane in which tasks wait, ready or not. */
interface Shelf {
  readonly lane: Lane;
  readonly ready: RankedQueue;
  waiting: number;
}

export class Shelves {
  readonly scheduled = new RankedQueue();
  readonly expiring = new RankedQueue();
  readonly ended = new RankedQueue();
  readonly tombstones = new RankedQueue();
  readonly #waiting = new KeyCounts<string>();
  /** By queue, then by name and kind. A lane that nobody waits in has no shelf. */
  readonly #queues = new Map<string, Map<string, Shelf>>();
  #last: readonly [Lane, Shelf] | undefined;
  #lanes = 0;
  readonly #unrouted = new Map<string, Set<Slot>>();

  /** How many tasks wait in each queue. */
  get waiting(): ReadonlyMap<string, number> {
    return this.#waiting.counts;
  }

  /** In how many lanes tasks wait. */
  get lanes(): number {
    return this.#lanes;
  }

  lane(lane: Lane): RankedQueue | undefined {
    return this.#queues.get(lane.queue)?.get(keyOf(lane))?.ready;
  }

  /** Lanes of this queue in which tasks wait. */
  lanesOf(queue: string): readonly RankedQueue[] {
    return [...(this.#queues.get(queue)?.values() ?? [])].map(({ ready }) => ready);
  }

  /** How many are ready in each lane of these queues and names that has some. */
  among(queues: readonly string[], names: readonly string[]): readonly LaneCount[] {
    const wanted = new Set(names);
    return queues.flatMap((queue) =>
      [...(this.#queues.get(queue)?.values() ?? [])]
        .filter(({ lane }) => wanted.has(lane.name))
        .map(({ lane, ready }) => ({ lane, count: ready.count }))
        .filter(({ count }) => count > 0),
    );
  }

  unrouted(name: string): Iterable<Slot> {
    return this.#unrouted.get(name) ?? [];
  }

  /** Puts a task where its record says, and takes it from where it was. Called once for each version. */
  place(slot: Slot, before: StoredTask | null): void {
    const { record } = slot;
    const waits = isWaiting(record);
    if (waits) this.#enter(slot);
    if (before !== null && isWaiting(before)) this.#leave(slot, before);

    if (record.phase === 'scheduled') this.scheduled.add(slot, record.dueAt ?? 0);
    if (record.phase === 'ended') (slot.bare ? this.tombstones : this.ended).add(slot, record.endedAt ?? 0);
    if (record.expiresAt !== null && waits) this.expiring.add(slot, record.expiresAt);
  }

  #enter(slot: Slot): void {
    const { record } = slot;
    const shelf = this.#shelf(laneOf(record));
    this.#count(shelf, 1);
    if (record.phase === 'ready') shelf.ready.add(slot, -record.options.priority, slot.place);
    if (record.phase !== 'unrouted') return;
    const unrouted = this.#unrouted.get(record.name);
    if (unrouted === undefined) this.#unrouted.set(record.name, new Set([slot]));
    else unrouted.add(slot);
  }

  #leave(slot: Slot, before: StoredTask): void {
    const lane = laneOf(before);
    const shelf = this.#shelf(lane);
    this.#count(shelf, -1);
    if (shelf.waiting === 0) this.#clear(lane);
    const unrouted = slot.record.phase === 'unrouted' ? undefined : this.#unrouted.get(before.name);
    if (unrouted?.delete(slot) && unrouted.size === 0) this.#unrouted.delete(before.name);
  }

  #count(shelf: Shelf, by: 1 | -1): void {
    shelf.waiting += by;
    this.#waiting.add(shelf.lane.queue, by);
  }

  /** Tasks come in runs of one lane, and one lane is one object for as long as they do: the last shelf is kept. */
  #shelf(lane: Lane): Shelf {
    if (this.#last?.[0] === lane) return this.#last[1];
    const shelf = this.#find(lane);
    this.#last = [lane, shelf];
    return shelf;
  }

  #find(lane: Lane): Shelf {
    let shelves = this.#queues.get(lane.queue);
    if (shelves === undefined) {
      shelves = new Map();
      this.#queues.set(lane.queue, shelves);
    }
    let shelf = shelves.get(keyOf(lane));
    if (shelf === undefined) {
      shelf = { lane, ready: new RankedQueue(), waiting: 0 };
      shelves.set(keyOf(lane), shelf);
      this.#lanes += 1;
    }
    return shelf;
  }

  #clear(lane: Lane): void {
    this.#last = undefined;
    const shelves = this.#queues.get(lane.queue);
    if (shelves?.delete(keyOf(lane))) this.#lanes -= 1;
    if (shelves?.size === 0) this.#queues.delete(lane.queue);
  }
}

/** Inside a queue. */
function keyOf({ name, kind }: Lane): string {
  return `${kind} ${name}`;
}
