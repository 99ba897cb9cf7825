import { existsSync } from 'node:fs';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { entryFile, ownThreadFlags } from '@celeriac/runtime';
import type { Reply, Sent, StoreOptions } from './operations.ts';
import { THREAD_SOURCE } from './thread-source.ts';

/** Rows live for one message: a larger nursery only holds on to memory. */
const YOUNG_MB = 12;

export interface StorageThreadEvents {
  reply(reply: Reply): void;
  /** Ended; `cause` when it threw. */
  exit(cause: Error | undefined): void;
}

/** The main thread's end of the storage thread. */
export class StorageThread {
  readonly #worker: Worker;
  readonly ended: Promise<void>;

  constructor(options: StoreOptions, events: StorageThreadEvents) {
    this.#worker = startThread({
      workerData: options,
      name: 'celeriac-store',
      execArgv: [...ownThreadFlags(process.execArgv)],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker.on('message', (reply: Reply) => events.reply(reply));
    let cause: Error | undefined;
    this.#worker.on('error', (error) => {
      cause = error instanceof Error ? error : new Error(String(error));
    });
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        events.exit(cause);
        resolve();
      });
    });
  }

  send(what: Sent): void {
    this.#worker.postMessage(what);
  }

  /** Ends it at once; what it has not committed is undone when the file is next opened. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Started from its file, or in a bundle, which has no other files, from its source text. */
function startThread(options: WorkerOptions): Worker {
  const entry = entryFile(import.meta.url, 'storage-thread', 'thread', existsSync);
  return entry === undefined
    ? new Worker(THREAD_SOURCE, { ...options, eval: true })
    : new Worker(entry, options);
}
