import type { ClaimAsk, Engine, Write } from '../src/engine/engine.ts';
import { EngineAround } from '../src/engine/engine-around.ts';

/**
 * An engine whose writes, commits and claims are answered when the test says so. What is written takes effect at once,
 * as the contract has it; only the news of it waits.
 */
export class SlowEngine extends EngineAround {
  protected readonly inner: Engine;
  #writes: (() => void)[] | undefined;
  #commits: (() => void)[] | undefined;
  /** The commit that was held last: later ones are not told of before it. */
  #lastHeld: Promise<unknown> | undefined;
  #broken = false;
  #reads: (() => void)[] | undefined;
  #claims: (() => void)[] | undefined;

  constructor(inner: Engine) {
    super();
    this.inner = inner;
  }

  /** From now on nothing can be read. */
  breaks(): void {
    this.#broken = true;
  }

  /** Holds both moments of each write; whoever reads may then learn of it first. */
  holdWrites(): void {
    this.#writes ??= [];
  }

  /** Tells of all writes that wait, in order, and of whatever comes. */
  answerWrites(): void {
    const waiting = this.#writes ?? [];
    this.#writes = undefined;
    for (const settle of waiting) settle();
  }

  holdCommits(): void {
    this.#commits ??= [];
  }

  /** Lets everything through that waits, in order, and whatever comes. */
  commit(): void {
    const waiting = this.#commits ?? [];
    this.#commits = undefined;
    for (const settle of waiting) settle();
  }

  /** Reads wait, as for a commit. */
  holdReads(): void {
    this.#reads ??= [];
  }

  answerReads(): void {
    const waiting = this.#reads ?? [];
    this.#reads = undefined;
    for (const settle of waiting) settle();
  }

  holdClaims(): void {
    this.#claims ??= [];
  }

  /** How many claims wait. */
  get claiming(): number {
    return this.#claims?.length ?? 0;
  }

  /** Answers the claim that waits longest, and holds the others. */
  answerClaim(): void {
    this.#claims?.shift()?.();
  }

  answerClaims(): void {
    const waiting = this.#claims ?? [];
    this.#claims = undefined;
    for (const settle of waiting) settle();
  }

  override claim(asks: readonly ClaimAsk[], now: number): ReturnType<Engine['claim']> {
    return held(this.#claims, super.claim(asks, now));
  }

  override get(ids: readonly string[]): ReturnType<Engine['get']> {
    if (this.#broken) return Promise.reject(new Error('the disk is gone'));
    return held(this.#reads, super.get(ids));
  }

  protected ask<Value>(act: (inner: Engine) => Promise<Value>): Promise<Value> {
    return act(this.inner);
  }

  protected write<Verdict>(act: (inner: Engine) => Write<Verdict>): Write<Verdict> {
    const { applied, committed } = act(this.inner);
    const free = this.#writes === undefined && this.#commits === undefined;
    if (free && this.#lastHeld === undefined) return { applied, committed };
    const told = held(this.#writes, applied);
    const due = Promise.all([committed, told, this.#lastHeld]).then(([verdict]) => verdict);
    const kept = held(this.#commits, due);
    this.#lastHeld = kept;
    return { applied: told, committed: kept };
  }
}

/** Settles when the list's keeper says so; at once where nothing is kept. */
function held<Value>(waiting: (() => void)[] | undefined, value: Promise<Value>): Promise<Value> {
  if (waiting === undefined) return value;
  return new Promise((resolve) => {
    waiting.push(() => resolve(value));
  });
}
