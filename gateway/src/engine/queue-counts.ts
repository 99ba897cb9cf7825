/**
 * How many tasks wait in each queue, kept up with every write. What is counted in a transaction that is rolled back
 * is taken back with it.
 */
export class QueueCounts {
  readonly #counts = new Map<string, number>();
  /** What the open transaction has changed. */
  #uncommitted = new Map<string, number>();
  /** Queues whose count is another one than was last told. */
  readonly #untold = new Set<string>();

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  add(queue: string, by: number): void {
    this.#change(queue, by);
    this.#uncommitted.set(queue, (this.#uncommitted.get(queue) ?? 0) + by);
  }

  commit(): void {
    if (this.#uncommitted.size > 0) this.#uncommitted = new Map();
  }

  rollback(): void {
    for (const [queue, by] of this.#uncommitted) this.#change(queue, -by);
    this.commit();
  }

  /** Counts that have changed since they were last told. */
  takeChanges(): readonly QueueCount[] {
    if (this.#untold.size === 0) return NONE;
    const changes = [...this.#untold].map((queue): QueueCount => [queue, this.#counts.get(queue) ?? 0]);
    this.#untold.clear();
    return changes;
  }

  #change(queue: string, by: number): void {
    const count = (this.#counts.get(queue) ?? 0) + by;
    if (count === 0) this.#counts.delete(queue);
    else this.#counts.set(queue, count);
    this.#untold.add(queue);
  }
}

export type QueueCount = readonly [queue: string, count: number];

const NONE: readonly QueueCount[] = [];
