import { FEED_ROWS, type FeedRow } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { type Feed, type FeedSink, Pacer } from './feed.ts';

/** A feed of few rows that are made anew for every look: only those that came out different are sent. */
export class TableFeed implements Feed {
  readonly #number: number;
  readonly #sink: FeedSink;
  readonly #pacer: Pacer;
  /** What the client has of each row. */
  readonly #shown = new Map<string, string>();
  #rows: readonly FeedRow[] = [];
  #replaces = true;

  constructor(number: number, clock: Clock, sink: FeedSink) {
    this.#number = number;
    this.#sink = sink;
    this.#pacer = new Pacer(
      clock,
      () => sink.room(),
      () => this.#speak(),
    );
  }

  /** These are all rows now. */
  show(rows: readonly FeedRow[]): void {
    this.#rows = rows;
    this.#pacer.touch();
  }

  close(): void {
    this.#pacer.close();
  }

  #speak(): void {
    const rows = this.#rows.slice(0, FEED_ROWS);
    const present = new Set<string>();
    const changed: FeedRow[] = [];
    for (const row of rows) {
      const text = JSON.stringify(row);
      present.add(row[0]);
      if (this.#shown.get(row[0]) === text) continue;
      this.#shown.set(row[0], text);
      changed.push(row);
    }
    const gone = [...this.#shown.keys()].filter((key) => !present.has(key));
    for (const key of gone) this.#shown.delete(key);
    if (!this.#replaces && changed.length === 0 && gone.length === 0) return;
    const more = rows.length < this.#rows.length;
    const update = { replaces: this.#replaces, last: true, rows: changed, gone, more };
    this.#replaces = false;
    this.#sink.deliver([this.#number, 'rows', update]);
  }
}
