import type { GatewayUnreachableError, RevokeVerdict } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import type { TaskRecord } from '../record/task-record.ts';
import type { ChunkSource } from '../streams/chunk-source.ts';

/** What a handle asks of whoever runs its task: a connection to a gateway, or this process. */
export interface Line {
  readonly clock: Clock;
  /** Whether nothing has been heard for `giveUpAfter`, and still is not. */
  readonly unreachable: boolean;
  describeUnreachable(id: string): GatewayUnreachableError;
  /** Follows a task from now on. @returns whether what is known of it may be old */
  watch(record: TaskRecord): boolean;
  unwatch(record: TaskRecord): void;
  /** A reader of its chunks, from the start. */
  readStream(record: TaskRecord): ChunkSource;
  /** @returns whether the task is there */
  refresh(record: TaskRecord): Promise<boolean>;
  /** Asks what a task waits for, for whoever will tell of it; may come to nothing. */
  ask(record: TaskRecord): void;
  /** @returns whether there was something to drop */
  forget(id: string): Promise<boolean>;
  revoke(id: string, terminate: boolean, graceMs: number): Promise<RevokeVerdict>;
}
