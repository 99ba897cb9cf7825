import type { Reason } from '@celeriac/protocol';
import type { ChunkAck, ChunksItem, StreamItem } from '@celeriac/protocol/internal';
import { type Clock, deadline, Patience, type Timer } from '@celeriac/runtime';
import { isHeld, type StoredTask } from '../../core/record.ts';
import { withCount } from '../../core/transitions.ts';
import type { Engine } from '../../engine/engine.ts';
import { Stream } from './stream.ts';
import { AFTER_END_MS, ALL_SIZE, ALL_STREAMS, FIRST_READER_MS, SWEEP_EVERY_MS } from './stream-limits.ts';
import { ClientReader, type ReaderSink } from './stream-reader.ts';

/** Where an attempt's chunks come from, and where room for more is told. */
export interface ChunkProducer {
  readonly port: { tell(name: 'room', items: readonly ChunkAck[]): void } | null;
}

interface Entry {
  readonly stream: Stream;
  /** The attempt that gives its chunks, as its worker names it. */
  source: { readonly nonce: string; readonly worker: ChunkProducer } | undefined;
  /** The worker waits to hear how far its chunks were taken over, even if that is not new. */
  asked: boolean;
}

/**
 * The streams of all tasks that are read or have given chunks. In memory only: after a restart of the gateway a worker
 * sends again what was not taken over, and readers are told how many chunks went with the process before.
 */
export class TaskStreams {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #onError: (error: unknown) => void;
  /** In the order in which they were first heard of. */
  readonly #entries = new Map<string, Entry>();
  readonly #changed = new Set<Entry>();
  /** Those that wait for a first reader, to be looked at again. */
  readonly #heldUp = new Set<Entry>();
  #size = 0;
  #scheduled = false;
  /** Time in which readers could be heard: after a pause of this process, what they have taken may still lie unread. */
  readonly #time: Patience;
  #release: Timer | undefined;

  constructor(clock: Clock, engine: Engine, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#time = new Patience(clock, () => this.#sweepAll());
    this.#engine = engine;
    this.#onError = onError;
  }

  /** Of how many tasks something is known, and how much of chunks is kept of all. */
  get kept(): { readonly streams: number; readonly size: number } {
    return { streams: this.#entries.size, size: this.#size };
  }

  /** @param record as held by the attempt */
  push(record: StoredTask, worker: ChunkProducer, [nonce, first, payloads]: ChunksItem): void {
    const entry = this.#entry(record.id);
    const { stream } = entry;
    const before = stream.ring.size;
    const now = this.#time.now();
    stream.begin(record.attempt, whyAgain(record), now);
    stream.push(first, payloads, now);
    this.#size += stream.ring.size - before;
    entry.source = { nonce, worker };
    entry.asked = true;
    this.#wake(entry);
    if (this.#size > ALL_SIZE) this.#reclaim();
  }

  /** @param from where the reader stands: the generation (0: none yet), and the first chunk that it wants */
  open(
    number: number,
    id: string,
    from: readonly [generation: number, next: number],
    sink: ReaderSink,
  ): ClientReader {
    const entry = this.#entry(id);
    const reader = new ClientReader(number, id, sink, from, this.#time.now());
    entry.stream.add(reader);
    this.#wake(entry);
    if (entry.stream.count === undefined) void this.#lookUp(id);
    return reader;
  }

  took(reader: ClientReader, chunks: number, size: number): void {
    reader.took(chunks, size, this.#time.now());
    const entry = this.#entries.get(reader.id);
    if (entry !== undefined) this.#wake(entry);
  }

  close(reader: ClientReader): void {
    const entry = this.#entries.get(reader.id);
    if (entry === undefined) return;
    entry.stream.remove(reader);
    if (entry.stream.generation === 0 && !entry.stream.isRead) this.#remove(entry);
    else this.#wake(entry);
  }

  /** A change was committed. */
  changed(from: StoredTask | null, to: StoredTask): void {
    const entry = this.#entries.get(to.id);
    if (entry !== undefined) this.#learn(entry, from, to);
  }

  /** An attempt that leaves its worker without a report gave as many chunks as were heard of. */
  count(from: StoredTask, to: StoredTask): StoredTask {
    if (this.#entries.size === 0 || !isHeld(from) || isHeld(to)) return to;
    const stream = this.#entries.get(from.id)?.stream;
    if (stream === undefined || stream.generation !== from.attempt) return to;
    return withCount(to, Math.max(to.chunks, stream.ring.next));
  }

  stop(): void {
    this.#time.cancel();
    this.#release?.cancel();
    this.#release = undefined;
  }

  #entry(id: string): Entry {
    const known = this.#entries.get(id);
    if (known !== undefined) return known;
    if (this.#entries.size >= ALL_STREAMS) this.#forgetOne();
    const entry: Entry = { stream: new Stream(id), source: undefined, asked: false };
    this.#entries.set(id, entry);
    this.#time.at(this.#time.now() + SWEEP_EVERY_MS);
    return entry;
  }

  /** Reads from the store what no event will tell, above all that the task ended long ago. */
  async #lookUp(id: string): Promise<void> {
    try {
      const [record] = await this.#engine.get([id]);
      const entry = this.#entries.get(id);
      if (record !== undefined && entry !== undefined) this.#learn(entry, null, record);
    } catch (error) {
      this.#onError(error);
    }
  }

  /** @param from what was before, where that is known */
  #learn(entry: Entry, from: StoredTask | null, record: StoredTask): void {
    const { stream } = entry;
    const ended = record.phase === 'ended';
    if (record.phase === 'running' || (ended && hasRun(from, record)))
      this.#drop(entry, () => stream.begin(record.attempt, whyAgain(record), this.#time.now()));
    if (ended) {
      stream.end(record.chunks, this.#time.now());
      entry.source = undefined;
    }
    this.#wake(entry);
  }

  #wake(entry: Entry): void {
    this.#changed.add(entry);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(() => this.#flush());
  }

  /** Once per turn: sends readers what they may have, and tells workers how much room there is then. */
  #flush(): void {
    this.#scheduled = false;
    const now = this.#time.now();
    const told = new Map<ReaderSink, StreamItem[]>();
    const room = new Map<ChunkProducer, ChunkAck[]>();
    for (const entry of this.#changed) {
      for (const [reader, items] of entry.stream.tell(now)) listOf(told, reader.sink).push(...items);
      const moved = entry.stream.takeOver(now);
      const { source } = entry;
      if (source !== undefined && (moved || entry.asked))
        listOf(room, source.worker).push([source.nonce, entry.stream.room]);
      entry.asked = false;
      if (entry.stream.isHeldUp(now)) this.#hold(entry);
    }
    this.#changed.clear();
    for (const [worker, items] of room) worker.port?.tell('room', items);
    for (const [sink, items] of told) sink.deliver(items);
  }

  /** Waits until its first reader, or that of a stream held up before it, has had time to come. */
  #hold(entry: Entry): void {
    this.#heldUp.add(entry);
    this.#release ??= deadline(this.#clock, FIRST_READER_MS, () => {
      this.#release = undefined;
      for (const held of this.#heldUp) this.#wake(held);
      this.#heldUp.clear();
    });
  }

  /** Drops streams whose time is over, and re-examines those whose readers may have stopped reading. */
  #sweepAll(): void {
    const now = this.#time.now();
    for (const entry of this.#entries.values()) {
      const { stream } = entry;
      const over = stream.endedAt !== undefined && now - stream.endedAt >= AFTER_END_MS;
      if (over && !stream.isRead) this.#remove(entry);
      else if (over) this.#drop(entry, () => stream.shrink(now));
      else if (stream.isRead && entry.source !== undefined) this.#wake(entry);
    }
    if (this.#entries.size > 0) this.#time.at(this.#time.now() + SWEEP_EVERY_MS);
  }

  /** When all streams together are too large: first drops streams without readers, then chunks that live readers have passed, then the rest. */
  #reclaim(): void {
    const now = this.#time.now();
    const ways: readonly ((entry: Entry) => void)[] = [
      ({ stream }) => stream.endedAt !== undefined && !stream.isRead && stream.empty(),
      ({ stream }) => !stream.isRead && stream.empty(),
      ({ stream }) => stream.shrink(now),
      ({ stream }) => stream.empty(),
    ];
    for (const way of ways) {
      for (const entry of this.#entries.values()) {
        if (this.#size <= 0.9 * ALL_SIZE) return;
        this.#drop(entry, () => way(entry));
      }
    }
  }

  #drop(entry: Entry, act: () => void): void {
    const before = entry.stream.ring.size;
    act();
    this.#size += entry.stream.ring.size - before;
  }

  /** Where there are too many: the oldest that nobody reads. Its count is in the task's record, or comes with its next chunk. */
  #forgetOne(): void {
    for (const entry of this.#entries.values()) {
      if (entry.stream.isRead) continue;
      this.#remove(entry);
      return;
    }
  }

  #remove(entry: Entry): void {
    this.#drop(entry, () => entry.stream.empty());
    this.#entries.delete(entry.stream.id);
    this.#changed.delete(entry);
    this.#heldUp.delete(entry);
  }
}

/** Why the attempt before did not end the task. */
function whyAgain({ history }: StoredTask): Reason {
  const before = history.entries.findLast(([state]) => state === 'PENDING' || state === 'RETRY');
  return before?.[1] ?? 'submitted';
}

/** A task revoked before its worker began has the chunks of the attempt before, if there was one. */
function hasRun(from: StoredTask | null, { state, chunks }: StoredTask): boolean {
  return state !== 'REVOKED' || (from === null ? chunks > 0 : from.phase === 'running');
}

function listOf<Key, Item>(lists: Map<Key, Item[]>, key: Key): Item[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list: Item[] = [];
  lists.set(key, list);
  return list;
}
