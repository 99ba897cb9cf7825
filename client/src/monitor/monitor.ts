import { type MonitorEventType, TASK_STATES, type TaskFilter } from '@celeriac/protocol';
import {
  FEED_ROWS,
  FEED_ROWS_DEFAULT,
  MONITOR_EVENTS,
  option,
  readOptions,
} from '@celeriac/protocol/calling';
import type { SignalOptions } from '@celeriac/runtime';
import { readWaitOptions, signalOption } from '@celeriac/runtime/calling';
import type { EventsStore, ReadEventsOptions } from './events-store.ts';
import type { HistoryStore } from './history-store.ts';
import type { DefinitionRow, QueueRow, TaskRow, WorkerRow } from './rows.ts';
import type { RowsStore } from './rows-store.ts';

type Nullable<Filter> = { readonly [Name in keyof Filter]: Filter[Name] | null | undefined };

/** Which tasks, and how many. */
export interface TaskListOptions extends Nullable<TaskFilter> {
  /**
   * How many rows at most, up to 5,000.
   * @default 500; in the history 100 per page
   */
  readonly limit?: number | null | undefined;
}

/** What `app.monitor.history()` takes; the signal ends its loop, and what waits for a page. */
export interface HistoryOptions extends TaskListOptions, SignalOptions {}

/** What `app.monitor.events()` takes; the signal ends its loop. */
export interface EventsOptions extends SignalOptions {
  /**
   * Only events of these types.
   * @default all
   */
  readonly types?: readonly MonitorEventType[] | null | undefined;
  /**
   * How many events a view has at most.
   * @default 200
   */
  readonly keep?: number | null | undefined;
}

/** Makes what a monitor shows. */
export interface MonitorStores {
  tasks(filter: TaskFilter, limit: number): RowsStore<TaskRow>;
  queues(): RowsStore<QueueRow>;
  workers(): RowsStore<WorkerRow>;
  definitions(): RowsStore<DefinitionRow>;
  events(options: ReadEventsOptions): EventsStore;
  history(filter: TaskFilter, limit: number, signal: AbortSignal | undefined): HistoryStore;
}

const HISTORY_PAGE = 100;
const EVENTS_SHOWN = 200;
const MOST_EVENTS = 10_000;

const word = option.text(255);
const TASK_LIST = {
  states: option.list(option.oneOf(TASK_STATES), 'task states'),
  queue: word,
  name: word,
  worker: word,
  text: word,
  limit: option.integer(1, FEED_ROWS),
};
const HISTORY = { ...TASK_LIST, signal: signalOption };
const EVENTS = {
  types: option.list(option.oneOf(MONITOR_EVENTS), 'event types'),
  keep: option.integer(1, MOST_EVENTS),
  signal: signalOption,
};

/**
 * `app.monitor`: live stores for everything the gateway knows; needs `admin:read`. With `read:own` instead, {@link tasks} and
 * {@link history} show the calls of the token's own subject, and the other stores are refused. A store asks for nothing until
 * it has a listener, is live while it has one, and continues by itself after a lost connection.
 *
 * @example
 * // After a reload, or on another device: what this user called, followed again.
 * for await (const { id } of app.monitor.history({ name: 'encode' })) follow(app.AsyncResult(id));
 */
export class Monitor {
  readonly #stores: MonitorStores;
  readonly #queues: RowsStore<QueueRow>;
  readonly #workers: RowsStore<WorkerRow>;
  readonly #definitions: RowsStore<DefinitionRow>;
  /** Those that somebody listens to: equal lists are one feed. */
  readonly #taskLists = new Map<string, RowsStore<TaskRow>>();

  /** @internal */
  constructor(stores: MonitorStores) {
    this.#stores = stores;
    this.#queues = stores.queues();
    this.#workers = stores.workers();
    this.#definitions = stores.definitions();
  }

  /**
   * The newest tasks that match, the newest first.
   * @throws OptionError for an invalid filter
   * @example const stop = app.monitor.tasks({ states: ['FAILURE'], limit: 20 }).subscribe(({ rows }) => draw(rows));
   */
  tasks(options: TaskListOptions = {}): RowsStore<TaskRow> {
    const { limit = FEED_ROWS_DEFAULT, ...filter } = readOptions(options, TASK_LIST, 'monitor.tasks()');
    const key = JSON.stringify([Object.entries(filter).sort(), limit]);
    for (const [name, store] of this.#taskLists)
      if (!store.used && name !== key) this.#taskLists.delete(name);
    const present = this.#taskLists.get(key);
    if (present !== undefined) return present;
    const store = this.#stores.tasks(filter, limit);
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
   * The tasks that workers have defined.
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
    const {
      types = null,
      keep = EVENTS_SHOWN,
      signal,
    } = readWaitOptions(options, EVENTS, 'monitor.events()');
    return this.#stores.events({ types, keep, signal });
  }

  /**
   * All tasks that the gateway keeps, page by page or in a loop.
   * @throws OptionError
   * @example for await (const row of app.monitor.history({ queue: 'media', signal })) console.log(row.id, row.state);
   */
  history(options: HistoryOptions = {}): HistoryStore {
    const {
      limit = HISTORY_PAGE,
      signal,
      ...filter
    } = readWaitOptions(options, HISTORY, 'monitor.history()');
    return this.#stores.history(filter, limit, signal);
  }
}
