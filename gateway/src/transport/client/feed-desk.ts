import {
  CeleriacError,
  type EventsUpdate,
  type FeedItem,
  type FeedRow,
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  OPEN_FEEDS,
  type OpenFeedItem,
  type RowsUpdate,
  readCloseFeeds,
  readOpenFeeds,
} from '@celeriac/protocol';
import { cutBatch } from '@celeriac/runtime';
import type { Feed, FeedSink } from '../../broker/monitor/feed.ts';
import type { Monitor } from '../../broker/monitor/monitor.ts';
import { authorize } from '../auth/authorize.ts';
import type { ClientSocket } from './client-socket.ts';
import type { Outgoing } from './outgoing.ts';
import { forbidden, refusalOf, tooManyFeeds } from './refusals.ts';
import { feedEventSize, feedRowSize } from './sizes.ts';

/** The feeds that one client has open. */
export class FeedDesk implements FeedSink {
  readonly #socket: ClientSocket;
  readonly #monitor: Monitor;
  readonly #outgoing: Outgoing;
  readonly #feeds = new Map<number, Feed>();

  constructor(socket: ClientSocket, monitor: Monitor, outgoing: Outgoing) {
    this.#socket = socket;
    this.#monitor = monitor;
    this.#outgoing = outgoing;
  }

  /** @throws FrameError, CeleriacError */
  open(items: unknown): void {
    for (const item of readOpenFeeds(items)) {
      if (!this.#socket.connected) return;
      const [number] = item;
      if (this.#feeds.has(number))
        throw new CeleriacError('BAD_FRAME', `expected a new number for a feed, got: ${number} again`);
      if (!authorize.openFeeds(this.#socket.data.grant, 'read')) {
        this.#refuse(number, forbidden('watch the whole house'));
      } else if (this.#feeds.size >= OPEN_FEEDS) this.#refuse(number, tooManyFeeds());
      else this.#feeds.set(number, this.#open(item));
    }
  }

  /** @throws FrameError */
  close(numbers: unknown): void {
    for (const number of readCloseFeeds(numbers)) this.#close(number);
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
    else this.#outgoing.sendFeeds([item]);
  }

  #deliverRows(number: number, update: RowsUpdate): void {
    for (const part of rowsInFrames(update)) this.#outgoing.sendFeeds([[number, 'rows', part]]);
  }

  #deliverEvents(number: number, update: EventsUpdate): void {
    const runs = cutBatch(update.events, feedEventSize, FRAME_ITEMS, FRAME_SOFT_LIMIT);
    if (runs.length === 0) this.#outgoing.sendFeeds([[number, 'events', update]]);
    const [epoch] = update.point;
    for (const [position, events] of runs.entries()) {
      const whole = position === runs.length - 1;
      const point = whole ? update.point : ([epoch, events.at(-1)?.clock ?? 0] as const);
      const missed = position === 0 ? update.missed : 0;
      this.#outgoing.sendFeeds([[number, 'events', { point, missed, events }]]);
    }
  }

  #open(item: OpenFeedItem): Feed {
    switch (item[1]) {
      case 'tasks':
        return this.#monitor.openTasks([item[0], item[2], item[3]], this);
      case 'events':
        return this.#monitor.openEvents([item[0], item[2], item[3]], this);
      default:
        return this.#monitor.openTable(item[0], item[1], this);
    }
  }

  #close(number: number): void {
    this.#feeds.get(number)?.close();
    this.#feeds.delete(number);
  }

  #refuse(number: number, error: Error): void {
    this.#outgoing.sendFeeds([[number, 'refused', refusalOf(error)]]);
  }
}

/** All parts but the last say that more is to come, so that nobody shows half of an update. */
function rowsInFrames(update: RowsUpdate): readonly RowsUpdate[] {
  const runs = cutBatch<FeedRow>(update.rows, feedRowSize, FRAME_ITEMS, FRAME_SOFT_LIMIT);
  if (runs.length < 2) return [update];
  return runs.map((rows, position) => ({
    ...update,
    rows,
    replaces: update.replaces && position === 0,
    gone: position === 0 ? update.gone : [],
    last: position === runs.length - 1,
  }));
}
