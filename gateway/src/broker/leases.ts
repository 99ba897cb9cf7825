import type { Assignment } from '@celeriac/protocol/internal';
import { contextOf } from '@celeriac/protocol/internal';
import { KeyCounts } from '../core/key-counts.ts';
import { isRedelivered, type StoredTask } from '../core/record.ts';
import { LastShown, type Progress } from './last-shown.ts';

/** When a run began: monotonic, and as which of all that began. */
export interface Begun {
  readonly at: number;
  readonly order: number;
}

/** A task in a worker's hands. */
export interface HeldTask {
  /** As last handed to the engine. */
  record: StoredTask;
  readonly nonce: string;
  readonly session: string;
  /** The custom state set last. Kept in memory only: the worker asserts it again after a restart. */
  progress: Progress | null;
  /** The start is committed and was published: progress may be. */
  visible: boolean;
  /** `null` while its start was not reported. */
  begun: Begun | null;
}

/**
 * All leases, by nonce and by task. Grows with running tasks, never with queued ones.
 *
 * A lease begins in the engine, and we hear of it later: somebody who reads the task meanwhile sees a lease that nobody
 * holds. So what was asked for is known here, and a lease that is cut before it arrives is never held.
 */
export class Leases {
  /** Of leases that were dropped. */
  readonly lastShown = new LastShown();
  readonly #byNonce = new Map<string, HeldTask>();
  readonly #byId = new Map<string, HeldTask>();
  /** Nonces on their way, and seeds of claims on their way. */
  readonly #coming = new Set<string>();
  /** Of the nonces on their way, those to drop on arrival; so never more than are on their way. */
  readonly #cut = new Set<string>();
  /** How many tasks of each name are held. */
  readonly #counts = new KeyCounts<string>();
  readonly #freed: () => void;
  #begun = 0;

  /** @param freed called when one is held no longer: another of its name may be waiting for that */
  constructor(freed: () => void = () => {}) {
    this.#freed = freed;
  }

  get size(): number {
    return this.#byNonce.size;
  }

  /** How much of what was asked for is on its way. */
  get coming(): number {
    return this.#coming.size;
  }

  /** @param source a nonce, or the seed from which a claim's nonces are counted up */
  expect(source: string): void {
    this.#coming.add(source);
  }

  /** All that it brought is held, or it brings nothing. */
  arrived(source: string): void {
    this.#coming.delete(source);
    if (this.#cut.size === 0) return;
    for (const nonce of this.#cut) if (nonce === source || seedOf(nonce) === source) this.#cut.delete(nonce);
  }

  /**
   * Its task has ended: takes away a lease that is on its way.
   * @returns false where it is not, and so was held or given up already
   */
  cut(nonce: string): boolean {
    if (!this.#coming.has(nonce) && !this.#coming.has(seedOf(nonce))) return false;
    this.#cut.add(nonce);
    return true;
  }

  /** @returns nothing for a lease that was cut on its way */
  hold(record: StoredTask): HeldTask | undefined {
    if (record.lease === null) return undefined;
    this.#coming.delete(record.lease.nonce);
    if (this.#cut.size > 0 && this.#cut.delete(record.lease.nonce)) return undefined;
    const held: HeldTask = {
      record,
      nonce: record.lease.nonce,
      session: record.lease.session,
      progress: null,
      visible: record.phase === 'running',
      begun: null,
    };
    const before = this.#byNonce.size;
    this.#byNonce.set(held.nonce, held);
    if (this.#byNonce.size > before) this.#counts.add(record.name, 1);
    this.#byId.set(record.id, held);
    return held;
  }

  /** Its body was entered. Those that begin together are told apart by the order of these calls. */
  begin(held: HeldTask, at: number): void {
    held.begun ??= { at, order: this.#begun++ };
  }

  find(nonce: string): HeldTask | undefined {
    return this.#byNonce.get(nonce);
  }

  findTask(id: string): HeldTask | undefined {
    return this.#byId.get(id);
  }

  drop(held: HeldTask): void {
    if (this.#byNonce.delete(held.nonce)) {
      this.#counts.add(held.record.name, -1);
      if (held.progress !== null) this.lastShown.keep(held.record, held.progress, !held.visible);
      this.#freed();
    }
    if (this.#byId.get(held.record.id) === held) this.#byId.delete(held.record.id);
  }

  /** How many tasks of this name are in workers' hands. */
  countOf(name: string): number {
    return this.#counts.of(name);
  }

  *all(): Generator<HeldTask> {
    yield* this.#byNonce.values();
  }
}

function seedOf(nonce: string): string {
  return nonce.slice(0, nonce.lastIndexOf('.'));
}

export function assignmentOf(record: StoredTask, nonce: string): Assignment {
  const { id, attempt, name, args } = record;
  return [nonce, id, attempt, name, args, contextOf(record, isRedelivered(record))];
}
