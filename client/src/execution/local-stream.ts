/** The stream of a task that runs in this process: the same bounds and the same markers as at a gateway. */
import {
  CHUNK_WINDOW,
  CHUNK_WINDOW_SIZE,
  payloadSize,
  READ_WINDOW,
  type WirePayload,
} from '@celeriac/protocol/internal';
import { ChunkRing, type Clock, deadline, type Timer } from '@celeriac/runtime';
import type { ChunkSource, StreamNews } from '../streams/stream-reader.ts';
import type { ChunkWindow } from './chunk-window.ts';

const KEPT_CHUNKS = 4_096;
const KEPT_SIZE = 1024 * 1024;
/** A reader that takes nothing for this long no longer holds up the body. */
const PATIENCE_MS = 30_000;

export class LocalStream {
  readonly #clock: Clock;
  readonly #ring = new ChunkRing<WirePayload>();
  readonly #readers = new Set<LocalReader>();
  #attempt = 0;
  #reason = '';
  #window: ChunkWindow | undefined;
  #telling = false;
  #patience: Timer | undefined;
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Another attempt begins.
   * @param reason why the one before it did not end the task
   * @param window of the body, which is told what the slowest reader has taken
   */
  begin(attempt: number, reason: string, window: ChunkWindow): void {
    for (const reader of this.#readers) reader.keep();
    this.#attempt = attempt;
    this.#reason = reason;
    this.#window = window;
    this.#ring.restart(0);
    this.#wake();
  }

  push(payload: WirePayload): void {
    this.#ring.push(payload, payloadSize(payload));
    while (this.#ring.count > KEPT_CHUNKS || this.#ring.size > KEPT_SIZE)
      this.#ring.dropBefore(this.#ring.first + 1);
    this.#wake();
    this.moved();
  }

  end(): void {
    this.#ended = true;
    this.#patience?.cancel();
    this.#wake();
  }

  read(): ChunkSource {
    const reader = new LocalReader(this);
    this.#readers.add(reader);
    return reader;
  }

  closed(reader: LocalReader): void {
    this.#readers.delete(reader);
    this.moved();
  }

  /** What a reader that stands there takes next, and where it stands then. */
  newsAt({ attempt, next }: Position): readonly [news: StreamNews, then: Position] | undefined {
    const ring = this.#ring;
    if (attempt !== this.#attempt) {
      const begun = { attempt: this.#attempt, next: 0 };
      if (attempt === 0 || next === 0) return this.newsAt(begun);
      return [{ kind: 'restart', attempt: this.#attempt, reason: this.#reason }, begun];
    }
    if (next < ring.first)
      return [
        { kind: 'gap', from: next, missed: ring.first - next },
        { attempt, next: ring.first },
      ];
    for (const payload of ring.read(next, 1, 0))
      return [
        { kind: 'chunk', index: next, payload },
        { attempt, next: next + 1 },
      ];
    return this.#ended ? [{ kind: 'end' }, { attempt, next }] : undefined;
  }

  #slowest(): number {
    let slowest = this.#ring.next;
    for (const reader of this.#readers)
      if (!reader.slack) slowest = Math.min(slowest, reader.nextIn(this.#attempt));
    return slowest;
  }

  /** Whether the body waits for a reader. */
  #holds(slowest: number): boolean {
    const ring = this.#ring;
    const size = ring.sizeBetween(Math.max(slowest, ring.first), ring.next);
    return ring.next - slowest >= CHUNK_WINDOW || size >= CHUNK_WINDOW_SIZE;
  }

  /** As of a gateway, the body hears of room when it has given way, and not while it gives chunks without a pause. */
  moved(): void {
    this.#patience?.cancel();
    if (!this.#ended && this.#holds(this.#slowest()))
      this.#patience = deadline(this.#clock, PATIENCE_MS, () => this.#giveUpOnSlowest());
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      this.#window?.room(this.#slowest());
    });
  }

  #giveUpOnSlowest(): void {
    const slowest = this.#slowest();
    for (const reader of this.#readers) reader.slack ||= reader.nextIn(this.#attempt) <= slowest;
    this.moved();
  }

  #wake(): void {
    for (const reader of this.#readers) reader.wake();
  }
}

interface Position {
  /** 0 before it has joined one. */
  readonly attempt: number;
  readonly next: number;
}

class LocalReader implements ChunkSource {
  /** Has taken nothing for so long that the body no longer waits for it. */
  slack = false;
  readonly #stream: LocalStream;
  #position: Position = { attempt: 0, next: 0 };
  /** Of attempts before this one. */
  readonly #kept: StreamNews[] = [];
  #listener: () => void = () => {};

  constructor(stream: LocalStream) {
    this.#stream = stream;
  }

  nextIn(attempt: number): number {
    return this.#position.attempt === attempt ? this.#position.next : 0;
  }

  /** Keeps what the earlier attempt gave and the reader has not taken: a gateway would have sent that much already. */
  keep(): void {
    while (this.#kept.length < READ_WINDOW) {
      const news = this.#advance();
      if (news === undefined) return;
      this.#kept.push(news);
    }
  }

  take(): StreamNews | undefined {
    const news = this.#kept.shift() ?? this.#advance();
    if (news === undefined) return undefined;
    this.slack = false;
    this.#stream.moved();
    return news;
  }

  #advance(): StreamNews | undefined {
    const found = this.#stream.newsAt(this.#position);
    if (found === undefined) return undefined;
    const [news, then] = found;
    this.#position = then;
    return news;
  }

  onNews(listener: () => void): void {
    this.#listener = listener;
  }

  wake(): void {
    this.#listener();
  }

  close(): void {
    this.#stream.closed(this);
  }
}
