/** What handles ask of tasks that run in this process: the one that was called, those that it calls, and theirs. */

import type { GatewayUnreachableError, RevokeVerdict } from '@celeriac/protocol';
import { CHILDREN } from '@celeriac/protocol/calling';
import type { Clock } from '@celeriac/runtime';
import type { MakeStreams } from '../connection/conversation.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { TaskBackend } from '../result/result-context.ts';
import type { ChunkSource, StreamNews } from '../streams/stream-reader.ts';
import type { LocalCall } from './local-call.ts';

/** Tasks that can be asked for: all that one may have called. Beyond it the oldest that have ended are forgotten. */
const KEPT_TASKS = 2 * CHILDREN;
/** Old ones that are looked at for each that comes: one more than come, so that those that run are passed over in time. */
const LOOKS = 2;

/** A task that runs here, or has. */
export interface LocalTask {
  /** Another call has its id: it is the same one, or none. */
  join(record: TaskRecord, call: LocalCall): void;
  /** Tells a record all there is, and from then on whatever changes. */
  show(record: TaskRecord): void;
  readStream(): ChunkSource;
  forget(): boolean;
  revoke(): RevokeVerdict;
}

/** Those that run, by their ids: a call that one of them makes joins it. */
const running = new Map<string, LocalBackend>();

export class LocalBackend implements TaskBackend {
  readonly clock: Clock;
  readonly unreachable = false;
  /** Of tasks that do not run here. */
  readonly #elsewhere: TaskBackend;
  readonly #tasks = new Map<string, LocalTask>();
  readonly #late = new Map<LateSource, string>();

  constructor(clock: Clock, elsewhere: TaskBackend) {
    this.clock = clock;
    this.#elsewhere = elsewhere;
  }

  /** That of a running task; `undefined` where none of that id runs here. */
  static of(id: string): LocalBackend | undefined {
    return running.get(id);
  }

  taskOf(id: string): LocalTask | undefined {
    return this.#tasks.get(id);
  }

  began(id: string, task: LocalTask): void {
    this.#tasks.set(id, task);
    running.set(id, this);
    let looks = 0;
    for (const [oldest, kept] of this.#tasks) {
      if (this.#tasks.size <= KEPT_TASKS || looks++ === LOOKS) break;
      this.#tasks.delete(oldest);
      if (running.has(oldest)) this.#tasks.set(oldest, kept);
    }
    for (const [source, of] of this.#late) if (of === id && this.#late.delete(source)) source.open(task);
  }

  /** It makes no calls any more; what became of it can still be asked. */
  ended(id: string): void {
    running.delete(id);
  }

  describeUnreachable(id: string): GatewayUnreachableError {
    return this.#elsewhere.describeUnreachable(id);
  }

  /** The record of the call itself is told everything without being asked. */
  watch(record: TaskRecord): boolean {
    if (record.standing !== 'foreign') return false;
    const task = this.#tasks.get(record.id);
    if (task === undefined) return this.#elsewhere.watch(record);
    if (!record.facts.synced) task.show(record);
    return false;
  }

  unwatch(record: TaskRecord): void {
    if (!this.#tasks.has(record.id)) this.#elsewhere.unwatch(record);
  }

  readStream(record: TaskRecord, make: MakeStreams): ChunkSource {
    const task = this.#tasks.get(record.id);
    if (task !== undefined) return task.readStream();
    if (record.standing === 'foreign') return this.#elsewhere.readStream(record, make);
    const source = new LateSource();
    this.#late.set(source, record.id);
    return source;
  }

  async refresh(record: TaskRecord, signal?: AbortSignal): Promise<boolean> {
    const task = this.#tasks.get(record.id);
    if (task === undefined) return this.#elsewhere.refresh(record, signal);
    task.show(record);
    return true;
  }

  ask(): void {}

  async forget(id: string, signal?: AbortSignal): Promise<boolean> {
    return this.#tasks.get(id)?.forget() ?? this.#elsewhere.forget(id, signal);
  }

  async revoke(
    id: string,
    terminate: boolean,
    graceMs: number,
    signal?: AbortSignal,
  ): Promise<RevokeVerdict> {
    return this.#tasks.get(id)?.revoke() ?? this.#elsewhere.revoke(id, terminate, graceMs, signal);
  }
}

/** The chunks of a task that has not begun: what runs it is on its way to this page. */
class LateSource implements ChunkSource {
  #source: ChunkSource | undefined;
  #listener: () => void = () => {};
  #closed = false;

  open(task: LocalTask): void {
    if (this.#closed) return;
    this.#source = task.readStream();
    this.#source.onNews(() => this.#listener());
    this.#listener();
  }

  take(): StreamNews | undefined {
    return this.#source?.take();
  }

  onNews(listener: () => void): void {
    this.#listener = listener;
  }

  close(): void {
    this.#closed = true;
    this.#source?.close();
  }
}
