import type { MonitorEvent, MonitorEventType } from '@celeriac/protocol';
import type { FeedItem, FeedPoint, OpenFeedItem } from '@celeriac/protocol/internal';
import type { FeedReader, Feeds } from '../connection/feeds.ts';
import type { Store, StoreListener } from '../store.ts';
import { type FeedStanding, FeedStore, NOT_HEARD } from './feed-store.ts';

/** Marks missing events: how many, or `null` where that is unknown (the gateway has restarted). */
export interface EventGap {
  /** Tells it from an event. */
  readonly type: 'gap';
  /** How many events are missing; `null` where that is unknown. */
  readonly missed: number | null;
}

/** The last events, as one view. */
export interface EventsView extends FeedStanding {
  /** The last ones, the newest last. */
  readonly events: readonly (MonitorEvent | EventGap)[];
}

export interface ReadEventsOptions {
  readonly types: readonly MonitorEventType[] | null;
  /** How many a view shows. */
  readonly keep: number;
  /** Ends loops. */
  readonly signal: AbortSignal | undefined;
}

/** Events that a loop has not taken yet; beyond that the oldest become a gap. */
const UNTAKEN = 10_000;

/**
 * What happens to all tasks and workers, under Celery's names. As a store it keeps the latest events; as a loop it yields each
 * event from its start. It continues after a lost connection, and says where events are missing.
 * @example for await (const event of app.monitor.events()) console.log(event.type);
 */
export class EventsStore implements Store<EventsView>, AsyncIterable<MonitorEvent | EventGap> {
  readonly #feeds: () => Feeds;
  readonly #types: readonly MonitorEventType[] | null;
  readonly #keep: number;
  readonly #signal: AbortSignal | undefined;
  readonly #store: FeedStore<EventsView>;
  #events: readonly (MonitorEvent | EventGap)[] = [];
  #standing: FeedStanding = NOT_HEARD;

  /** @internal */
  constructor(feeds: () => Feeds, { types, keep, signal }: ReadEventsOptions) {
    this.#feeds = feeds;
    this.#types = types;
    this.#keep = keep;
    this.#signal = signal;
    const reader = new EventsReader(types, {
      heard: (events) => {
        this.#events = [...this.#events, ...events].slice(-this.#keep);
        this.#stand({ live: true, trouble: null });
      },
      away: () => this.#stand(NOT_HEARD),
      fail: (trouble) => this.#stand({ live: false, trouble }),
    });
    this.#store = new FeedStore(feeds, reader, () => ({ ...this.#standing, events: this.#events }));
  }

  /** The present view; the same object until something changes. */
  readonly get = (): EventsView => this.#store.get();

  /** Called with each new view. @returns a function that stops it */
  readonly subscribe = (listener: StoreListener<EventsView>): (() => void) => this.#store.subscribe(listener);

  /**
   * Each event from now on; continues after a lost connection.
   * @throws RefusedError or ClosedError if there will be no more events, and the signal's reason
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<MonitorEvent | EventGap, void> {
    const signal = this.#signal;
    signal?.throwIfAborted();
    let untaken: (MonitorEvent | EventGap)[] = [];
    let trouble: Error | undefined;
    let wake: () => void = () => {};
    const abort = (): void => wake();
    const reader = new EventsReader(this.#types, {
      heard: (events) => {
        untaken.push(...events);
        if (untaken.length > UNTAKEN) untaken = cutOldest(untaken);
        wake();
      },
      away: () => {},
      fail: (error) => {
        trouble = error;
        wake();
      },
    });
    this.#feeds().read(reader);
    signal?.addEventListener('abort', abort);
    try {
      for (;;) {
        const events = untaken;
        untaken = [];
        yield* events;
        signal?.throwIfAborted();
        if (untaken.length > 0) continue;
        if (trouble !== undefined) throw trouble;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#feeds().leave(reader);
    }
  }

  #stand(standing: FeedStanding): void {
    this.#standing = standing;
    this.#store.changed();
  }
}

interface EventsListener {
  heard(events: readonly (MonitorEvent | EventGap)[]): void;
  away(): void;
  fail(error: Error): void;
}

/** Remembers how far it has read, to go on there in another session. */
class EventsReader implements FeedReader {
  readonly #types: readonly MonitorEventType[] | null;
  readonly #listener: EventsListener;
  #point: FeedPoint | null = null;

  constructor(types: readonly MonitorEventType[] | null, listener: EventsListener) {
    this.#types = types;
    this.#listener = listener;
  }

  open(feed: number): OpenFeedItem {
    return [feed, 'events', this.#types, this.#point];
  }

  receive(item: FeedItem): void {
    if (item[1] !== 'events') return;
    const { point, missed, events } = item[2];
    this.#point = point;
    this.#listener.heard(missed === 0 ? events : [{ type: 'gap', missed }, ...events]);
  }

  away(): void {
    this.#listener.away();
  }

  fail(error: Error): void {
    this.#listener.fail(error);
  }
}

/** Half of them go, so that this is done once for thousands. */
function cutOldest(events: readonly (MonitorEvent | EventGap)[]): (MonitorEvent | EventGap)[] {
  const cut = events.slice(0, -UNTAKEN / 2);
  let missed: number | null = 0;
  for (const event of cut) {
    const lost: number | null = event.type === 'gap' ? event.missed : 1;
    missed = missed === null || lost === null ? null : missed + lost;
  }
  return [{ type: 'gap', missed }, ...events.slice(-UNTAKEN / 2)];
}
