/** Loops over a task: over what becomes of it, and over its stream. */

import { StreamGapError, StreamRestartedError } from '@celeriac/protocol';
import { option } from '@celeriac/protocol/internal';
import { readSignalOf, readWaitOptions, type SignalOptions } from '@celeriac/runtime';
import { waitOutside } from '../inside.ts';
import type { RecordChange, TaskRecord } from '../record/task-record.ts';
import type { StreamNews } from '../streams/stream-reader.ts';
import type { ResultContext, TaskBackend } from './result-context.ts';
import { GET, type NonNullOptions } from './result-options.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import { endingAfter, endingError, isNews, waitForSuccess } from './waiting.ts';

/** Chunks that are no longer kept. */
export interface StreamGap {
  /** How many. */
  readonly missed: number;
  /** The first of them, counted from 0. */
  readonly from: number;
}

/** The task runs again: its chunks are counted from 0 once more, and those before are of an attempt that did not count. */
export interface StreamRestart {
  /** The new attempt. */
  readonly attempt: number;
  /**
   * Why the one before did not end the task: `retry`, `worker-lost`, …; `restored` where the gateway's store was replaced by an
   * older one, in which the task has not come so far.
   */
  readonly reason: string;
}

/** What `stream()` takes. */
export interface StreamOptions extends SignalOptions {
  /**
   * Called if chunks are missing at this point.
   * @default the loop throws StreamGapError
   */
  readonly onGap?: ((gap: StreamGap) => void) | null | undefined;
  /**
   * Called if the task started again while its stream was read.
   * @default the loop throws StreamRestartedError
   */
  readonly onRestart?: ((restart: StreamRestart) => void) | null | undefined;
  /**
   * False: reading is allowed inside a task too; the task frees its slot meanwhile.
   * @default true
   */
  readonly disableSyncSubtasks?: boolean | null | undefined;
}

const STREAM = {
  onGap: option.callback<(gap: StreamGap) => void>(),
  onRestart: option.callback<(restart: StreamRestart) => void>(),
  signal: GET.signal,
  disableSyncSubtasks: GET.disableSyncSubtasks,
};

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

/**
 * The chunks of a task, in order. Ends when it succeeds.
 * @throws as `get()` does, after the last chunk; StreamGapError, StreamRestartedError
 */
export async function* followStream<Chunk>(
  record: TaskRecord,
  context: ResultContext,
  given: StreamOptions,
): AsyncGenerator<Chunk, void> {
  const options = readWaitOptions(given, STREAM, 'stream()');
  const { backend, reading, hold } = context;
  const { signal, disableSyncSubtasks = true } = options;
  signal?.throwIfAborted();
  const news = new TaskNews(record, backend, signal);
  const source = backend.readStream(record);
  hold.acquire();
  try {
    source.onNews(news.wake);
    while (true) {
      for (let next = source.take(); next !== undefined; next = source.take()) {
        signal?.throwIfAborted();
        if (next.kind === 'chunk')
          yield reading.serializers.decode(next.payload, `chunk ${next.index} of task ${record.id}`) as Chunk;
        else if (next.kind === 'end') return await waitForSuccess(record, context, options);
        else tell(next, record.id, options);
      }
      signal?.throwIfAborted();
      // The stream itself tells when a task ends; only a task that never will is noticed here.
      const ending = endingAfter('synced', record, news.heard);
      if (ending === 'broken' || ending === 'unknown') throw endingError(ending, record, backend);
      await waitOutside(!disableSyncSubtasks, () => news.wait());
    }
  } finally {
    news.stop();
    source.close();
    hold.release();
  }
}

function tell(
  news: Exclude<StreamNews, { readonly kind: 'chunk' | 'end' }>,
  id: string,
  { onGap, onRestart }: NonNullOptions<StreamOptions>,
): void {
  switch (news.kind) {
    case 'gap': {
      const { missed, from } = news;
      if (onGap === undefined) throw new StreamGapError(id, missed, from);
      onGap({ missed, from });
      return;
    }
    case 'restart': {
      const { attempt, reason } = news;
      if (onRestart === undefined) throw new StreamRestartedError(id, attempt, reason);
      onRestart({ attempt, reason });
      return;
    }
    case 'failed':
      throw news.error;
  }
}

/** Wakes a loop that follows a task: when the task changes, or the signal aborts. */
class TaskNews {
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
