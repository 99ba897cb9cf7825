import { StreamGapError, StreamRestartedError } from '@celeriac/protocol';
import { option } from '@celeriac/protocol/internal';
import { readWaitOptions, type SignalOptions } from '@celeriac/runtime';
import { Streams } from '../connection/streams.ts';
import { waitOutside } from '../inside.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { StreamNews } from '../streams/stream-reader.ts';
import { endingError } from './ending.ts';
import { TaskNews } from './follow.ts';
import type { ResultContext } from './result-context.ts';
import { GET, type NonNullOptions } from './result-options.ts';
import { endingAfter, waitForSuccess } from './waiting.ts';

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
  const source = backend.readStream(record, (ready, ask) => new Streams(ready, ask));
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
