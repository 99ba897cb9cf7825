import type { MonitorEvent } from '@celeriac/protocol';
import type { FeedPoint } from '@celeriac/protocol/internal';
import { nanoid } from 'nanoid';

/** Events that are kept for those who read slowly or come back. */
const EVENTS = 10_000;

/** The last events of this gateway, one copy for all who read them. Counted from 1. */
export class EventLog {
  readonly epoch = nanoid(12);
  readonly #kept: (MonitorEvent | undefined)[] = [];
  #last = 0;

  get last(): number {
    return this.#last;
  }

  add(event: Omit<MonitorEvent, 'clock'>): void {
    this.#last += 1;
    this.#kept[this.#last % EVENTS] = { ...event, clock: this.#last };
  }

  /** At most `limit` events after this one, and how many before them are not kept any more. */
  after(
    sequence: number,
    limit: number,
  ): { readonly missed: number; readonly events: readonly MonitorEvent[] } {
    const first = Math.max(sequence + 1, this.#last - EVENTS + 1, this.#last - limit + 1);
    const events: MonitorEvent[] = [];
    for (let number = first; number <= this.#last; number++) {
      const event = this.#kept[number % EVENTS];
      if (event !== undefined) events.push(event);
    }
    return { missed: first - sequence - 1, events };
  }

  /** Where a reader goes on who was there; `undefined` in another gateway's events. */
  resume([epoch, sequence]: FeedPoint): number | undefined {
    return epoch === this.epoch && sequence <= this.#last ? sequence : undefined;
  }

  /** Nobody reads any more. The numbers go on. */
  clear(): void {
    this.#kept.length = 0;
  }
}
