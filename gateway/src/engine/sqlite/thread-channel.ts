import { StateBox } from '@celeriac/runtime';
import { closedError, EngineError } from '../engine-parts.ts';
import type {
  LaneCountRow,
  Nudge,
  OpenedRows,
  QueueCount,
  ReadResult,
  Reply,
  Request,
  StoreOperation,
  StoreOptions,
} from './operations.ts';
import { StorageThread } from './storage-thread.ts';
import { fromStoredText } from './text.ts';

/** The callers that wait for the answers to a request. */
export interface Requester {
  readonly request: Request;
  apply(results: Extract<Reply, readonly ['applied', ...unknown[]]>[1]): void;
  commit(reads: ReadResult[]): void;
  fail(error: Error): void;
}

/**
 * What was asked of the storage thread and is not answered yet. The thread answers requests in order, twice each,
 * so two queues are all there is to know.
 *
 * Ends once: by `close`, or by the first failure, which everybody who waits is told.
 */
export class ThreadChannel {
  readonly #failed = Promise.withResolvers<Error>();
  readonly failed = this.#failed.promise;
  /** Why there is no room for further tasks; `null` where there is. */
  readonly shortage = new StateBox<string | null>(null);
  /** How many tasks wait in each queue that has some. */
  readonly queues = new Map<string, number>();
  /** In how many lanes tasks wait. */
  lanes = 0;
  readonly #file: string;
  readonly #thread: StorageThread;
  readonly #tellUnblocked: (lanes: readonly LaneCountRow[]) => void;
  readonly #unapplied: Requester[] = [];
  readonly #uncommitted: Requester[] = [];
  readonly #opened = Promise.withResolvers<OpenedRows>();
  #failure: Error | undefined;
  #closed = false;
  #commits = 0;
  /** Those who wait for a copy of the store. */
  readonly #copies: { resolve(bytes: number): void; reject(error: Error): void }[] = [];

  /** @param tellUnblocked which lanes got ready tasks of a gate; before the answers of the request that brought it about */
  constructor(options: StoreOptions, tellUnblocked: (lanes: readonly LaneCountRow[]) => void) {
    this.#tellUnblocked = tellUnblocked;
    this.#file = options.file;
    this.#opened.promise.catch(ignore);
    this.#thread = new StorageThread(options, {
      reply: (reply) => this.#receive(reply),
      exit: (cause) => this.#exited(cause),
    });
  }

  /** Transactions that were committed. */
  get commits(): number {
    return this.#commits;
  }

  /** Whether something was sent that is not committed. */
  get waiting(): boolean {
    return this.#uncommitted.length > 0;
  }

  opened(): Promise<OpenedRows> {
    return this.#opened.promise;
  }

  send(requester: Requester): void {
    if (this.#failure !== undefined) {
      requester.fail(this.#failure);
      return;
    }
    this.#thread.send(requester.request);
    this.#unapplied.push(requester);
    this.#uncommitted.push(requester);
  }

  /** Has the thread look whether there is room again, or whether the store is still there. */
  nudge(nudge: Nudge): void {
    if (this.#failure === undefined) this.#thread.send(nudge);
  }

  /** One after the other. @throws EngineError */
  backup(file: string): Promise<number> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#copies.push({ resolve, reject });
      this.#thread.send({ backup: file });
    });
  }

  /** Resolves when the thread is gone: after what was sent is committed, or after the failure. */
  async ended(): Promise<void> {
    await this.#thread.ended;
  }

  #receive(reply: Reply): void {
    switch (reply[0]) {
      case 'opened':
        this.#count(reply[1].waiting);
        this.lanes = reply[1].lanes;
        this.#opened.resolve(reply[1]);
        return;
      case 'applied':
        this.#count(reply[2]);
        this.lanes = reply[4];
        if (reply[3].length > 0) this.#tellUnblocked(reply[3]);
        this.#unapplied.shift()?.apply(reply[1]);
        return;
      case 'committed': {
        const reads = [...reply[2]];
        if (reply[3]) this.#commits += 1;
        for (const requester of this.#uncommitted.splice(0, reply[1])) requester.commit(reads);
        return;
      }
      case 'shortage':
        this.shortage.set(reply[1]);
        return;
      case 'copied':
        this.#copies.shift()?.resolve(reply[1]);
        return;
      case 'notCopied':
        this.#copies.shift()?.reject(new EngineError(reply[1]));
        return;
      case 'closed':
        this.#closed = true;
        for (const { reject } of this.#copies.splice(0)) reject(closedError());
        return;
      case 'failed':
        this.#fail(new EngineError(reply[1]));
        return;
      default:
        reply satisfies never;
    }
  }

  #count(changes: readonly QueueCount[]): void {
    for (const [text, count] of changes) {
      const queue = fromStoredText(text);
      if (count === 0) this.queues.delete(queue);
      else this.queues.set(queue, count);
    }
  }

  #exited(cause: Error | undefined): void {
    if (this.#closed) return;
    this.#fail(
      new EngineError(`the storage thread of ${this.#file} ended: ${cause?.message ?? 'killed'}`, { cause }),
    );
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#opened.reject(error);
    this.#unapplied.length = 0;
    for (const requester of this.#uncommitted.splice(0)) requester.fail(error);
    for (const { reject } of this.#copies.splice(0)) reject(error);
    this.#failed.resolve(error);
    // It may still hold the file.
    void this.#thread.kill();
  }
}

function ignore(): void {}

/** A request that nobody waits for. */
export function silent(request: readonly StoreOperation[]): Requester {
  return { request, apply() {}, commit() {}, fail() {} };
}
