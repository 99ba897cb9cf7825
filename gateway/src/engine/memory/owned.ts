import type { Slot } from './ranked-queue.ts';

/** Tasks in the order of their keys. */
export class Row {
  #slots: Slot[] = [];
  #deleted = 0;

  get size(): number {
    return this.#slots.length - this.#deleted;
  }

  add(slot: Slot): void {
    this.#slots.push(slot);
  }

  /** One of its slots is marked as deleted. */
  noteDeleted(): void {
    this.#deleted += 1;
    if (this.#deleted * 2 <= this.#slots.length) return;
    this.#slots = this.#slots.filter(({ deleted }) => !deleted);
    this.#deleted = 0;
  }

  /** Those with a key below `before`, the newest first. */
  *below(before: number): Generator<Slot> {
    const slots = this.#slots;
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

/** All tasks, and those of each subject. */
export class Owned {
  readonly all = new Row();
  readonly #bySubject = new Map<string, Row>();

  of(subject: string | undefined): Row | undefined {
    return subject === undefined ? this.all : this.#bySubject.get(subject);
  }

  add(slot: Slot): void {
    this.all.add(slot);
    const { subject } = slot.record;
    if (subject === null) return;
    let row = this.#bySubject.get(subject);
    if (row === undefined) {
      row = new Row();
      this.#bySubject.set(subject, row);
    }
    row.add(slot);
  }

  /** Called once its slot is marked as deleted. */
  delete({ record: { subject } }: Slot): void {
    this.all.noteDeleted();
    const row = subject === null ? undefined : this.#bySubject.get(subject);
    if (subject === null || row === undefined) return;
    row.noteDeleted();
    if (row.size === 0) this.#bySubject.delete(subject);
  }
}
