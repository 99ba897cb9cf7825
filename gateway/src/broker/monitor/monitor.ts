import type { MonitorEventType, TaskFilter } from '@celeriac/protocol';
import type { FeedPoint, FeedRow, ListPage, ListQuery } from '@celeriac/protocol/internal';
import { type Clock, type Service, Ticker } from '@celeriac/runtime';
import { eventsOfChange, type NewEvent } from '../../core/celery-event.ts';
import type { StoredTask } from '../../core/record.ts';
import { summaryOf, type TaskSummary } from '../../core/summary.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Telemetry } from '../../events/telemetry.ts';
import type { Catalog } from '../catalog.ts';
import type { Leases } from '../leases.ts';
import type { Pauses } from '../pauses.ts';
import type { Roster, WorkerFacts, WorkerSession } from '../roster.ts';
import type { SnapshotReader } from '../snapshot-reader.ts';
import { Arrivals } from './arrivals.ts';
import { EventFeed } from './event-feed.ts';
import { EventLog } from './event-log.ts';
import type { Feed, FeedSink } from './feed.ts';
import { QueueRates } from './queue-rates.ts';
import { TableFeed } from './table-feed.ts';
import { definitionRows, queueRows, workerRows } from './tables.ts';
import { REACH, rowOf, TaskFeed } from './task-feed.ts';

const TICK_MS = 1_000;
/** How long events are still gathered when the last reader has left: who lost its connection misses none. */
const LINGER_MS = 60_000;

/** Whose tasks are shown: everybody's, or those of one caller. */
export type Whose = 'all' | { readonly subject: string };

export type TableKind = 'queues' | 'workers' | 'definitions';

interface Parts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly leases: Leases;
  readonly pauses: Pauses;
  readonly roster: Roster;
  readonly reader: SnapshotReader;
  readonly telemetry: Telemetry;
}

/**
 * Shows operators everything. What nobody asks for costs only two additions per task, for the rates of
 * queues: those are asked for after the fact.
 */
export class MonitorFeeds implements Service {
  readonly #parts: Parts;
  readonly #rates = new QueueRates();
  readonly #log = new EventLog();
  readonly #arrivals = new Arrivals({
    settled: (id) => this.#settled(id),
    tell: (event) => this.#happened(event),
  });
  readonly #taskFeeds = new Set<TaskFeed>();
  /** Of one caller's tasks only: what others do costs these nothing. */
  readonly #ownFeeds = new Map<string, Set<TaskFeed>>();
  readonly #eventFeeds = new Set<EventFeed>();
  readonly #tables: Readonly<Record<TableKind, Set<TableFeed>>> = {
    queues: new Set(),
    workers: new Set(),
    definitions: new Set(),
  };
  readonly #ticker: Ticker;
  /** Whether events are gathered. */
  #gathering = false;
  #unreadSince = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#ticker = new Ticker(parts.clock, TICK_MS, () => this.runOnce(), this.#report);
    const { telemetry } = parts;
    telemetry.on('workerJoined', ({ worker, pid, version, resumed }) => {
      if (!resumed) this.#happened(this.#ofWorker('worker-online', { name: worker, pid, version }));
      this.#workersChanged();
    });
    telemetry.on('workerDisconnected', () => this.#workersChanged());
    telemetry.on('linkTaken', ({ parent, links }) => {
      const timestamp = this.#parts.clock.now() / 1_000;
      for (const { id, name } of links)
        this.#happened({ type: 'task-link-taken', timestamp, uuid: id, name, parent_id: parent });
    });
    telemetry.on('workerLost', ({ worker, pid, version, why }) => {
      this.#happened({ ...this.#ofWorker('worker-offline', { name: worker, pid, version }), reason: why });
      this.#workersChanged();
    });
  }

  /** Feeds that are open; those of one caller's own tasks count once for the caller. */
  get feeds(): number {
    const tables = Object.values(this.#tables).reduce((sum, feeds) => sum + feeds.size, 0);
    return this.#taskFeeds.size + this.#ownFeeds.size + this.#eventFeeds.size + tables;
  }

  start(): void {
    this.#ticker.start();
  }

  async stop(): Promise<void> {
    await this.#ticker.stop();
  }

  openTasks(
    [number, filter, rows]: readonly [number, TaskFilter, number],
    whose: Whose,
    sink: FeedSink,
  ): Feed {
    const wanted = whose === 'all' ? filter : { ...filter, ...whose };
    const feed = new TaskFeed([number, wanted, rows], { ...this.#parts, report: this.#report }, sink);
    feed.open();
    return whose === 'all' ? this.#kept(this.#taskFeeds, feed) : this.#keptOwn(whose.subject, feed);
  }

  openEvents(
    open: readonly [number, readonly MonitorEventType[] | null, FeedPoint | null],
    sink: FeedSink,
  ): Feed {
    this.#gathering = true;
    return this.#kept(this.#eventFeeds, new EventFeed(open, this.#log, this.#parts.clock, sink));
  }

  openTable(number: number, kind: TableKind, sink: FeedSink): Feed {
    const feed = new TableFeed(number, this.#parts.clock, sink);
    const kept = this.#kept(this.#tables[kind], feed);
    this.#refresh(kind);
    return kept;
  }

  /** A page of history. */
  async list({ filter, before, rows }: ListQuery, whose: Whose): Promise<ListPage> {
    const wanted = whose === 'all' ? filter : { ...filter, ...whose };
    const { tasks, next } = await this.#parts.engine.list({
      filter: wanted,
      before,
      limit: rows,
      reach: REACH,
    });
    return { rows: tasks.map((task) => rowOf(task, this.#parts.reader.waiting(task, task.queue))), next };
  }

  /** Called once for each change that is committed. On the hot path. */
  changed(from: StoredTask | null, to: StoredTask): void {
    if (from === null) this.#rates.came(to.options.queue);
    else if (to.phase === 'ended' && from.phase !== 'ended') this.#rates.left(to.options.queue);
    if (this.#taskFeeds.size + this.#ownFeeds.size > 0) this.#tellFeeds(to);
    if (!this.#gathering) return;
    this.#arrivals.goesOn(to);
    for (const event of eventsOfChange(from, to, this.#parts.clock.now())) this.#happened(event);
  }

  /** These were claimed for workers. */
  received(records: readonly StoredTask[]): void {
    if (this.#gathering) this.#arrivals.came(records, this.#parts.clock.now());
  }

  /** A worker has shown that it lives. */
  beat(session: WorkerSession): void {
    if (!this.#gathering) return;
    const { facts, held } = session;
    this.#happened({
      ...this.#ofWorker('worker-heartbeat', facts),
      active: held.size,
      processed: session.processed,
    });
  }

  /** Something other than time has changed what a table shows. */
  touch(kind: TableKind): void {
    if (this.#tables[kind].size > 0) this.#refresh(kind);
  }

  /** A queue was paused or resumed: it is another row, and its tasks wait for something else. */
  queueChanged(): void {
    this.touch('queues');
    this.#lookAgain();
  }

  async runOnce(): Promise<void> {
    this.#rates.tick();
    this.#forgetEvents();
    this.#lookAgain();
    for (const kind of ['queues', 'workers', 'definitions'] as const) this.touch(kind);
  }

  #tellFeeds(record: StoredTask): void {
    let made: TaskSummary | undefined;
    const summary = (): TaskSummary => {
      made ??= summaryOf(record);
      return made;
    };
    for (const feed of this.#taskFeeds) feed.changed(record, summary);
    if (record.subject === null) return;
    for (const feed of this.#ownFeeds.get(record.subject) ?? []) feed.changed(record, summary);
  }

  #happened(event: NewEvent): void {
    if (!this.#gathering) return;
    this.#log.add(event);
    for (const feed of this.#eventFeeds) feed.happened();
  }

  /** A read shows nothing that is not committed, and what is committed is told by the end of the turn in which it is known. */
  async #settled(id: string): Promise<void> {
    await this.#parts.engine.get([id]).catch(this.#report);
    await new Promise<void>((resolve) => this.#parts.clock.soon(resolve));
  }

  #ofWorker(
    type: MonitorEventType,
    { name, pid, version }: Pick<WorkerFacts, 'name' | 'pid' | 'version'>,
  ): NewEvent {
    return {
      type,
      timestamp: this.#parts.clock.now() / 1_000,
      hostname: name,
      sw_ident: 'celeriac',
      // A worker that has not come back since a restart is known by its name alone.
      ...(version === '' ? {} : { pid, sw_ver: version }),
    };
  }

  #workersChanged(): void {
    for (const kind of ['workers', 'queues', 'definitions'] as const) this.touch(kind);
    // Told before the roster is written, or after: either way it is by the end of this turn.
    if (this.#taskFeeds.size + this.#ownFeeds.size > 0) this.#parts.clock.soon(() => this.#lookAgain());
  }

  #lookAgain(): void {
    for (const feed of this.#taskFeeds) feed.look();
    for (const feeds of this.#ownFeeds.values()) for (const feed of feeds) feed.look();
  }

  /** By the end of this turn all that happens in it is done. */
  #refresh(kind: TableKind): void {
    this.#parts.clock.soon(() => {
      if (this.#tables[kind].size === 0) return;
      this.#rowsOf(kind).then((rows) => {
        for (const feed of this.#tables[kind]) feed.show(rows);
      }, this.#report);
    });
  }

  async #rowsOf(kind: TableKind): Promise<readonly FeedRow[]> {
    const parts = { ...this.#parts, rates: this.#rates };
    switch (kind) {
      case 'queues':
        return queueRows(parts);
      case 'workers':
        return workerRows(parts);
      case 'definitions':
        return definitionRows(parts);
    }
  }

  #forgetEvents(): void {
    const now = this.#parts.clock.monotonic();
    if (this.#eventFeeds.size > 0) this.#unreadSince = now;
    else if (this.#gathering && now - this.#unreadSince >= LINGER_MS) {
      this.#gathering = false;
      this.#arrivals.clear();
      this.#log.clear();
    }
  }

  #kept<Kind extends Feed>(feeds: Set<Kind>, feed: Kind): Feed {
    feeds.add(feed);
    return {
      close: () => {
        feeds.delete(feed);
        feed.close();
      },
    };
  }

  #keptOwn(subject: string, feed: TaskFeed): Feed {
    const feeds = this.#ownFeeds.get(subject) ?? new Set();
    this.#ownFeeds.set(subject, feeds);
    const kept = this.#kept(feeds, feed);
    return {
      close: () => {
        kept.close();
        if (feeds.size === 0 && this.#ownFeeds.get(subject) === feeds) this.#ownFeeds.delete(subject);
      },
    };
  }

  readonly #report = (error: unknown): void => {
    this.#parts.telemetry.emit('serviceFailed', { service: 'monitor', error });
  };
}
