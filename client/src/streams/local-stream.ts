/** The stream of a task that runs in this process: the same bounds and the same markers as at a gateway. */
import { payloadSize, type WirePayload } from '@celeriac/protocol';
import { ChunkRing, type Clock, deadline } from '@celeriac/runtime';
import type { ChunkSource, StreamNews } from './chunk-source.ts';

const KEPT_CHUNKS = 4_096;
const KEPT_SIZE = 1024 * 1024;
/** How far the body may be ahead of its slowest reader. */
const AHEAD_CHUNKS = 256;
/** A reader that takes nothing for so long holds the body up no more. */
const PATIENCE_MS = 30_000;

export class LocalStream {
  readonly #clock: Clock;
  readonly #ring = new ChunkRing<WirePayload>();
  readonly #readers = new Set<LocalReader>();
  #attempt = 1;
  #reason = 'retry';
  #ended = false;
  readonly #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Another attempt begins. */
  begin(attempt: number, reason: string): void {
    if (attempt === this.#attempt) return;
    this.#attempt = attempt;
    this.#reason = reason;
    this.#ring.restart(0);
    this.#wake();
  }

  get given(): number {
    return this.#ring.next;
  }

  get hasRoom(): boolean {
    return this.#ring.next - this.#slowest() < AHEAD_CHUNKS;
  }

  /** Resolves when there is room for more. */
  async push(payload: WirePayload): Promise<void> {
    this.#ring.push(payload, payloadSize(payload));
    while (this.#ring.count > KEPT_CHUNKS || this.#ring.size > KEPT_SIZE)
      this.#ring.dropBefore(this.#ring.first + 1);
    this.#wake();
    while (!this.hasRoom) await this.#moved();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  read(): ChunkSource {
    const reader = new LocalReader({
      newsAt: (position) => this.#newsAt(position),
      moved: () => this.#letGo(),
      closed: (one) => {
        this.#readers.delete(one);
        this.#letGo();
      },
    });
    this.#readers.add(reader);
    return reader;
  }

  #newsAt({ attempt, next }: Position): readonly [news: StreamNews, then: Position] | undefined {
    const ring = this.#ring;
    if (attempt !== this.#attempt) {
      const begun = { attempt: this.#attempt, next: 0 };
      if (attempt === 0 || next === 0) return this.#newsAt(begun);
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

  async #moved(): Promise<void> {
    const timer = deadline(this.#clock, PATIENCE_MS, () => {
      for (const reader of this.#readers) reader.slack ||= reader.nextIn(this.#attempt) <= this.#slowest();
      this.#letGo();
    });
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    timer.cancel();
  }

  #letGo(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
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

interface ReadFrom {
  newsAt(position: Position): readonly [news: StreamNews, then: Position] | undefined;
  moved(): void;
  closed(reader: LocalReader): void;
}

class LocalReader implements ChunkSource {
  /** Has taken nothing for so long that nobody waits for it. */
  slack = false;
  readonly #stream: ReadFrom;
  #position: Position = { attempt: 0, next: 0 };
  #listener: () => void = () => {};

  constructor(stream: ReadFrom) {
    this.#stream = stream;
  }

  nextIn(attempt: number): number {
    return this.#position.attempt === attempt ? this.#position.next : 0;
  }

  take(): StreamNews | undefined {
    const found = this.#stream.newsAt(this.#position);
    if (found === undefined) return undefined;
    const [news, then] = found;
    this.#position = then;
    this.slack = false;
    this.#stream.moved();
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
