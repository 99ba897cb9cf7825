import type { Engine, Write } from './engine.ts';
import { EngineAround } from './engine-around.ts';
import { EngineError, watchedWrite } from './engine-parts.ts';

/** `undone`: the write is lost. `done`: it is on the disk, but is reported as failed. */
export type Fault = 'undone' | 'done';

/**
 * For tests: an engine whose disk is slow or breaks, on command. Around a memory engine it is a store that survives
 * its gateway: wrap the same engine again, and the next gateway finds what the last one left.
 */
export class FaultyEngine extends EngineAround {
  protected readonly inner: Engine;
  readonly #failed = Promise.withResolvers<Error>();
  #failure: Error | undefined;
  #writes = 0;
  readonly #faults = new Map<number, Fault>();
  #gate: PromiseWithResolvers<void> | undefined;

  constructor(inner: Engine) {
    super();
    this.inner = inner;
    void inner.failed.then(this.#failed.resolve);
  }

  override get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  /** Lets the n-th write from now on (1 is the next) fail to commit; the engine is finished then. */
  failWrite(n: number, fault: Fault): void {
    this.#faults.set(this.#writes + n, fault);
  }

  /** From here on writes are applied but not committed, until {@link releaseCommits}. */
  holdCommits(): void {
    if (this.#gate !== undefined) return;
    this.#gate = Promise.withResolvers<void>();
  }

  /** Idempotent. */
  releaseCommits(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  override get(ids: readonly string[]): ReturnType<Engine['get']> {
    return this.#afterCommits(super.get(ids));
  }

  override list(query: Parameters<Engine['list']>[0]): ReturnType<Engine['list']> {
    return this.#afterCommits(super.list(query));
  }

  override close(): Promise<void> {
    this.releaseCommits();
    return super.close();
  }

  /** Of those that are held by now. */
  async #afterCommits<Value>(answer: Promise<Value>): Promise<Value> {
    const gate = this.#gate?.promise;
    const found = await answer;
    await gate;
    return found;
  }

  protected async ask<Value>(act: (inner: Engine) => Promise<Value>): Promise<Value> {
    if (this.#failure !== undefined) throw this.#failure;
    return act(this.inner);
  }

  protected write<Verdict>(act: (inner: Engine) => Write<Verdict>): Write<Verdict> {
    this.#writes += 1;
    const fault = this.#faults.get(this.#writes);
    if (this.#failure !== undefined) return refused(this.#failure);
    if (fault === undefined) return this.#held(act(this.inner));
    this.#failure = new EngineError('the disk failed, as the test asked for');
    this.#failed.resolve(this.#failure);
    if (fault === 'undone') return refused(this.#failure);
    return watchedWrite(act(this.inner).applied, Promise.reject(this.#failure));
  }

  #held<Verdict>({ applied, committed }: Write<Verdict>): Write<Verdict> {
    const gate = this.#gate?.promise;
    if (gate === undefined) return { applied, committed };
    return watchedWrite(applied, this.#commitAfter(gate, committed));
  }

  async #commitAfter<Verdict>(gate: Promise<void>, committed: Promise<Verdict>): Promise<Verdict> {
    const verdict = await committed;
    await gate;
    // What was waiting when the disk broke is not committed.
    if (this.#failure !== undefined) throw this.#failure;
    return verdict;
  }
}

function refused<Verdict>(error: Error): Write<Verdict> {
  return watchedWrite<Verdict>(Promise.reject(error), Promise.reject(error));
}
