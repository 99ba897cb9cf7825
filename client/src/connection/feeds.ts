import { RefusedError } from '@celeriac/protocol';
import { FEED_TOLD, type FeedItem, OPEN_FEEDS, type OpenFeedItem } from '@celeriac/protocol/internal';
import { learn } from '#words';
import type { Hold } from '../record/changes.ts';
import { cutFrames, type FrameSizes, type Producer, type Ready } from './frames.ts';
import type { Transport } from './transport.ts';

/** A reader of a feed. */
export interface FeedReader {
  /** What opens it now: in a later session it may go on where it stands. */
  open(feed: number): OpenFeedItem;
  receive(item: FeedItem): void;
  /** The gateway is gone for now; the feed is opened again in the next session. */
  away(): void;
  /** It will not come: refused in this session, or the app was closed. */
  fail(error: Error): void;
}

/** The feeds that this client reads, and what it must tell the gateway of them. Bookkeeping only, no socket. */
export class Feeds implements Producer {
  readonly #hold: Hold;
  readonly #ready: Ready;
  readonly #readers = new Set<FeedReader>();
  /** Those that are open in this session, by their number there. */
  readonly #open = new Map<number, FeedReader>();
  readonly #wanting = new Set<FeedReader>();
  #closed: number[] = [];
  #last = 0;
  #over: Error | undefined;

  constructor(hold: Hold, ready: Ready) {
    this.#hold = hold;
    this.#ready = ready;
    learn({ told: FEED_TOLD });
  }

  read(reader: FeedReader): void {
    if (this.#over !== undefined) {
      reader.fail(this.#over);
      return;
    }
    if (this.#readers.size === 0) this.#hold.acquire();
    this.#readers.add(reader);
    this.#wanting.add(reader);
    this.#ready(this);
  }

  /** Idempotent. */
  leave(reader: FeedReader): void {
    if (!this.#readers.delete(reader)) return;
    if (this.#readers.size === 0) this.#hold.release();
    this.#wanting.delete(reader);
    for (const [number, open] of this.#open) {
      if (open !== reader) continue;
      this.#open.delete(number);
      this.#closed.push(number);
    }
    this.#ready(this);
  }

  receive(items: readonly FeedItem[]): void {
    for (const item of items) {
      const reader = this.#open.get(item[0]);
      if (reader === undefined) continue;
      if (item[1] === 'refused') {
        this.#open.delete(item[0]);
        reader.fail(RefusedError.of(item[2]));
      } else reader.receive(item);
    }
  }

  /** It can never be opened as it is, in this session or a later one. */
  giveUp(feed: number, error: Error): void {
    const reader = this.#open.get(feed);
    if (reader === undefined) return;
    this.leave(reader);
    reader.fail(error);
  }

  away(): void {
    for (const reader of this.#open.values()) reader.away();
    this.#open.clear();
    this.#closed = [];
  }

  /** A new session knows of none of them. */
  resume(): void {
    this.#open.clear();
    this.#closed = [];
    for (const reader of this.#readers) this.#wanting.add(reader);
  }

  /** After {@link end}: there is somebody to read from again. */
  reopen(): void {
    this.#over = undefined;
  }

  /** All readers are told the same and end; so does each later one. */
  end(error: Error): void {
    this.#over = error;
    for (const reader of [...this.#readers]) {
      this.leave(reader);
      reader.fail(error);
    }
  }

  send(transport: Pick<Transport, 'send'>, framing?: FrameSizes): void {
    const { closes, opens } = this.takeFrames(framing);
    for (const frame of closes) transport.send('closeFeeds', frame);
    for (const frame of opens) transport.send('openFeeds', frame);
  }

  /** What the gateway is told now. Feeds that are left make room for those that are opened. */
  takeFrames(framing?: FrameSizes): {
    readonly closes: readonly (readonly number[])[];
    readonly opens: readonly (readonly OpenFeedItem[])[];
  } {
    const closes = this.#closed;
    const opens: OpenFeedItem[] = [];
    for (const reader of this.#wanting) {
      this.#last += 1;
      this.#open.set(this.#last, reader);
      opens.push(reader.open(this.#last));
    }
    this.#wanting.clear();
    this.#closed = [];
    return {
      closes: cutFrames(closes, framing, OPEN_FEEDS),
      opens: cutFrames(opens, framing, OPEN_FEEDS),
    };
  }
}
