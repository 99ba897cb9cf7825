import type { GatewayUnreachableError, RevokeVerdict } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import type { MakeStreams } from '../connection/conversation.ts';
import type { Hold } from '../record/changes.ts';
import type { Reading } from '../record/outcome.ts';
import { TaskRecord } from '../record/task-record.ts';
import type { ChunkSource } from '../streams/stream-reader.ts';

/** What a handle asks of whoever runs its task: a connection to a gateway, or this process. */
export interface TaskBackend {
  readonly clock: Clock;
  /** Whether nothing has been heard for `giveUpAfter`, and still is not. */
  readonly unreachable: boolean;
  describeUnreachable(id: string): GatewayUnreachableError;
  /** Follows a task from now on. @returns whether the gateway was asked just now, so that what is known may be out of date */
  watch(record: TaskRecord): boolean;
  unwatch(record: TaskRecord): void;
  /** A reader of its chunks, from the start. */
  readStream(record: TaskRecord, make: MakeStreams): ChunkSource;
  /** @returns whether the task is there */
  refresh(record: TaskRecord, signal?: AbortSignal): Promise<boolean>;
  /** Asks what a task waits for, for a later error message; may fail silently. */
  ask(record: TaskRecord): void;
  /** @returns whether there was something to delete */
  forget(id: string, signal?: AbortSignal): Promise<boolean>;
  revoke(id: string, terminate: boolean, graceMs: number, signal?: AbortSignal): Promise<RevokeVerdict>;
}

/** What all handles of one app share. */
export class ResultContext {
  readonly backend: TaskBackend;
  /** What bodies are read with. */
  readonly reading: Reading;
  /** What keeps the process alive while somebody waits. */
  readonly hold: Hold;
  readonly #letGo: FinalizationRegistry<TaskRecord>;

  constructor(backend: TaskBackend, reading: Reading, hold: Hold) {
    this.backend = backend;
    this.reading = reading;
    this.hold = hold;
    const letGo = (record: TaskRecord): void => {
      if (record.standing === 'unconfirmed') {
        // The gateway follows it from the receipt on, and cannot be told before.
        const stop = record.subscribe(() => {
          stop();
          letGo(record);
        });
      } else if (!record.wanted) backend.unwatch(record);
    };
    this.#letGo = new FinalizationRegistry(letGo);
  }

  /** Looking at a handle made from an id is its first use: from then on it is watched. */
  seen(record: TaskRecord): TaskRecord {
    if (!record.used) {
      record.used = true;
      this.backend.watch(record);
    }
    return record;
  }

  /** What is known of a task made elsewhere: nothing yet. */
  recordOf(id: string): TaskRecord {
    return new TaskRecord(id, null, 'foreign', this.hold);
  }

  /** Lets the task go when the handle is no longer referenced, unless something still listens or waits. */
  letGoWith(handle: object, record: TaskRecord): void {
    this.#letGo.register(handle, record);
  }
}
