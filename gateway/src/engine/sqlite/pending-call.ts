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
  readonly applied: Promise<Value>;
  readonly committed: Promise<Value>;
  readonly #read: (result: unknown) => Value;
  #value: readonly [Value] | undefined;
  #resolveApplied: (value: Value) => void = ignore;
  #resolveCommitted: (value: Value) => void = ignore;
  #rejectApplied: (error: Error) => void = ignore;
  #rejectCommitted: (error: Error) => void = ignore;

  /** @param read makes the caller's value of what the thread answered */
  constructor(read: (result: unknown) => Value) {
    this.#read = read;
    const applied = new Promise<Value>((resolve, reject) => {
      this.#resolveApplied = resolve;
      this.#rejectApplied = reject;
    });
    const committed = new Promise<Value>((resolve, reject) => {
      this.#resolveCommitted = resolve;
      this.#rejectCommitted = reject;
    });
    ({ applied: this.applied, committed: this.committed } = watchedWrite(applied, committed));
  }

  apply(result: unknown): void {
    const value = this.#read(result);
    this.#value = [value];
    this.#resolveApplied(value);
  }

  commit(): void {
    if (this.#value !== undefined) this.#resolveCommitted(this.#value[0]);
  }

  fail(error: Error): void {
    this.#rejectApplied(error);
    this.#rejectCommitted(error);
  }
}

function ignore(): void {}
