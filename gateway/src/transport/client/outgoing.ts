import type { EventItem, FeedItem, WireSnapshot } from '@celeriac/protocol/internal';
import { BoundedFeed, type Clock, chunksOf } from '@celeriac/runtime';
import type { ClientSocket } from './client-socket.ts';
import { cutIntoFrames, eventSize, fitSnapshot, itemSize } from './sizes.ts';

/** What may wait for one slow client. Above it, each task's pending events become one snapshot. */
const FEED_LIMIT = 1024 * 1024;
/** What may stand in engine.io's own buffer, which has no bound, before we hold back: frames, and their bytes. */
const BACKLOG = 8;
const BACKLOG_BYTES = 1024 * 1024;
/** Snapshots read in one go; each may carry a result of 256 KB. */
const REREAD_AT_ONCE = 100;

/** Events on their way to one client: collected per turn, held back while the client does not read. */
export class Outgoing {
  readonly #socket: ClientSocket;
  readonly #clock: Clock;
  readonly #reread: (ids: readonly string[]) => Promise<readonly WireSnapshot[]>;
  readonly #feed = new BoundedFeed<EventItem>(FEED_LIMIT);
  #scheduled = false;
  /** Frames given to engine.io since it last passed its buffer on, and their bytes. */
  #backlog = 0;
  #backlogBytes = 0;
  readonly #awaiting: (() => void)[] = [];

  constructor(
    socket: ClientSocket,
    clock: Clock,
    reread: (ids: readonly string[]) => Promise<readonly WireSnapshot[]>,
  ) {
    this.#socket = socket;
    this.#clock = clock;
    this.#reread = reread;
    const drained = (): void => {
      this.#backlog = 0;
      this.#backlogBytes = 0;
      for (const go of this.#awaiting.splice(0)) go();
      this.#schedule();
    };
    socket.conn.on('drain', drained);
    // Waiting for room in a closed connection ends at once.
    socket.on('disconnect', drained);
  }

  /** Frames of other kinds count towards what waits to be read as well. */
  sendFeeds(items: readonly FeedItem[], size: number): void {
    this.#count(size);
    this.#socket.emit('feeds', items);
  }

  /** @returns whether it is sent as it is, and not read anew when the client reads again */
  push(event: EventItem): boolean {
    const kept = this.#feed.push(event[0], event, eventSize(event));
    this.#schedule();
    return kept;
  }

  /** Sends nothing of what still waits about these tasks. */
  forget(ids: ReadonlySet<string>): void {
    this.#feed.forget(ids, ([id]) => id);
  }

  /** Resolves when the client has read so far that more may be sent, or has left. */
  room(): Promise<void> {
    if (!this.#heldBack || !this.#socket.connected) return Promise.resolve();
    return new Promise((resolve) => this.#awaiting.push(resolve));
  }

  get #heldBack(): boolean {
    return this.#backlog > BACKLOG || this.#backlogBytes > BACKLOG_BYTES;
  }

  /** Before a frame is given to engine.io: a connection that is idle passes it on at once. */
  #count(size: number): void {
    this.#backlog += 1;
    this.#backlogBytes += size;
  }

  #schedule(): void {
    if (this.#scheduled || this.#feed.empty) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#feed.empty || this.#heldBack) return;
    const { items, sizes, stale } = this.#feed.take();
    for (const run of cutIntoFrames(items, (_, position) => sizes[position] ?? 0)) {
      this.#count(run.size);
      this.#socket.emit('events', run.items);
    }
    if (stale.length > 0) void this.#sendFresh(stale);
  }

  async #sendFresh(ids: readonly string[]): Promise<void> {
    try {
      for (const run of chunksOf(ids, REREAD_AT_ONCE)) {
        await this.room();
        await this.sendSnapshots(await this.#reread(run));
      }
    } catch {
      // What it missed must not stay a gap that nobody knows of: it comes back and asks.
      this.#socket.disconnect(true);
    }
  }

  /** No faster than the client reads: each may carry a result of 256 KB. Resolves when all are on their way. */
  async sendSnapshots(snapshots: readonly WireSnapshot[]): Promise<void> {
    const fitting = snapshots.map((snapshot) => fitSnapshot(snapshot, this.#socket.data.frameLimit));
    for (const { items, size } of cutIntoFrames(fitting, itemSize)) {
      await this.room();
      this.#count(size);
      this.#socket.emit('snapshots', items);
    }
  }
}
