import { isWaiting, type TaskRecord } from '../core/record.ts';
import type { Engine } from '../engine/engine.ts';

/**
 * How many more tasks each queue takes. The engine counts what it has applied; what is on its way to it is counted here, so
 * that one turn's calls do not overshoot. A count that is a little behind is harmless: this bounds the disk, not the memory.
 */
export class Depths {
  readonly #engine: Pick<Engine, 'waiting'>;
  readonly #maxDepth: number;
  readonly #coming = new Map<string, number>();

  constructor(engine: Pick<Engine, 'waiting'>, maxDepth: number) {
    this.#engine = engine;
    this.#maxDepth = maxDepth;
  }

  /** Takes a place for a task that is about to wait; others need none. @returns false where its queue is full */
  enter(record: TaskRecord): boolean {
    if (!isWaiting(record)) return true;
    const { queue } = record.options;
    const depth = (this.#engine.waiting.get(queue) ?? 0) + (this.#coming.get(queue) ?? 0);
    if (depth >= this.#maxDepth) return false;
    this.come(record);
    return true;
  }

  /** Counts a task that is on its way whether there is room or not. */
  come(record: TaskRecord): void {
    const { queue } = record.options;
    if (isWaiting(record)) this.#coming.set(queue, (this.#coming.get(queue) ?? 0) + 1);
  }

  /** The engine counts them by now, or has not taken them. */
  arrived(records: readonly TaskRecord[]): void {
    for (const record of records) {
      if (!isWaiting(record)) continue;
      const left = (this.#coming.get(record.options.queue) ?? 0) - 1;
      if (left > 0) this.#coming.set(record.options.queue, left);
      else this.#coming.delete(record.options.queue);
    }
  }
}
