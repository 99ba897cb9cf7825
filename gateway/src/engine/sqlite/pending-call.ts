import type { Write } from '../engine.ts';
import { watchedWrite } from '../engine-parts.ts';

/** How the one who called is told; each moment settles once, what comes later has no effect. */
export interface Settlement {
  apply(result: unknown): void;
  commit(): void;
  fail(error: Error): void;
}

/** A call that the storage thread has not answered to the end. */
export class PendingCall<Value> implements Write<Value>, Settlement {
  readonly #applied = Promise.withResolvers<Value>();
  readonly #committed = Promise.withResolvers<Value>();
  readonly applied = this.#applied.promise;
  readonly committed = this.#committed.promise;
  readonly #read: (result: unknown) => Value;
  #value: readonly [Value] | undefined;

  /** @param read makes the caller's value of what the thread answered */
  constructor(read: (result: unknown) => Value) {
    this.#read = read;
    watchedWrite(this.applied, this.committed);
  }

  apply(result: unknown): void {
    const value = this.#read(result);
    this.#value = [value];
    this.#applied.resolve(value);
  }

  commit(): void {
    if (this.#value !== undefined) this.#committed.resolve(this.#value[0]);
  }

  fail(error: Error): void {
    this.#applied.reject(error);
    this.#committed.reject(error);
  }
}
