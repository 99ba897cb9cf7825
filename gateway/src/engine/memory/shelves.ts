/** Which tasks wait where: every place in which a verb looks for tasks. */
import { type Lane, laneKey, laneOf } from '../../core/lane.ts';
import { isWaiting } from '../../core/record.ts';
import type { Slot } from './slot.ts';
import { Timeline } from './timeline.ts';

export class Shelves {
  readonly scheduled = new Timeline();
  readonly expiring = new Timeline();
  readonly ended = new Timeline();
  readonly tombstones = new Timeline();
  readonly #lanes = new Map<string, Timeline>();
  readonly #unrouted = new Map<string, Set<Slot>>();

  lane(lane: Lane): Timeline {
    const key = laneKey(lane);
    let timeline = this.#lanes.get(key);
    if (timeline === undefined) {
      timeline = new Timeline();
      this.#lanes.set(key, timeline);
    }
    return timeline;
  }

  unrouted(name: string): Iterable<Slot> {
    return this.#unrouted.get(name) ?? [];
  }

  /** Puts a task where its record says. Called once for each version. */
  place(slot: Slot): void {
    const { record } = slot;
    if (record.phase === 'unrouted') this.#placeUnrouted(slot);
    else this.#unrouted.get(record.name)?.delete(slot);

    if (record.phase === 'ready') this.lane(laneOf(record)).add(slot, -record.options.priority);
    if (record.phase === 'scheduled') this.scheduled.add(slot, record.dueAt ?? 0);
    if (record.phase === 'ended') (slot.bare ? this.tombstones : this.ended).add(slot, record.endedAt ?? 0);
    if (record.expiresAt !== null && isWaiting(record)) this.expiring.add(slot, record.expiresAt);
  }

  #placeUnrouted(slot: Slot): void {
    const { name } = slot.record;
    const waiting = this.#unrouted.get(name);
    if (waiting === undefined) this.#unrouted.set(name, new Set([slot]));
    else waiting.add(slot);
  }
}
