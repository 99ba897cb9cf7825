import type { Definition } from '@celeriac/protocol/internal';
import type { StoredTask } from '../core/record.ts';
import type { NamedSettings } from '../core/settings.ts';
import type { ClaimAsk, Engine, Outdated, QueuePause, RevokedToken, TaskChange, Write } from './engine.ts';

/**
 * For tests: an engine around another one. Each verb goes through `ask` or `write`, where a subclass may hold it, break it, or have it
 * done elsewhere.
 */
export abstract class EngineAround implements Engine {
  protected abstract readonly inner: Engine;
  /** @param changes whether it changes what is kept, although nobody waits for its commit */
  protected abstract ask<Value>(act: (inner: Engine) => Promise<Value>, changes?: boolean): Promise<Value>;
  protected abstract write<Verdict>(act: (inner: Engine) => Write<Verdict>, urgent?: boolean): Write<Verdict>;

  get durable(): boolean {
    return this.inner.durable;
  }

  get file(): string | null {
    return this.inner.file;
  }

  get failed(): Promise<Error> {
    return this.inner.failed;
  }

  get shortage(): Engine['shortage'] {
    return this.inner.shortage;
  }

  get waiting(): ReadonlyMap<string, number> {
    return this.inner.waiting;
  }

  get lanes(): number {
    return this.inner.lanes;
  }

  open(): ReturnType<Engine['open']> {
    return this.ask((inner) => inner.open());
  }

  onUnblocked(tell: Parameters<Engine['onUnblocked']>[0]): void {
    this.inner.onUnblocked(tell);
  }

  insert(records: readonly StoredTask[]): ReturnType<Engine['insert']> {
    return this.write((inner) => inner.insert(records));
  }

  claim(asks: readonly ClaimAsk[], now: number): ReturnType<Engine['claim']> {
    return this.ask((inner) => inner.claim(asks, now), true);
  }

  advance(changes: readonly TaskChange[]): ReturnType<Engine['advance']> {
    return this.write(
      (inner) => inner.advance(changes),
      changes.some(({ urgent }) => urgent),
    );
  }

  promoteDue(now: number, limit: number): ReturnType<Engine['promoteDue']> {
    return this.ask((inner) => inner.promoteDue(now, limit), true);
  }

  expired(now: number, limit: number): ReturnType<Engine['expired']> {
    return this.ask((inner) => inner.expired(now, limit));
  }

  unrouted(names: readonly string[], limit: number): ReturnType<Engine['unrouted']> {
    return this.ask((inner) => inner.unrouted(names, limit));
  }

  get(ids: readonly string[]): ReturnType<Engine['get']> {
    return this.ask((inner) => inner.get(ids));
  }

  outline(ids: readonly string[]): ReturnType<Engine['outline']> {
    return this.get(ids);
  }

  list(query: Parameters<Engine['list']>[0]): ReturnType<Engine['list']> {
    return this.ask((inner) => inner.list(query));
  }

  oldest(queues: readonly string[], lanes: number): ReturnType<Engine['oldest']> {
    return this.ask((inner) => inner.oldest(queues, lanes));
  }

  ready(queues: readonly string[], names: readonly string[]): ReturnType<Engine['ready']> {
    return this.ask((inner) => inner.ready(queues, names));
  }

  define(definitions: readonly Definition[]): Write<void> {
    return this.write((inner) => inner.define(definitions));
  }

  tune(settings: readonly NamedSettings[]): Write<void> {
    return this.write((inner) => inner.tune(settings));
  }

  pause(queues: readonly QueuePause[]): Write<void> {
    return this.write((inner) => inner.pause(queues));
  }

  revokeTokens(revoked: readonly RevokedToken[], now: number): Write<void> {
    return this.write((inner) => inner.revokeTokens(revoked, now));
  }

  prune(outdated: Outdated, limit: number): ReturnType<Engine['prune']> {
    return this.ask((inner) => inner.prune(outdated, limit), true);
  }

  backup(file: string): Promise<number> {
    return this.ask((inner) => inner.backup(file));
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
