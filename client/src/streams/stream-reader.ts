import { RefusedError } from '@celeriac/protocol';
import {
  FrameError,
  type OpenStreamItem,
  payloadSize,
  READ_WINDOW,
  READ_WINDOW_SIZE,
  type StreamItem,
  type TookItem,
  type WirePayload,
} from '@celeriac/protocol/internal';
import { Fifo } from '@celeriac/runtime';

export type StreamNews =
  | { readonly kind: 'chunk'; readonly index: number; readonly payload: WirePayload }
  | { readonly kind: 'gap'; readonly from: number; readonly missed: number }
  | { readonly kind: 'restart'; readonly attempt: number; readonly reason: string }
  /** The task has ended, and there is no more. */
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly error: Error };

/** Where a loop over a stream gets what it yields: a reader at a gateway, or a stream in this process. */
export interface ChunkSource {
  /** The next news that is here. Taking a chunk makes room for another. */
  take(): StreamNews | undefined;
  /** Called whenever there may be something to take. */
  onNews(listener: () => void): void;
  /** Nothing more is wanted. Idempotent. */
  close(): void;
}

/** A window from this session and one from those before, and of each chunk that it is the first after a gap or a restart. */
const MOST_NEWS = 4 * READ_WINDOW;

/** Why a stream starts over where no attempt of this past has failed. */
const RESTORED = 'restored';

/** What a reader asks of the connection. */
export interface ReaderOwner {
  /** It has something to tell the gateway. */
  wants(reader: StreamReader): void;
  closed(reader: StreamReader): void;
}

/**
 * One loop over the stream of a task at a gateway. Holds what has arrived and was not taken, which the credit bounds, and
 * where it stands, so that it can go on there in another session.
 */
export class StreamReader implements ChunkSource {
  readonly id: string;
  readonly #owner: ReaderOwner;
  #number = 0;
  #generation = 0;
  /** The next chunk of that generation to arrive. */
  #next = 0;
  readonly #news = new Fifo<StreamNews>();
  /** Of the chunks that wait, those that arrived in an earlier session: they no longer count. */
  #old = 0;
  #waiting = 0;
  #taken = 0;
  #takenSize = 0;
  #told = 0;
  #toldSize = 0;
  #opened = false;
  #carriesOn = false;
  #over = false;
  #listener: () => void = () => {};

  constructor(id: string, owner: ReaderOwner) {
    this.id = id;
    this.#owner = owner;
  }

  /** Its number in the present session; 0 while it is not open there. */
  get number(): number {
    return this.#number;
  }

  take(): StreamNews | undefined {
    const news = this.#news.take();
    if (news?.kind === 'chunk') this.#took(news.payload);
    return news;
  }

  onNews(listener: () => void): void {
    this.#listener = listener;
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.closed(this);
  }

  /** Nothing more will come. */
  fail(error: Error): void {
    this.#push({ kind: 'failed', error });
    this.close();
  }

  /** Another session: it has to be opened there. */
  resume(): void {
    this.#number = 0;
    this.#opened = false;
    this.#carriesOn = this.#generation > 0;
    this.#old = this.#waiting;
    this.#taken = 0;
    this.#takenSize = 0;
    this.#told = 0;
    this.#toldSize = 0;
    this.#owner.wants(this);
  }

  /** Whether it goes on from its place in an earlier session. */
  get carriesOn(): boolean {
    return this.#carriesOn;
  }

  /**
   * The task's past is another one: what was read of it is not what it has given there.
   * @param told also to one that has read nothing
   */
  startOver(attempt: number, told = false): void {
    if (told || this.#next > 0) this.#push({ kind: 'restart', attempt, reason: RESTORED });
    this.#generation = 0;
    this.#next = 0;
    this.resume();
  }

  /**
   * @param number what it is called in this session
   * @returns nothing when it is open already, or holds so much from before that more would be too much
   */
  open(number: number): OpenStreamItem | undefined {
    if (this.#opened || this.#over || this.#waiting >= READ_WINDOW) return undefined;
    this.#opened = true;
    this.#number = number;
    return [number, this.id, this.#generation, this.#next];
  }

  /** How much it has taken, told each time that this has grown by half a window. */
  credit(): TookItem | undefined {
    if (!this.#opened || this.#over || !this.#isDue) return undefined;
    this.#told = this.#taken;
    this.#toldSize = this.#takenSize;
    return [this.#number, this.#taken, this.#takenSize];
  }

  receive(item: StreamItem): void {
    switch (item[1]) {
      case 'chunks':
        this.#join(item[2]);
        this.#arrive(item[3], item[4]);
        break;
      case 'gap':
        this.#join(item[2]);
        this.#miss(item[3] + item[4]);
        break;
      case 'restart':
        // A reader that has seen nothing of the earlier attempt has lost nothing.
        if (this.#next > 0) {
          const reason = item[2] < this.#generation ? RESTORED : item[3];
          this.#push({ kind: 'restart', attempt: item[2], reason });
        }
        this.#generation = item[2];
        this.#next = 0;
        break;
      case 'end':
        this.#miss(item[3]);
        this.#push({ kind: 'end' });
        this.close();
        break;
      case 'refused':
        this.fail(RefusedError.of(item[2]));
        break;
    }
    this.#listener();
  }

  get #isDue(): boolean {
    return (
      this.#taken - this.#told >= READ_WINDOW / 2 || this.#takenSize - this.#toldSize >= READ_WINDOW_SIZE / 2
    );
  }

  #join(generation: number): void {
    if (this.#generation === 0) this.#generation = generation;
  }

  /** Skips chunks that it has had, and marks those that are missing: the order holds whatever the gateway sends. */
  #arrive(first: number, payloads: readonly WirePayload[]): void {
    this.#miss(first);
    for (const payload of payloads.slice(this.#next - first)) {
      this.#push({ kind: 'chunk', index: this.#next, payload });
      this.#next += 1;
      this.#waiting += 1;
    }
  }

  #miss(upTo: number): void {
    if (upTo <= this.#next) return;
    this.#push({ kind: 'gap', from: this.#next, missed: upTo - this.#next });
    this.#next = upTo;
  }

  #push(news: StreamNews): void {
    if (this.#over) return;
    if (this.#news.size >= MOST_NEWS && news.kind !== 'failed')
      throw new FrameError(`expected at most ${MOST_NEWS} items of a stream that has not been read yet`);
    this.#news.push(news);
    this.#listener();
  }

  #took(payload: WirePayload): void {
    this.#waiting -= 1;
    // Once it has ended, the gateway need not know how far it was read.
    if (this.#over) return;
    if (this.#old > 0) {
      this.#old -= 1;
      if (!this.#opened && this.#waiting === READ_WINDOW - 1) this.#owner.wants(this);
      return;
    }
    this.#taken += 1;
    this.#takenSize += payloadSize(payload);
    if (this.#isDue) this.#owner.wants(this);
  }
}
