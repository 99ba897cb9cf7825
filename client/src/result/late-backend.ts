import type { GatewayUnreachableError, RevokeVerdict } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import type { MakeStreams } from '../connection/conversation.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { ChunkSource } from '../streams/stream-reader.ts';
import type { TaskBackend } from './result-context.ts';

/** Whom the handle of a call asks that runs here, in a page, when what runs it has come. */
export class LateBackend implements TaskBackend {
  readonly clock: Clock;
  readonly unreachable = false;
  readonly #elsewhere: TaskBackend;
  readonly #come: () => Promise<TaskBackend>;
  #real: TaskBackend | undefined;

  constructor(elsewhere: TaskBackend, come: () => Promise<TaskBackend>) {
    this.clock = elsewhere.clock;
    this.#elsewhere = elsewhere;
    this.#come = come;
  }

  describeUnreachable(id: string): GatewayUnreachableError {
    return this.#elsewhere.describeUnreachable(id);
  }

  watch(record: TaskRecord): boolean {
    return this.#of(record)?.watch(record) ?? false;
  }

  unwatch(record: TaskRecord): void {
    this.#of(record)?.unwatch(record);
  }

  readStream(record: TaskRecord, make: MakeStreams): ChunkSource {
    return (this.#real ?? this.#elsewhere).readStream(record, make);
  }

  async refresh(record: TaskRecord, signal?: AbortSignal): Promise<boolean> {
    return (await this.ready()).refresh(record, signal);
  }

  ask(): void {}

  async forget(id: string, signal?: AbortSignal): Promise<boolean> {
    return (await this.ready()).forget(id, signal);
  }

  async revoke(
    id: string,
    terminate: boolean,
    graceMs: number,
    signal?: AbortSignal,
  ): Promise<RevokeVerdict> {
    return (await this.ready()).revoke(id, terminate, graceMs, signal);
  }

  async ready(): Promise<TaskBackend> {
    this.#real ??= await this.#come();
    return this.#real;
  }

  /** A call that runs here is told of by what runs it. */
  #of(record: TaskRecord): TaskBackend | undefined {
    return this.#real ?? (record.standing === 'foreign' ? this.#elsewhere : undefined);
  }
}
