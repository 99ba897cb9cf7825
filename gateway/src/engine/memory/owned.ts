import type { Slot } from './ranked-queue.ts';

/** The tasks of each subject, in the order of their keys. */
export class Owned {
  readonly #tasks = new Map<string, { slots: Slot[]; deleted: number }>();

  add(slot: Slot): void {
    const { subject } = slot.record;
    if (subject === null) return;
    const owned = this.#tasks.get(subject);
    if (owned === undefined) this.#tasks.set(subject, { slots: [slot], deleted: 0 });
    else owned.slots.push(slot);
  }

  /** Called once its slot is marked as deleted. */
  delete({ record: { subject } }: Slot): void {
    const owned = subject === null ? undefined : this.#tasks.get(subject);
    if (subject === null || owned === undefined) return;
    owned.deleted += 1;
    if (owned.deleted * 2 <= owned.slots.length) return;
    owned.slots = owned.slots.filter(({ deleted }) => !deleted);
    owned.deleted = 0;
    if (owned.slots.length === 0) this.#tasks.delete(subject);
  }

  /** Those with a key below `before`, the newest first. */
  *below(subject: string, before: number): Generator<Slot> {
    const slots = this.#tasks.get(subject)?.slots ?? [];
    let low = 0;
    let high = slots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((slots[middle]?.record.key ?? 0) < before) low = middle + 1;
      else high = middle;
    }
    for (let index = low - 1; index >= 0; index--) {
      const slot = slots[index];
      if (slot !== undefined && !slot.deleted) yield slot;
    }
  }
}
