import type { MonitorEvent } from '@celeriac/protocol';
import type { EventsUpdate, FeedItem, FeedRow, Refusal } from '@celeriac/protocol/internal';
import type { FeedSink } from '../src/broker/monitor/feed.ts';

/** A client of feeds without a socket: keeps what a client would show. */
export class FeedInbox implements FeedSink {
  readonly items: FeedItem[] = [];
  readonly rows = new Map<string, FeedRow>();
  readonly events: MonitorEvent[] = [];
  readonly updates: EventsUpdate[] = [];
  refusal: Refusal | undefined;
  more = false;
  #hung: Promise<void> | undefined;
  #listen: () => void = () => {};

  /** Reads nothing more until {@link reads}. */
  hangs(): void {
    this.#hung ??= new Promise((resolve) => {
      this.#listen = resolve;
    });
  }

  reads(): void {
    this.#listen();
    this.#hung = undefined;
  }

  room(): Promise<void> {
    return this.#hung ?? Promise.resolve();
  }

  deliver(item: FeedItem): void {
    this.items.push(item);
    if (item[1] === 'rows') {
      const { replaces, rows, gone, more } = item[2];
      if (replaces) this.rows.clear();
      for (const row of rows) this.rows.set(row[0], row);
      for (const key of gone) this.rows.delete(key);
      this.more = more;
    } else if (item[1] === 'events') {
      this.updates.push(item[2]);
      this.events.push(...item[2].events);
    } else {
      this.refusal = item[2];
    }
  }

  /** The keys of its rows. */
  get keys(): readonly string[] {
    return [...this.rows.keys()].sort();
  }
}
