import type { WirePayload } from '@celeriac/protocol';
import type { TaskRecord } from '../core/record.ts';

/** A task in a worker's hands. */
export interface HeldTask {
  /** As last handed to the engine. */
  record: TaskRecord;
  readonly nonce: string;
  readonly session: string;
  /** The custom state set last. Kept in memory only: the worker asserts it again after a restart. */
  progress: readonly [state: string, meta: WirePayload] | null;
  /** The start is committed and was published: progress may be. */
  visible: boolean;
}

/** All leases, by nonce and by task. Grows with running tasks, never with queued ones. */
export class Leases {
  readonly #byNonce = new Map<string, HeldTask>();
  readonly #byId = new Map<string, HeldTask>();

  get size(): number {
    return this.#byNonce.size;
  }

  hold(record: TaskRecord): HeldTask | undefined {
    if (record.lease === null) return undefined;
    const held: HeldTask = {
      record,
      nonce: record.lease.nonce,
      session: record.lease.session,
      progress: null,
      visible: record.phase === 'running',
    };
    this.#byNonce.set(held.nonce, held);
    this.#byId.set(record.id, held);
    return held;
  }

  find(nonce: string): HeldTask | undefined {
    return this.#byNonce.get(nonce);
  }

  findTask(id: string): HeldTask | undefined {
    return this.#byId.get(id);
  }

  drop(held: HeldTask): void {
    this.#byNonce.delete(held.nonce);
    if (this.#byId.get(held.record.id) === held) this.#byId.delete(held.record.id);
  }

  *all(): Generator<HeldTask> {
    yield* this.#byNonce.values();
  }
}
