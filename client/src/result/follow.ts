/** Loops over what becomes of a task. */

import type { SignalOptions } from '@celeriac/runtime';
import { readSignalOf } from '@celeriac/runtime/calling';
import type { RecordChange } from '../record/changes.ts';
import type { TaskRecord } from '../record/task-record.ts';
import { endingError } from './ending.ts';
import type { ResultContext, TaskBackend } from './result-context.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import { endingAfter, isNews } from './waiting.ts';

/**
 * Every change from here on, the present state first when it is known. States are never left out; a progress
 * that has not been taken yet is replaced by the next one. Ends after the terminal snapshot.
 */
export async function* followUpdates<T>(
  record: TaskRecord,
  { backend, reading }: ResultContext,
  options: SignalOptions,
): AsyncGenerator<Snapshot<T>, void> {
  const signal = readSignalOf(options, 'updates()');
  signal?.throwIfAborted();
  const untaken: { readonly change: RecordChange; readonly snapshot: Snapshot<T> }[] = [];
  const keep = (change: RecordChange): void => {
    if (!isNews(change)) return;
    if (change === 'progress' && untaken.at(-1)?.change === 'progress') untaken.pop();
    untaken.push({ change, snapshot: takeSnapshot<T>(record, reading) });
  };
  const news = new TaskNews(record, backend, signal, keep);
  if (record.facts.known && news.heard) keep('state');
  try {
    while (true) {
      for (let next = untaken.shift(); next !== undefined; next = untaken.shift()) {
        signal?.throwIfAborted();
        yield next.snapshot;
      }
      signal?.throwIfAborted();
      const ending = endingAfter(news.latest, record, news.heard);
      if (ending === 'ended') return;
      if (ending !== undefined) throw endingError(ending, record, backend);
      await news.wait();
    }
  } finally {
    news.stop();
  }
}

/** Wakes a loop that follows a task: when the task changes, or the signal aborts. */
export class TaskNews {
  readonly stop: () => void;
  /** What came last. */
  latest: RecordChange = 'synced';
  /** Whether the gateway has said anything of the task since the loop began, or need not be asked. */
  heard: boolean;
  #resolve: (() => void) | undefined;
  #any = false;

  constructor(
    record: TaskRecord,
    backend: TaskBackend,
    signal: AbortSignal | undefined,
    listener?: (change: RecordChange) => void,
  ) {
    this.heard = !backend.watch(record);
    if (backend.unreachable && record.standing !== 'unconfirmed') this.latest = 'unreachable';
    const unsubscribe = record.subscribe((change) => {
      this.heard = true;
      this.latest = change;
      listener?.(change);
      this.wake();
    });
    signal?.addEventListener('abort', this.wake);
    this.stop = () => {
      signal?.removeEventListener('abort', this.wake);
      unsubscribe();
    };
  }

  readonly wake = (): void => {
    this.#any = true;
    this.#resolve?.();
  };

  /** Resolves when anything has happened since the last wait. */
  async wait(): Promise<void> {
    if (!this.#any)
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
    this.#any = false;
  }
}
