import { isTerminal, type TaskState } from '@celeriac/protocol';
import { EventEmitter } from 'eventemitter3';
import { guarded } from '../guarded.ts';
import type { Change, TaskRecord } from '../record/task-record.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * state: every change of the state, PENDING with the receipt first · progress: a custom state or its meta ·
 * success, failure, retry, revoked: the state of that name · ready: it has ended.
 */
export type ResultEventName = 'state' | 'progress' | 'success' | 'failure' | 'retry' | 'revoked' | 'ready';
/** A method's type, so that a handle of numbers is a handle of anything: parameters of function types would forbid it. */
export type ResultListener<T> = { listen(snapshot: Snapshot<T>): void }['listen'];

const OF_STATE: Partial<Record<TaskState, ResultEventName>> = {
  SUCCESS: 'success',
  FAILURE: 'failure',
  RETRY: 'retry',
  REVOKED: 'revoked',
};

/** The listeners of one handle. The record knows of them only while there are any. */
export class ResultEvents<T> {
  readonly #record: TaskRecord;
  readonly #snapshot: () => Snapshot<T>;
  readonly #emitter = new EventEmitter<Record<ResultEventName, ResultListener<T>>>();
  readonly #guards = new WeakMap<ResultListener<T>, ResultListener<T>>();
  #stop: (() => void) | undefined;

  constructor(record: TaskRecord, snapshot: () => Snapshot<T>) {
    this.#record = record;
    this.#snapshot = snapshot;
  }

  on(event: ResultEventName, listener: ResultListener<T>): void {
    this.#emitter.on(event, this.#guard(listener));
    this.#follow();
  }

  once(event: ResultEventName, listener: ResultListener<T>): void {
    this.#emitter.once(event, this.#guard(listener));
    this.#follow();
  }

  off(event: ResultEventName, listener: ResultListener<T>): void {
    this.#emitter.off(event, this.#guard(listener));
    this.#follow();
  }

  clear(): void {
    this.#emitter.removeAllListeners();
    this.#follow();
  }

  #follow(): void {
    if (this.#emitter.eventNames().length > 0) {
      this.#stop ??= this.#record.subscribe((change) => this.#emit(change));
    } else {
      this.#stop?.();
      this.#stop = undefined;
    }
  }

  #emit(change: Change): void {
    if (change === 'progress') {
      this.#emitter.emit('progress', this.#snapshot());
    } else if (change === 'accepted' || change === 'state') {
      const snapshot = this.#snapshot();
      const { state } = this.#record.facts;
      const named = OF_STATE[state];
      this.#emitter.emit('state', snapshot);
      if (named !== undefined) this.#emitter.emit(named, snapshot);
      if (isTerminal(state)) this.#emitter.emit('ready', snapshot);
    }
    this.#follow();
  }

  #guard(listener: ResultListener<T>): ResultListener<T> {
    const guard = this.#guards.get(listener) ?? guarded(listener);
    this.#guards.set(listener, guard);
    return guard;
  }
}
