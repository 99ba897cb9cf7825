import {
  FEED_ROWS,
  FEED_ROWS_DEFAULT,
  FEED_ROWS_OF,
  type ListPage,
  type ListQuery,
  MONITOR_EVENTS,
  type MonitorEventType,
  OptionError,
  read,
  readNames,
  show,
  TASK_STATES,
  type TaskFilter,
} from '@celeriac/protocol';
import { readSignal, type SignalOptions } from '@celeriac/runtime';
import type { Feeds } from '../connection/feeds.ts';
import { EventsStore } from './events-store.ts';
import { HistoryStore } from './history-store.ts';
import {
  type DefinitionRow,
  type QueueRow,
  type TaskRow,
  toDefinitionRow,
  toQueueRow,
  toTaskRow,
  toWorkerRow,
  type WorkerRow,
} from './rows.ts';
import { type RowsKind, RowsStore } from './rows-store.ts';

/** Which tasks, and how many. */
export interface TaskListOptions extends TaskFilter {
  /**
   * How many rows at most, up to 5,000.
   * @default 500; of history 100 a page
   */
  readonly limit?: number;
}

/** What `app.monitor.history()` takes; the signal ends its loop, and what waits for a page. */
export interface HistoryOptions extends TaskListOptions, SignalOptions {}

/** What `app.monitor.events()` takes; the signal ends its loop. */
export interface EventsOptions extends SignalOptions {
  /**
   * Those of these types.
   * @default all
   */
  readonly types?: readonly MonitorEventType[];
  /**
   * How many a view shows at most.
   * @default 200
   */
  readonly keep?: number;
}

export interface MonitorLine {
  readonly feeds: Feeds;
  list(query: ListQuery, signal?: AbortSignal): Promise<ListPage>;
}

const FILTERS = ['states', 'queue', 'name', 'worker', 'text'];
const HISTORY_PAGE = 100;
const EVENTS_SHOWN = 200;
const MOST_EVENTS = 10_000;

/**
 * `app.monitor`: live stores for everything the gateway knows; needs `admin:read`. With `read:own` instead, {@link tasks} and
 * {@link history} show what the token's own subject has called, and nothing else is shown. A store asks for nothing until
 * somebody subscribes, is live while somebody does, and comes back by itself when the gateway does.
 *
 * @example
 * // After a reload, or on another device: what this user called, followed again.
 * for await (const { id } of app.monitor.history({ name: 'encode' })) follow(app.AsyncResult(id));
 */
export class Monitor {
  readonly #line: () => MonitorLine;
  readonly #queues: RowsStore<QueueRow>;
  readonly #workers: RowsStore<WorkerRow>;
  readonly #definitions: RowsStore<DefinitionRow>;
  /** Those that somebody listens to: equal lists are one feed. */
  readonly #taskLists = new Map<string, RowsStore<TaskRow>>();

  /** @param line opened by its first use */
  constructor(line: () => MonitorLine) {
    this.#line = line;
    const feeds = (): Feeds => line().feeds;
    this.#queues = new RowsStore(feeds, QUEUES);
    this.#workers = new RowsStore(feeds, WORKERS);
    this.#definitions = new RowsStore(feeds, DEFINITIONS);
  }

  /**
   * The newest tasks that match, the newest first.
   * @throws OptionError for a filter that makes no sense
   * @example const stop = app.monitor.tasks({ states: ['FAILURE'], limit: 20 }).subscribe(({ rows }) => draw(rows));
   */
  tasks(options: TaskListOptions = {}): RowsStore<TaskRow> {
    const { filter, limit } = readTaskList(options, FEED_ROWS_DEFAULT, 'monitor.tasks()');
    const key = JSON.stringify([filter, limit]);
    for (const [name, store] of this.#taskLists)
      if (!store.used && name !== key) this.#taskLists.delete(name);
    const present = this.#taskLists.get(key);
    if (present !== undefined) return present;
    const store = new RowsStore<TaskRow>(() => this.#line().feeds, {
      open: (feed) => [feed, 'tasks', filter, limit],
      read: (row) => toTaskRow(read(FEED_ROWS_OF.tasks, row, 'feeds.rows')),
      order: (one, other) =>
        other.submittedAt.getTime() - one.submittedAt.getTime() || (one.id < other.id ? 1 : -1),
    });
    this.#taskLists.set(key, store);
    return store;
  }

  /**
   * The queues with their depth and rates, by name.
   * @example const stop = app.monitor.queues().subscribe(({ rows }) => draw(rows));
   */
  queues(): RowsStore<QueueRow> {
    return this.#queues;
  }

  /**
   * The workers with what they run, by name.
   * @example const stop = app.monitor.workers().subscribe(({ rows }) => draw(rows));
   */
  workers(): RowsStore<WorkerRow> {
    return this.#workers;
  }

  /**
   * What tasks there are, as workers advertise them.
   * @example const stop = app.monitor.definitions().subscribe(({ rows }) => draw(rows));
   */
  definitions(): RowsStore<DefinitionRow> {
    return this.#definitions;
  }

  /**
   * What happens from now on.
   * @throws OptionError
   * @example for await (const event of app.monitor.events({ types: ['task-failed'], signal })) alarm(event);
   */
  events(options: EventsOptions = {}): EventsStore {
    readNames(options, ['types', 'keep', 'signal'], 'monitor.events()');
    const signal = readSignal(options.signal);
    const types = options.types ?? null;
    if (types !== null) readWords(types, MONITOR_EVENTS, 'types');
    const keep = readCount(options.keep ?? EVENTS_SHOWN, 'keep', MOST_EVENTS);
    return new EventsStore(() => this.#line().feeds, { types, keep, signal });
  }

  /**
   * All that the gateway keeps, page by page, and as a loop.
   * @throws OptionError
   * @example for await (const row of app.monitor.history({ queue: 'media', signal })) console.log(row.id, row.state);
   */
  history(options: HistoryOptions = {}): HistoryStore {
    const { signal: given, ...list } = options;
    const { filter, limit } = readTaskList(list, HISTORY_PAGE, 'monitor.history()');
    const signal = readSignal(given);
    return new HistoryStore((query) => this.#line().list(query, signal), filter, limit);
  }
}

const byName = (one: { readonly name: string }, other: { readonly name: string }): number =>
  one.name < other.name ? -1 : Number(one.name > other.name);

// Only here it is known which kind the rows of a feed are.
const QUEUES: RowsKind<QueueRow> = {
  open: (feed) => [feed, 'queues'],
  read: (row) => toQueueRow(read(FEED_ROWS_OF.queues, row, 'feeds.rows')),
  order: byName,
};
const WORKERS: RowsKind<WorkerRow> = {
  open: (feed) => [feed, 'workers'],
  read: (row) => toWorkerRow(read(FEED_ROWS_OF.workers, row, 'feeds.rows')),
  order: byName,
};
const DEFINITIONS: RowsKind<DefinitionRow> = {
  open: (feed) => [feed, 'definitions'],
  read: (row) => toDefinitionRow(read(FEED_ROWS_OF.definitions, row, 'feeds.rows')),
  order: byName,
};

function readTaskList(
  options: TaskListOptions,
  rows: number,
  place: string,
): { readonly filter: TaskFilter; readonly limit: number } {
  const names = readNames(options, [...FILTERS, 'limit'], place);
  const { limit = rows, states, ...texts }: TaskListOptions = Object.fromEntries(names);
  if (states !== undefined) readWords(states, TASK_STATES, 'states');
  for (const [name, text] of Object.entries(texts)) {
    if (text !== undefined && (typeof text !== 'string' || text.length === 0 || text.length > 255))
      throw new OptionError(name, `expected ${name} to be 1 to 255 characters, got: ${show(text)}`);
  }
  const given = Object.entries({ states, ...texts }).filter(([, value]) => value !== undefined);
  return { filter: Object.fromEntries(given) as TaskFilter, limit: readCount(limit, 'limit', FEED_ROWS) };
}

function readWords(given: readonly string[], words: readonly string[], option: string): void {
  const strange = Array.isArray(given) ? given.find((word) => !words.includes(word)) : given;
  if (Array.isArray(given) && strange === undefined) return;
  throw new OptionError(
    option,
    `expected ${option} to be a list of ${words.join(', ')}, got: ${show(strange)}`,
  );
}

function readCount(given: number, option: string, most: number): number {
  if (Number.isInteger(given) && given >= 1 && given <= most) return given;
  throw new OptionError(option, `expected ${option} to be an integer from 1 to ${most}, got: ${show(given)}`);
}
