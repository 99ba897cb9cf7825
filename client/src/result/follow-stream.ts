/** The loop over a task's stream: chunks in order, and how it ends. */

import { StreamGapError, StreamRestartedError } from '@celeriac/protocol';
import { option } from '@celeriac/protocol/internal';
import { readWaitOptions, type SignalOptions } from '@celeriac/runtime';
import { waitOutside } from '../inside.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { StreamNews } from '../streams/chunk-source.ts';
import type { ResultContext } from './result-context.ts';
import { GET, type NonNullOptions } from './result-options.ts';
import { endingAfter, endingError, waitForSuccess } from './waiting.ts';

/** Chunks that are not kept any more. */
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
   * Chunks are missing where the loop is now.
   * @default the loop throws StreamGapError
   */
  readonly onGap?: ((gap: StreamGap) => void) | null | undefined;
  /**
   * The task began anew while it was read.
   * @default the loop throws StreamRestartedError
   */
  readonly onRestart?: ((restart: StreamRestart) => void) | null | undefined;
  /**
   * False: reading is allowed inside a task as well; the task lends its slot to others meanwhile.
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

export async function* followStream<Chunk>(
  record: TaskRecord,
  context: ResultContext,
  given: StreamOptions,
): AsyncGenerator<Chunk, void> {
  const options = readWaitOptions(given, STREAM, 'stream()');
  const { backend, reading, hold } = context;
  const { signal, disableSyncSubtasks = true } = options;
  signal?.throwIfAborted();
  const news = new NewsOf(record, context);
  const source = backend.readStream(record);
  hold.acquire();
  try {
    source.onNews(() => news.wake());
    signal?.addEventListener('abort', news.wake);
    while (true) {
      for (let next = source.take(); next !== undefined; next = source.take()) {
        signal?.throwIfAborted();
        if (next.kind === 'chunk')
          yield reading.serializers.decode(next.payload, `chunk ${next.index} of task ${record.id}`) as Chunk;
        else if (next.kind === 'end') return await waitForSuccess(record, context, options);
        else tell(next, record.id, options);
      }
      signal?.throwIfAborted();
      news.check();
      await waitOutside(!disableSyncSubtasks, () => news.wait());
    }
  } finally {
    signal?.removeEventListener('abort', news.wake);
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

/** Waits for chunks, and for whatever says that none will come. */
class NewsOf {
  readonly #record: TaskRecord;
  readonly #context: ResultContext;
  readonly stop: () => void;
  /** Whether what is known of the task was said since. */
  #heard: boolean;
  #resolve: (() => void) | undefined;
  #any = false;

  constructor(record: TaskRecord, context: ResultContext) {
    this.#record = record;
    this.#context = context;
    this.#heard = !context.backend.watch(record);
    this.stop = record.subscribe(() => {
      this.#heard = true;
      this.wake();
    });
  }

  readonly wake = (): void => {
    this.#any = true;
    this.#resolve?.();
  };

  /** @throws for a task that was never accepted, is lost, or is unknown; the end of one that is there is the stream's */
  check(): void {
    const ending = endingAfter('synced', this.#record, this.#heard);
    if (ending === 'broken' || ending === 'unknown')
      throw endingError(ending, this.#record, this.#context.backend);
  }

  async wait(): Promise<void> {
    if (!this.#any) {
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
    }
    this.#any = false;
  }
}
