import type { FeedItem, FeedRow, OpenFeedItem } from '@celeriac/protocol/internal';
import type { Feeds } from '../connection/feeds.ts';
import type { Store, StoreListener } from '../store.ts';
import { type FeedStanding, FeedStore, NOT_HEARD } from './feed-store.ts';

/** The most rows that a table keeps, whatever a gateway sends. The longest that is honest is of queues, by default 10,000. */
export const TABLE_ROWS = 100_000;

/** A table that keeps itself up to date. */
export interface RowsView<Row> extends FeedStanding {
  /** A row that has not changed is the same object as before. */
  readonly rows: readonly Row[];
  /** There are more than are shown, or older ones that were not searched. */
  readonly more: boolean;
}

export interface RowsKind<Row> {
  readonly open: (feed: number) => OpenFeedItem;
  readonly read: (row: FeedRow) => Row;
  /** As for `Array.sort`. */
  readonly order: (one: Row, other: Row) => number;
}

/**
 * The rows of one feed.
 * @example const { rows, live } = app.monitor.queues().get();
 */
export class RowsStore<Row> implements Store<RowsView<Row>> {
  readonly #kind: RowsKind<Row>;
  readonly #store: FeedStore<RowsView<Row>>;
  #rows = new Map<string, Row>();
  /** Rows of an update that is not whole yet, where it replaces all. */
  #replacing: Map<string, Row> | undefined;
  #sorted: readonly Row[] = [];
  #more = false;
  #standing: FeedStanding = NOT_HEARD;

  /** @internal */
  constructor(feeds: () => Feeds, kind: RowsKind<Row>) {
    this.#kind = kind;
    this.#store = new FeedStore(feeds, this, () => this.#look());
  }

  /** Whether it has a listener. */
  get used(): boolean {
    return this.#store.used;
  }

  /** The present view; the same object until something changes. */
  readonly get = (): RowsView<Row> => this.#store.get();

  /** Called with each new view; the feed is open while there are listeners. @returns a function that stops it */
  readonly subscribe = (listener: StoreListener<RowsView<Row>>): (() => void) =>
    this.#store.subscribe(listener);

  /** @internal */
  open(feed: number): OpenFeedItem {
    this.#replacing = undefined;
    return this.#kind.open(feed);
  }

  /** @internal */
  receive(item: FeedItem): void {
    if (item[1] !== 'rows') return;
    const { replaces, last, rows, gone, more } = item[2];
    if (replaces) this.#replacing = new Map();
    const target = this.#replacing ?? this.#rows;
    for (const key of gone) target.delete(key);
    let left = false;
    for (const row of rows) {
      if (target.size < TABLE_ROWS || target.has(row[0])) target.set(row[0], this.#kind.read(row));
      else left = true;
    }
    this.#more = more || left;
    if (!last) return;
    this.#rows = target;
    this.#replacing = undefined;
    this.#sorted = [...target.values()].sort(this.#kind.order);
    this.#standing = { live: true, trouble: null };
    this.#store.changed();
  }

  /** @internal */
  away(): void {
    this.#replacing = undefined;
    this.#stand(NOT_HEARD);
  }

  /** @internal */
  fail(trouble: Error): void {
    this.#stand({ live: false, trouble });
  }

  #stand(standing: FeedStanding): void {
    this.#standing = standing;
    this.#store.changed();
  }

  #look(): RowsView<Row> {
    return { ...this.#standing, rows: this.#sorted, more: this.#more };
  }
}
