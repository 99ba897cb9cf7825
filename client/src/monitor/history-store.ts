import type { TaskFilter } from '@celeriac/protocol';
import type { ListPage, ListQuery } from '@celeriac/protocol/internal';
import { StateBox } from '@celeriac/runtime';
import { guarded } from '../guarded.ts';
import type { Store, StoreListener } from '../store.ts';
import { type TaskRow, toTaskRow } from './rows.ts';

/** As much of the history as was read. */
export interface HistoryView {
  /** The newest first. */
  readonly rows: readonly TaskRow[];
  /** A page is being read. */
  readonly loading: boolean;
  /** There is nothing older. */
  readonly done: boolean;
  /** Why the last page could not be read; {@link HistoryStore.more} tries again. */
  readonly trouble: Error | null;
}

/** Pages without a match that are read in a row; after that `more()` has to be called again. */
const EMPTY_PAGES = 100;

/**
 * All tasks that the gateway keeps, page by page, as they were when each page was read. The first one is read for the first listener.
 * @example
 * const history = app.monitor.history({ queue: 'media' });
 * history.subscribe(({ rows, done }) => draw(rows, done ? undefined : history.more));
 */
export class HistoryStore implements Store<HistoryView>, AsyncIterable<TaskRow> {
  readonly #ask: (query: ListQuery) => Promise<ListPage>;
  readonly #filter: TaskFilter;
  readonly #rows: number;
  readonly #view = new StateBox<HistoryView>({ rows: [], loading: false, done: false, trouble: null });
  #next: number | null = null;
  #loading: Promise<void> | undefined;
  #asked = false;

  /**
   * @param rows of a page
   * @internal
   */
  constructor(ask: (query: ListQuery) => Promise<ListPage>, filter: TaskFilter, rows: number) {
    this.#ask = ask;
    this.#filter = filter;
    this.#rows = rows;
  }

  /** The present view; the same object until something changes. */
  readonly get = (): HistoryView => this.#view.get();

  /** Called with each new view; the first page is read for the first listener. @returns a function that stops it */
  readonly subscribe = (listener: StoreListener<HistoryView>): (() => void) => {
    const stop = this.#view.subscribe(guarded(listener));
    if (!this.#asked) void this.more();
    return stop;
  };

  /**
   * Reads on until there are more rows or no more history. Never rejects: what goes wrong is the view's `trouble`. Idempotent while it
   * reads.
   * @example button.onclick = () => history.more();
   */
  readonly more = (): Promise<void> => {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  };

  /** Reads all of the history, independent of the view. @throws RefusedError, GatewayUnreachableError or ClosedError */
  async *[Symbol.asyncIterator](): AsyncGenerator<TaskRow, void> {
    let before: number | null = null;
    do {
      const page: ListPage = await this.#ask({ filter: this.#filter, before, rows: this.#rows });
      for (const row of page.rows) yield toTaskRow(row);
      before = page.next;
    } while (before !== null);
  }

  async #load(): Promise<void> {
    if (this.#view.get().done) return;
    this.#asked = true;
    this.#show({ loading: true, trouble: null });
    try {
      for (let page = 0; page < EMPTY_PAGES; page++) {
        const { rows, next } = await this.#ask({
          filter: this.#filter,
          before: this.#next,
          rows: this.#rows,
        });
        this.#next = next;
        const done = next === null;
        this.#show({ rows: [...this.#view.get().rows, ...rows.map(toTaskRow)], done });
        if (done || rows.length > 0) break;
      }
      this.#show({ loading: false });
    } catch (error) {
      const trouble = error instanceof Error ? error : new Error(String(error));
      this.#show({ loading: false, trouble });
    }
  }

  #show(changed: Partial<HistoryView>): void {
    this.#view.set({ ...this.#view.get(), ...changed });
  }
}
