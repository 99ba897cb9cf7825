import type { QueueCount } from '../queue-counts.ts';
import type { Operation, Reply, Request, Result, Results } from './operations.ts';
import { isUrgent, isWrite } from './urgency.ts';

/** What {@link GroupCommit} needs of the store. */
export interface Transactions {
  begin(): void;
  /** Returns after fsync. */
  commit(): void;
  execute(operation: Operation): Result;
  takeCounts(): readonly QueueCount[];
}

/**
 * One transaction for all requests that arrived while the last one was committed. Each request is answered as soon
 * as it is executed, before the commit: `applied`. What a `get` has read is told only after the commit of
 * everything that it may have seen.
 *
 * Whatever throws here ends the store: the transaction is in nobody knows what state.
 */
export class GroupCommit {
  readonly #store: Transactions;
  readonly #post: (reply: Reply) => void;
  #open = false;
  #urgent = false;
  #requests = 0;
  #reads: Results['get'][] = [];

  constructor(store: Transactions, post: (reply: Reply) => void) {
    this.#store = store;
    this.#post = post;
  }

  /** Whether somebody waits for the commit. */
  get urgent(): boolean {
    return this.#urgent;
  }

  execute(request: Request): void {
    this.#requests += 1;
    const results = request.map((operation) => this.#execute(operation));
    this.#post(['applied', results, this.#store.takeCounts()]);
    // Nothing to commit, and nothing before it to wait for.
    if (!this.#open) this.#settle(false);
  }

  commit(): void {
    const wrote = this.#open;
    if (wrote) this.#store.commit();
    this.#open = false;
    this.#urgent = false;
    this.#settle(wrote);
  }

  #execute(operation: Operation): Result | null {
    if (isWrite(operation) && !this.#open) {
      this.#store.begin();
      this.#open = true;
    }
    this.#urgent ||= isUrgent(operation);
    const result = this.#store.execute(operation);
    if (operation[0] !== 'get' || !this.#open) return result;
    this.#urgent = true;
    this.#reads.push(result as Results['get']);
    return null;
  }

  #settle(wrote: boolean): void {
    if (this.#requests === 0) return;
    this.#post(['committed', this.#requests, this.#reads, wrote]);
    this.#requests = 0;
    this.#reads = [];
  }
}
