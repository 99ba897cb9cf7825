import type { FeedReader, Feeds } from '../connection/feeds.ts';
import { guarded } from '../guarded.ts';
import type { Store, StoreListener } from '../store.ts';

/** The state of the feed, part of every view of a feed. */
export interface FeedStanding {
  /** False: nothing has arrived yet, or the gateway is unreachable; the view shows what was known last. */
  readonly live: boolean;
  /** Why nothing will arrive: RefusedError (`FORBIDDEN`, `TOO_MANY_FEEDS`) or ClosedError. */
  readonly trouble: Error | null;
}

export const NOT_HEARD: FeedStanding = { live: false, trouble: null };

/**
 * Who listens to a feed: it is opened by the first and closed with the last. A view is made when somebody looks, and is
 * the same object until something changes.
 */
export class FeedStore<View> implements Store<View> {
  readonly #feeds: () => Feeds;
  readonly #reader: FeedReader;
  readonly #look: () => View;
  readonly #listeners = new Set<StoreListener<View>>();
  #view: { readonly value: View } | undefined;
  #reading = false;

  /** @param look makes the view of what is known now */
  constructor(feeds: () => Feeds, reader: FeedReader, look: () => View) {
    this.#feeds = feeds;
    this.#reader = reader;
    this.#look = look;
  }

  /** Whether it has a listener. */
  get used(): boolean {
    return this.#listeners.size > 0;
  }

  readonly get = (): View => {
    this.#view ??= { value: this.#look() };
    return this.#view.value;
  };

  readonly subscribe = (listener: StoreListener<View>): (() => void) => {
    // A function of its own, so that one listener subscribed twice is two.
    const tell = guarded((view: View) => listener(view));
    this.#listeners.add(tell);
    if (!this.#reading) {
      this.#reading = true;
      this.#feeds().read(this.#reader);
    }
    return () => {
      if (this.#listeners.delete(tell) && this.#listeners.size === 0) this.#leaveSoon();
    };
  };

  /** Something changed. */
  changed(): void {
    this.#view = undefined;
    if (this.#listeners.size === 0) return;
    const view = this.get();
    for (const listener of [...this.#listeners]) listener(view);
  }

  /** Not at once: a component that is drawn anew leaves and comes back in one turn. */
  #leaveSoon(): void {
    queueMicrotask(() => {
      if (this.#listeners.size > 0 || !this.#reading) return;
      this.#reading = false;
      this.#feeds().leave(this.#reader);
      this.#reader.away();
    });
  }
}
