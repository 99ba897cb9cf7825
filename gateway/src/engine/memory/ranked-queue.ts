import TinyQueue from 'tinyqueue';
import type { StoredTask } from '../../core/record.ts';

/** A task's place in memory: the one thing here that changes. */
export interface Slot {
  record: StoredTask;
  /** Where it stands among the waiting of its priority; 0: it takes the last place when it is next ready. */
  place: number;
  /** Stands for the content once the arguments are replaced or dropped. */
  hash: string | null;
  /** A tombstone: its arguments are dropped. */
  bare: boolean;
  deleted: boolean;
}

interface Entry {
  readonly slot: Slot;
  /** An entry speaks of one version of the task; when the task has moved on, it is skipped where it surfaces. */
  readonly version: number;
  readonly rank: number;
  readonly place: number;
}

const ROOMY = 64;

/**
 * Tasks in the order of a rank (a time, or a priority turned round), then of a place (their own, or their age). Entries are never searched
 * for: one that is out of date is dropped when it comes to the top, or with all such once there are as many as others; so
 * every operation stays O(log n), and at most as many outdated entries are kept as valid ones.
 */
export class RankedQueue {
  #queue = new TinyQueue<Entry>([], compare);
  /** At how many entries those that are out of date are dropped. */
  #roomy = ROOMY;

  /** How many tasks. Looks at all of them. */
  get count(): number {
    let count = 0;
    for (const entry of this.#queue.data) if (isCurrent(entry)) count += 1;
    return count;
  }

  add(slot: Slot, rank: number, place = slot.record.key): void {
    if (this.#queue.length >= this.#roomy) {
      this.#queue = new TinyQueue(this.#queue.data.filter(isCurrent), compare);
      this.#roomy = Math.max(ROOMY, 2 * this.#queue.length);
    }
    this.#queue.push({ slot, version: slot.record.version, rank, place });
  }

  /** The rank of the first task. */
  first(): number | undefined {
    return this.#top()?.rank;
  }

  peek(): Slot | undefined {
    return this.#top()?.slot;
  }

  /** The one with the lowest place, whatever its rank. Looks at all of them: the order is by rank. */
  oldest(): Slot | undefined {
    let oldest: Entry | undefined;
    for (const entry of this.#queue.data) {
      if (isCurrent(entry) && (oldest === undefined || entry.place < oldest.place)) oldest = entry;
    }
    return oldest?.slot;
  }

  take(): Slot | undefined {
    const entry = this.#top();
    this.#queue.pop();
    return entry?.slot;
  }

  #top(): Entry | undefined {
    for (let entry = this.#queue.peek(); entry !== undefined; entry = this.#queue.peek()) {
      if (isCurrent(entry)) return entry;
      this.#queue.pop();
    }
    return undefined;
  }
}

function isCurrent({ slot, version }: Entry): boolean {
  return slot.record.version === version && !slot.deleted;
}

function compare(one: Entry, other: Entry): number {
  return one.rank - other.rank || one.place - other.place;
}
