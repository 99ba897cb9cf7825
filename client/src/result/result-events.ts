import type { SignalOptions } from '@celeriac/runtime';
import { Listeners } from '@celeriac/runtime/calling';
import { reportFailure } from '../guarded.ts';
import type { RecordChange } from '../record/changes.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type {
  FailureSnapshot,
  RetrySnapshot,
  RevokedSnapshot,
  RunningSnapshot,
  Snapshot,
  SuccessSnapshot,
} from './snapshot.ts';

/** The events of a handle, and their data. */
export interface ResultEvents<T = unknown> {
  /** Every change of the state, PENDING with the receipt first. */
  readonly state: Snapshot<T>;
  /** A custom state, or its meta. */
  readonly progress: RunningSnapshot;
  /** It has ended with a value. If the value is not available ({@link GoneSnapshot}), only `ready` is called. */
  readonly success: SuccessSnapshot<T>;
  /** It has ended with an error. If the error is not available ({@link GoneSnapshot}), only `ready` is called. */
  readonly failure: FailureSnapshot;
  /** It has failed, and will be tried again. */
  readonly retry: RetrySnapshot;
  /** It was revoked, or has expired. */
  readonly revoked: RevokedSnapshot;
  /** It has ended, in whatever way. */
  readonly ready: Snapshot<T>;
}

/** The events of a handle: see {@link ResultEvents}. */
export type ResultEventName = keyof ResultEvents;
/** A method's type, so that a handle of numbers is a handle of anything: parameters of function types would forbid it. */
export type ResultListener<T, Event extends ResultEventName = 'state'> = {
  listen(snapshot: ResultEvents<T>[Event]): void;
}['listen'];

type Told = { readonly [Event in ResultEventName]: readonly [snapshot: Snapshot] };

const NAMES = ['state', 'progress', 'success', 'failure', 'retry', 'revoked', 'ready'] as const;

/** The listeners of one handle. The record knows of them only while there are any. */
export class ResultListeners {
  readonly #record: TaskRecord;
  readonly #snapshot: () => Snapshot;
  readonly #listeners = new Listeners<Told>(
    (event, error) => reportFailure(`a listener to '${event}'`, error),
    NAMES,
    () => this.#follow(),
  );
  #stop: (() => void) | undefined;

  constructor(record: TaskRecord, snapshot: () => Snapshot) {
    this.#record = record;
    this.#snapshot = snapshot;
  }

  get any(): boolean {
    return this.#listeners.any;
  }

  on(
    event: ResultEventName,
    listener: (snapshot: never) => void,
    options: SignalOptions | undefined,
  ): () => void {
    // Each event is told with a snapshot of its own kind: see #emit.
    const stop = this.#listeners.on(event, listener as (snapshot: Snapshot) => void, options);
    // A settled task has no more events: drop the listener, also from its signal.
    if (this.#record.settled) this.clear();
    else if (this.#listeners.any) this.#stop ??= this.#record.subscribe((change) => this.#emit(change));
    return stop;
  }

  clear(): void {
    this.#listeners.clear();
  }

  #follow(): void {
    if (this.#listeners.any) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #emit(change: RecordChange): void {
    if (change === 'progress') {
      this.#listeners.emit('progress', this.#snapshot());
    } else if (change === 'accepted' || change === 'state') {
      const snapshot = this.#snapshot();
      const { kind } = snapshot;
      const { ended } = this.#record;
      this.#listeners.emit('state', snapshot);
      if (kind === 'success' || kind === 'failure' || kind === 'retry' || kind === 'revoked')
        this.#listeners.emit(kind, snapshot);
      if (ended) this.#listeners.emit('ready', snapshot);
    }
    if (this.#record.settled) this.clear();
  }
}
