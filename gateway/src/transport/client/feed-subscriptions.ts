import {
  type EventsUpdate,
  type FeedItem,
  type FeedRow,
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  FrameError,
  OPEN_FEEDS,
  type OpenFeedItem,
  type RowsUpdate,
} from '@celeriac/protocol/internal';
import { cutBatch } from '@celeriac/runtime';
import type { Feed, FeedSink } from '../../broker/monitor/feed.ts';
import type { MonitorFeeds, Whose } from '../../broker/monitor/monitor.ts';
import type { Audit } from '../audit.ts';
import { authorizeFeed, whoseTasks } from '../auth/authorize.ts';
import { forbidden, tooManyFeeds, toRefusal } from './client-refusals.ts';
import type { ClientSocket } from './client-socket.ts';
import type { Outgoing } from './outgoing.ts';
import { fitRow, frameSize, itemSize } from './sizes.ts';

interface OpenFeed {
  readonly kind: OpenFeedItem[1];
  readonly whose: Whose;
  readonly feed: Feed;
}

/** The feeds that one client has open. */
export class FeedSubscriptions implements FeedSink {
  readonly #socket: ClientSocket;
  readonly #monitor: MonitorFeeds;
  readonly #outgoing: Outgoing;
  readonly #audit: Audit;
  readonly #feeds = new Map<number, OpenFeed>();

  constructor(socket: ClientSocket, monitor: MonitorFeeds, outgoing: Outgoing, audit: Audit) {
    this.#audit = audit;
    this.#socket = socket;
    this.#monitor = monitor;
    this.#outgoing = outgoing;
  }

  /** @throws CeleriacError */
  open(items: readonly OpenFeedItem[]): void {
    for (const item of items) {
      if (!this.#socket.connected) return;
      const [number] = item;
      if (this.#feeds.has(number))
        throw new FrameError(`expected a new number for a feed, got: ${number} again`);
      const whose = whoseTasks(this.#socket.data.grant, authorizeFeed(item[1]));
      if (whose === 'none') {
        this.#audit.refused('FORBIDDEN', 'openFeeds', [item[1]]);
        this.#refuse(number, forbidden('read the monitor (needs admin:read)'));
      } else if (this.#feeds.size >= OPEN_FEEDS) this.#refuse(number, tooManyFeeds());
      else {
        if (whose === 'all') this.#audit.acted('openFeeds', [item[1]]);
        this.#feeds.set(number, { kind: item[1], whose, feed: this.#open(item, whose) });
      }
    }
  }

  close(numbers: readonly number[]): void {
    for (const number of numbers) this.#close(number);
  }

  /** Another token has come. */
  authorizeAnew(): void {
    const { grant } = this.#socket.data;
    for (const [number, { kind, whose }] of [...this.#feeds]) {
      const now = whoseTasks(grant, authorizeFeed(kind));
      // Its subject stays the same.
      if (now === 'all' || (now !== 'none' && whose !== 'all')) continue;
      this.#close(number);
      this.#refuse(number, forbidden('read the monitor any longer (needs admin:read)'));
    }
  }

  /** The client is gone. */
  clear(): void {
    for (const number of [...this.#feeds.keys()]) this.#close(number);
  }

  room(): Promise<void> {
    return this.#outgoing.room();
  }

  deliver(item: FeedItem): void {
    const [number] = item;
    if (item[1] === 'rows') this.#deliverRows(number, item[2]);
    else if (item[1] === 'events') this.#deliverEvents(number, item[2]);
    else this.#send(item);
  }

  #deliverRows(number: number, update: RowsUpdate): void {
    for (const part of rowsInFrames(update, this.#socket.data.frameLimit)) this.#send([number, 'rows', part]);
  }

  #deliverEvents(number: number, update: EventsUpdate): void {
    const runs = cutBatch(update.events, itemSize, FRAME_ITEMS, FRAME_SOFT_LIMIT);
    if (runs.length === 0) this.#send([number, 'events', update]);
    const [epoch] = update.point;
    for (const [position, events] of runs.entries()) {
      const whole = position === runs.length - 1;
      const point = whole ? update.point : ([epoch, events.at(-1)?.clock ?? 0] as const);
      const missed = position === 0 ? update.missed : 0;
      this.#send([number, 'events', { point, missed, events }]);
    }
  }

  #open(item: OpenFeedItem, whose: Whose): Feed {
    switch (item[1]) {
      case 'tasks':
        return this.#monitor.openTasks([item[0], item[2], item[3]], whose, this);
      case 'events':
        return this.#monitor.openEvents([item[0], item[2], item[3]], this);
      default:
        return this.#monitor.openTable(item[0], item[1], this);
    }
  }

  #close(number: number): void {
    this.#feeds.get(number)?.feed.close();
    this.#feeds.delete(number);
  }

  #refuse(number: number, error: Error): void {
    this.#send([number, 'refused', toRefusal(error)]);
  }

  #send(item: FeedItem): void {
    this.#outgoing.sendFeeds([item], frameSize([item]));
  }
}

/** All parts but the last say that more will follow, so that nobody shows half an update. */
function rowsInFrames(update: RowsUpdate, limit: number): readonly RowsUpdate[] {
  const fitting = update.rows.map((row) => fitRow(row, limit));
  const gone = cutBatch(update.gone, itemSize, Number.POSITIVE_INFINITY, FRAME_SOFT_LIMIT);
  const rows = cutBatch<FeedRow>(fitting, itemSize, FRAME_ITEMS, FRAME_SOFT_LIMIT);
  const count = Math.max(1, gone.length, rows.length);
  return Array.from({ length: count }, (_, position) => ({
    ...update,
    rows: rows[position] ?? [],
    replaces: update.replaces && position === 0,
    gone: gone[position] ?? [],
    last: update.last && position === count - 1,
  }));
}
