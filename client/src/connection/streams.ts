import { UnknownTaskError } from '@celeriac/protocol';
import {
  isTerminal,
  type OpenStreamItem,
  STREAM_TOLD,
  type StreamItem,
  type TookItem,
  type WireSnapshot,
} from '@celeriac/protocol/internal';
import { learn } from '#words';
import type { TaskRecord } from '../record/task-record.ts';
import { type ReaderOwner, StreamReader } from '../streams/stream-reader.ts';
import { cutFrames, type FrameSizes, type Producer, type Ready } from './frames.ts';
import type { Transport } from './transport.ts';

/** The streams that this client reads, and what it must tell the gateway of them. Bookkeeping only, no socket. */
export class Streams implements ReaderOwner, Producer {
  readonly #ready: Ready;
  readonly #ask: (record: TaskRecord) => void;
  /** With what is known of the tasks that they read, as long as that is of the past that they read of. */
  readonly #readers = new Map<StreamReader, TaskRecord | undefined>();
  /** Those that are open in this session, by their number there. */
  readonly #open = new Map<number, StreamReader>();
  readonly #wanting = new Set<StreamReader>();
  #closed: number[] = [];
  #last = 0;

  /** @param ask whether the gateway has this task, and the end of it that was heard */
  constructor(ready: Ready, ask: (record: TaskRecord) => void) {
    this.#ready = ready;
    this.#ask = ask;
    learn({ told: STREAM_TOLD });
  }

  read(record: TaskRecord): StreamReader {
    const reader = new StreamReader(record.id, this);
    this.#readers.set(reader, record);
    this.wants(reader);
    this.#lookUp(record);
    return reader;
  }

  wants(reader: StreamReader): void {
    this.#wanting.add(reader);
    this.#ready(this);
  }

  closed(reader: StreamReader): void {
    this.#readers.delete(reader);
    this.#wanting.delete(reader);
    if (!this.#open.delete(reader.number)) return;
    this.#closed.push(reader.number);
    this.#ready(this);
  }

  receive(items: readonly StreamItem[]): void {
    for (const item of items) {
      const [number, kind] = item;
      const reader = this.#open.get(number);
      // The gateway has forgotten it as well.
      if (kind === 'end' || kind === 'refused') this.#open.delete(number);
      reader?.receive(item);
    }
  }

  /** It can never be opened as it is, in this session or a later one. */
  giveUp(number: number, error: Error): void {
    this.#open.get(number)?.fail(error);
  }

  /** A new session knows of none of them. */
  resume(): void {
    this.#open.clear();
    this.#closed = [];
    for (const [reader, record] of this.#readers) {
      reader.resume();
      this.#lookUp(record);
    }
  }

  /** A task that has ended is not followed: that the store has come to know less of it is heard by asking alone. */
  #lookUp(record: TaskRecord | undefined): void {
    if (record?.ended) this.#ask(record);
  }

  /**
   * A task has another past than the one that its readers have read of, or has not ended there although it did here.
   * @param snapshot how it stands there
   */
  startOver(record: TaskRecord, { state, attempt }: WireSnapshot): void {
    for (const [reader, of] of this.#readers) {
      const own = of === record;
      if (record.ended ? !own : reader.id !== record.id) continue;
      const awaited = record.ended && !isTerminal(state);
      if (!awaited && !reader.carriesOn) continue;
      // What its handle knows is of an earlier state of the store.
      if (record.ended) this.#readers.set(reader, undefined);
      if (this.#open.delete(reader.number)) this.#closed.push(reader.number);
      reader.startOver(attempt, awaited);
    }
  }

  /** The gateway has no such task: nothing of it will come. */
  gone(record: TaskRecord): void {
    for (const [reader, of] of [...this.#readers])
      if (of === record) reader.fail(new UnknownTaskError(record.id));
  }

  /** Everybody is told the same. */
  fail(describe: (id: string) => Error): void {
    for (const reader of [...this.#readers.keys()]) reader.fail(describe(reader.id));
  }

  send(transport: Pick<Transport, 'send'>, framing?: FrameSizes): void {
    const { opens, credits, closes } = this.takeFrames(framing);
    for (const frame of opens) transport.send('openStreams', frame);
    for (const frame of credits) transport.send('tookChunks', frame);
    for (const frame of closes) transport.send('closeStreams', frame);
  }

  /** What the gateway is told now. */
  takeFrames(framing?: FrameSizes): {
    readonly opens: readonly (readonly OpenStreamItem[])[];
    readonly credits: readonly (readonly TookItem[])[];
    readonly closes: readonly (readonly number[])[];
  } {
    const opens: OpenStreamItem[] = [];
    const credits: TookItem[] = [];
    for (const reader of this.#wanting) {
      const item = reader.open(this.#last + 1);
      if (item !== undefined) {
        this.#last += 1;
        this.#open.set(item[0], reader);
        opens.push(item);
      }
      const credit = reader.credit();
      if (credit !== undefined) credits.push(credit);
    }
    const closes = this.#closed;
    this.#wanting.clear();
    this.#closed = [];
    return {
      opens: cutFrames(opens, framing),
      credits: cutFrames(credits, framing),
      closes: cutFrames(closes, framing),
    };
  }
}
