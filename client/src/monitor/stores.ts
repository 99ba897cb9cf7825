/** The stores of a monitor over the feeds of a connection. */

import {
  FEED_ANSWERS,
  FEED_ROWS_OF,
  type ListPage,
  type ListQuery,
  readShape,
} from '@celeriac/protocol/internal';
import { learn } from '#words';
import type { MakeFeeds } from '../connection/conversation.ts';
import { Feeds } from '../connection/feeds.ts';
import { EventsStore } from './events-store.ts';
import { HistoryStore } from './history-store.ts';
import type { MonitorStores } from './monitor.ts';
import {
  type DefinitionRow,
  type QueueRow,
  toDefinitionRow,
  toQueueRow,
  toTaskRow,
  toWorkerRow,
  type WorkerRow,
} from './rows.ts';
import { type RowsKind, RowsStore } from './rows-store.ts';

/** Opened by its first use. */
export interface MonitorSource {
  feeds(make: MakeFeeds): Feeds;
  list(query: ListQuery, signal?: AbortSignal): Promise<ListPage>;
}

export function storesOf(source: MonitorSource): MonitorStores {
  learn({ answers: FEED_ANSWERS });
  const feeds = (): Feeds => source.feeds((hold, ready) => new Feeds(hold, ready));
  return {
    tasks: (filter, limit) =>
      new RowsStore(feeds, {
        open: (feed) => [feed, 'tasks', filter, limit],
        read: (row) => toTaskRow(readShape(FEED_ROWS_OF.tasks, row, 'feeds.rows')),
        order: (one, other) =>
          other.submittedAt.getTime() - one.submittedAt.getTime() || (one.id < other.id ? 1 : -1),
      }),
    queues: () => new RowsStore(feeds, QUEUES),
    workers: () => new RowsStore(feeds, WORKERS),
    definitions: () => new RowsStore(feeds, DEFINITIONS),
    events: (options) => new EventsStore(feeds, options),
    history: (filter, limit, signal) =>
      new HistoryStore((query) => source.list(query, signal), filter, limit),
  };
}

const byName = (one: { readonly name: string }, other: { readonly name: string }): number =>
  one.name < other.name ? -1 : Number(one.name > other.name);

// Only here it is known which kind the rows of a feed are.
const QUEUES: RowsKind<QueueRow> = {
  open: (feed) => [feed, 'queues'],
  read: (row) => toQueueRow(readShape(FEED_ROWS_OF.queues, row, 'feeds.rows')),
  order: byName,
};
const WORKERS: RowsKind<WorkerRow> = {
  open: (feed) => [feed, 'workers'],
  read: (row) => toWorkerRow(readShape(FEED_ROWS_OF.workers, row, 'feeds.rows')),
  order: byName,
};
const DEFINITIONS: RowsKind<DefinitionRow> = {
  open: (feed) => [feed, 'definitions'],
  read: (row) => toDefinitionRow(readShape(FEED_ROWS_OF.definitions, row, 'feeds.rows')),
  order: byName,
};
