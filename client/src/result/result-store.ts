import { guarded } from '../guarded.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { Store, StoreListener } from '../store.ts';
import { type Ending, endingError } from './ending.ts';
import type { ResultContext } from './result-context.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import { presentEnding } from './waiting.ts';

/** A task as it is known at one moment; `trouble` says why its end will not be known. */
export type ResultView<T = unknown> = Snapshot<T> & {
  /**
   * Why its end will not be heard of here, where that is known: NotAcceptedError, IdConflictError, UnknownTaskError,
   * GatewayUnreachableError, RefusedError or ClosedError. `null` while there is hope, and when it has ended.
   */
  readonly trouble: Error | null;
};

/** One task as a store. Reading it sends nothing; the task is watched while there are subscribers. */
export class ResultStore<T> implements Store<ResultView<T>> {
  readonly #record: TaskRecord;
  readonly #context: ResultContext;
  readonly #listeners = new Set<StoreListener<ResultView<T>>>();
  #stop: (() => void) | undefined;
  #seen:
    | { readonly of: object; readonly ending: Ending | undefined; readonly view: ResultView<T> }
    | undefined;

  constructor(record: TaskRecord, context: ResultContext) {
    this.#record = record;
    this.#context = context;
  }

  readonly get = (): ResultView<T> => {
    const ending = presentEnding(this.#record, this.#context.backend, true);
    const of = this.#record.facts;
    if (this.#seen?.of !== of || this.#seen.ending !== ending) {
      const trouble =
        ending === undefined || ending === 'ended'
          ? null
          : endingError(ending, this.#record, this.#context.backend);
      this.#seen = { of, ending, view: { ...takeSnapshot<T>(this.#record, this.#context.reading), trouble } };
    }
    return this.#seen.view;
  };

  readonly subscribe = (listener: StoreListener<ResultView<T>>): (() => void) => {
    // A function of its own, so that one listener subscribed twice is two.
    const tell = guarded((view: ResultView<T>) => listener(view));
    this.#listeners.add(tell);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      if (this.#listeners.delete(tell) && this.#listeners.size === 0) this.#end();
    };
  };

  #start(): void {
    this.#context.backend.watch(this.#record);
    this.#stop = this.#record.subscribe(() => {
      const before = this.#seen?.view;
      const view = this.get();
      if (view !== before) for (const listener of [...this.#listeners]) listener(view);
    });
  }

  #end(): void {
    this.#stop?.();
    this.#stop = undefined;
    if (!this.#record.used && !this.#record.wanted) this.#context.backend.unwatch(this.#record);
  }
}
