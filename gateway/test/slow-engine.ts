import type { Definition } from '@celeriac/protocol/internal';
import type { StoredTask } from '../src/core/record.ts';
import type { NamedSettings } from '../src/core/settings.ts';
import type {
  ClaimAsk,
  Engine,
  LaneCount,
  Opened,
  QueuePause,
  RevokedToken,
  TaskChange,
  Write,
} from '../src/engine/engine.ts';

/**
 * An engine whose writes, commits and claims are answered when the test says so. What is written takes effect at once,
 * as the contract has it; only the news of it waits.
 */
export class SlowEngine implements Engine {
  readonly durable: boolean;
  readonly failed: Promise<Error>;
  readonly #inner: Engine;
  #writes: (() => void)[] | undefined;
  #commits: (() => void)[] | undefined;
  /** The commit that was held last: later ones are not told of before it. */
  #lastHeld: Promise<unknown> | undefined;
  #broken = false;
  #reads: (() => void)[] | undefined;
  #claims: (() => void)[] | undefined;

  constructor(inner: Engine) {
    this.#inner = inner;
    this.durable = inner.durable;
    this.failed = inner.failed;
  }

  get file(): string | null {
    return this.#inner.file;
  }

  get shortage(): Engine['shortage'] {
    return this.#inner.shortage;
  }

  get waiting(): ReadonlyMap<string, number> {
    return this.#inner.waiting;
  }

  get lanes(): number {
    return this.#inner.lanes;
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

  open(): Promise<Opened> {
    return this.#inner.open();
  }

  onUnblocked(tell: (lanes: readonly LaneCount[]) => void): void {
    this.#inner.onUnblocked(tell);
  }

  insert(records: readonly StoredTask[]): ReturnType<Engine['insert']> {
    return this.#write(this.#inner.insert(records));
  }

  claim(asks: readonly ClaimAsk[], now: number): ReturnType<Engine['claim']> {
    const answer = this.#inner.claim(asks, now);
    const claims = this.#claims;
    if (claims === undefined) return answer;
    return new Promise((resolve) => {
      claims.push(() => resolve(answer));
    });
  }

  advance(changes: readonly TaskChange[]): ReturnType<Engine['advance']> {
    return this.#write(this.#inner.advance(changes));
  }

  promoteDue(now: number, limit: number): ReturnType<Engine['promoteDue']> {
    return this.#inner.promoteDue(now, limit);
  }

  expired(now: number, limit: number): ReturnType<Engine['expired']> {
    return this.#inner.expired(now, limit);
  }

  unrouted(names: readonly string[], limit: number): ReturnType<Engine['unrouted']> {
    return this.#inner.unrouted(names, limit);
  }

  get(ids: readonly string[]): ReturnType<Engine['get']> {
    if (this.#broken) return Promise.reject(new Error('the disk is gone'));
    const answer = this.#inner.get(ids);
    const reads = this.#reads;
    if (reads === undefined) return answer;
    return new Promise((resolve) => {
      reads.push(() => resolve(answer));
    });
  }

  outline(ids: readonly string[]): ReturnType<Engine['outline']> {
    return this.get(ids);
  }

  list(query: Parameters<Engine['list']>[0]): ReturnType<Engine['list']> {
    return this.#inner.list(query);
  }

  oldest(...asked: Parameters<Engine['oldest']>): ReturnType<Engine['oldest']> {
    return this.#inner.oldest(...asked);
  }

  ready(...asked: Parameters<Engine['ready']>): ReturnType<Engine['ready']> {
    return this.#inner.ready(...asked);
  }

  define(definitions: readonly Definition[]): ReturnType<Engine['define']> {
    return this.#write(this.#inner.define(definitions));
  }

  tune(settings: readonly NamedSettings[]): ReturnType<Engine['tune']> {
    return this.#write(this.#inner.tune(settings));
  }

  pause(queues: readonly QueuePause[]): Write<void> {
    return this.#write(this.#inner.pause(queues));
  }

  revokeTokens(revoked: readonly RevokedToken[], now: number): Write<void> {
    return this.#write(this.#inner.revokeTokens(revoked, now));
  }

  prune(...asked: Parameters<Engine['prune']>): ReturnType<Engine['prune']> {
    return this.#inner.prune(...asked);
  }

  backup(file: string): ReturnType<Engine['backup']> {
    return this.#inner.backup(file);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #write<Verdict>({ applied, committed }: Write<Verdict>): Write<Verdict> {
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
