import { Heap } from './heap.ts';
import type { Slot } from './slot.ts';

interface Entry {
  readonly slot: Slot;
  /** An entry speaks of one version of the task; when the task has moved on, it is skipped where it surfaces. */
  readonly version: number;
  readonly rank: number;
}

/**
 * Tasks in the order of a rank (a time, or a priority turned round), then of age. Entries are never searched
 * for: one that is out of date is dropped when it comes to the top, so every operation stays O(log n).
 */
export class Timeline {
  readonly #heap = new Heap<Entry>(comesBefore);

  add(slot: Slot, rank: number): void {
    this.#heap.push({ slot, version: slot.record.version, rank });
  }

  /** The rank of the first task. */
  first(): number | undefined {
    return this.#top()?.rank;
  }

  peek(): Slot | undefined {
    return this.#top()?.slot;
  }

  /** The one with the lowest key, whatever its rank. Looks at all of them: the order is by rank. */
  oldest(): Slot | undefined {
    let oldest: Slot | undefined;
    for (const { slot, version } of this.#heap.entries()) {
      if (slot.deleted || slot.record.version !== version) continue;
      if (oldest === undefined || slot.record.key < oldest.record.key) oldest = slot;
    }
    return oldest;
  }

  take(): Slot | undefined {
    const entry = this.#top();
    this.#heap.pop();
    return entry?.slot;
  }

  #top(): Entry | undefined {
    for (let entry = this.#heap.peek(); entry !== undefined; entry = this.#heap.peek()) {
      if (entry.slot.record.version === entry.version && !entry.slot.deleted) return entry;
      this.#heap.pop();
    }
    return undefined;
  }
}

function comesBefore(one: Entry, other: Entry): boolean {
  return one.rank === other.rank ? one.slot.record.key < other.slot.record.key : one.rank < other.rank;
}
