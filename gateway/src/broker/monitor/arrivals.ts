import { type NewEvent, received } from '../../core/celery-event.ts';
import type { StoredTask } from '../../core/record.ts';

interface Arrival {
  readonly id: string;
  readonly version: number;
  readonly event: NewEvent;
}

interface Parts {
  /** Resolves when everything is told that was done before. */
  readonly settled: (id: string) => Promise<unknown>;
  readonly tell: (event: NewEvent) => void;
}

/**
 * A task is in a worker's hands before it is committed that it was called, or is tried again; and only what is committed
 * is told. So its arrival is told when that is, or with the next that happens to it: in the order in which it was.
 */
export class Arrivals {
  readonly #parts: Parts;
  /** Not told yet, by task: at most what is claimed while one read is answered. */
  readonly #held = new Map<string, Arrival[]>();
  #asking = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** These were claimed for workers. */
  came(records: readonly StoredTask[], now: number): void {
    for (const record of records) {
      const { id, version } = record;
      const arrival = { id, version, event: received(record, now) };
      const before = this.#held.get(id);
      if (before === undefined) this.#held.set(id, [arrival]);
      else before.push(arrival);
    }
    void this.#ask();
  }

  /** This change is told next. */
  goesOn({ id, version }: StoredTask): void {
    const waiting = this.#held.get(id);
    if (waiting !== undefined) this.#tell(waiting.filter((arrival) => arrival.version < version));
  }

  clear(): void {
    this.#held.clear();
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    for (let [id] = this.#held.keys(); id !== undefined; [id] = this.#held.keys()) {
      const asked = [...this.#held.values()].flat();
      await this.#parts.settled(id);
      this.#tell(asked);
    }
    this.#asking = false;
  }

  #tell(arrivals: readonly Arrival[]): void {
    for (const arrival of arrivals) {
      const waiting = this.#held.get(arrival.id);
      // Told meanwhile, with what came after it.
      if (waiting?.includes(arrival) !== true) continue;
      const left = waiting.filter((other) => other !== arrival);
      if (left.length === 0) this.#held.delete(arrival.id);
      else this.#held.set(arrival.id, left);
      this.#parts.tell(arrival.event);
    }
  }
}
