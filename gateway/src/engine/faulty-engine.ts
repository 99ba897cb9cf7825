import type { Definition } from '@celeriac/protocol/internal';
import type { StoredTask, TaskOutline } from '../core/record.ts';
import type { NamedSettings } from '../core/settings.ts';
import type {
  AdvanceVerdict,
  ClaimAsk,
  Engine,
  ExpiryReport,
  HistoryQuery,
  InsertVerdict,
  LaneCount,
  Listing,
  Opened,
  Outdated,
  Promotion,
  Pruned,
  QueuePause,
  RevokedToken,
  TaskChange,
  Write,
} from './engine.ts';
import { EngineError, watchedWrite } from './engine-parts.ts';

/** `undone`: the write is lost. `done`: it is on the disk, but is reported as failed. */
export type Fault = 'undone' | 'done';

/**
 * For tests: an engine whose disk is slow or breaks, on command. Around a memory engine it is a store that survives
 * its gateway: wrap the same engine again, and the next gateway finds what the last one left.
 */
export class FaultyEngine implements Engine {
  readonly #failed = Promise.withResolvers<Error>();
  readonly failed = this.#failed.promise;
  readonly #inner: Engine;
  #failure: Error | undefined;
  #writes = 0;
  readonly #faults = new Map<number, Fault>();
  #gate: PromiseWithResolvers<void> | undefined;

  constructor(inner: Engine) {
    this.#inner = inner;
    void inner.failed.then(this.#failed.resolve);
  }

  get durable(): boolean {
    return this.#inner.durable;
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

  open(): Promise<Opened> {
    return this.#ask(() => this.#inner.open());
  }

  onUnblocked(tell: (lanes: readonly LaneCount[]) => void): void {
    this.#inner.onUnblocked(tell);
  }

  insert(records: readonly StoredTask[]): Write<readonly InsertVerdict[]> {
    return this.#write(() => this.#inner.insert(records));
  }

  claim(asks: readonly ClaimAsk[], now: number): Promise<readonly (readonly StoredTask[])[]> {
    return this.#ask(() => this.#inner.claim(asks, now));
  }

  advance(changes: readonly TaskChange[]): Write<readonly AdvanceVerdict[]> {
    return this.#write(() => this.#inner.advance(changes));
  }

  promoteDue(now: number, limit: number): Promise<Promotion> {
    return this.#ask(() => this.#inner.promoteDue(now, limit));
  }

  expired(now: number, limit: number): Promise<ExpiryReport> {
    return this.#ask(() => this.#inner.expired(now, limit));
  }

  unrouted(names: readonly string[], limit: number): Promise<readonly StoredTask[]> {
    return this.#ask(() => this.#inner.unrouted(names, limit));
  }

  async get(ids: readonly string[]): Promise<readonly (StoredTask | undefined)[]> {
    const gate = this.#gate?.promise;
    const found = await this.#ask(() => this.#inner.get(ids));
    await gate;
    return found;
  }

  outline(ids: readonly string[]): Promise<readonly (TaskOutline | undefined)[]> {
    return this.get(ids);
  }

  async list(query: HistoryQuery): Promise<Listing> {
    const gate = this.#gate?.promise;
    const found = await this.#ask(() => this.#inner.list(query));
    await gate;
    return found;
  }

  oldest(queues: readonly string[], lanes: number): Promise<ReadonlyMap<string, number>> {
    return this.#ask(() => this.#inner.oldest(queues, lanes));
  }

  ready(queues: readonly string[], names: readonly string[]): Promise<readonly LaneCount[]> {
    return this.#ask(() => this.#inner.ready(queues, names));
  }

  define(definitions: readonly Definition[]): Write<void> {
    return this.#write(() => this.#inner.define(definitions));
  }

  tune(settings: readonly NamedSettings[]): Write<void> {
    return this.#write(() => this.#inner.tune(settings));
  }

  pause(queues: readonly QueuePause[]): Write<void> {
    return this.#write(() => this.#inner.pause(queues));
  }

  revokeTokens(revoked: readonly RevokedToken[], now: number): Write<void> {
    return this.#write(() => this.#inner.revokeTokens(revoked, now));
  }

  backup(file: string): Promise<number> {
    return this.#ask(() => this.#inner.backup(file));
  }

  prune(outdated: Outdated, limit: number): Promise<Pruned> {
    return this.#ask(() => this.#inner.prune(outdated, limit));
  }

  close(): Promise<void> {
    this.releaseCommits();
    return this.#inner.close();
  }

  async #ask<Value>(act: () => Promise<Value>): Promise<Value> {
    if (this.#failure !== undefined) throw this.#failure;
    return act();
  }

  #write<Verdict>(act: () => Write<Verdict>): Write<Verdict> {
    this.#writes += 1;
    const fault = this.#faults.get(this.#writes);
    if (this.#failure !== undefined) return refused(this.#failure);
    if (fault === undefined) return this.#held(act());
    this.#failure = new EngineError('the disk failed, as the test asked for');
    this.#failed.resolve(this.#failure);
    if (fault === 'undone') return refused(this.#failure);
    return watchedWrite(act().applied, Promise.reject(this.#failure));
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
