import type {
  LaneCountRow,
  QueueCount,
  ReadResult,
  Reply,
  Request,
  Result,
  StoreOperation,
} from './operations.ts';
import { StoreError } from './store-error.ts';
import { isRead, isUrgent, isWrite } from './urgency.ts';

/** What {@link GroupCommit} needs of the store. */
export interface Transactions {
  begin(): void;
  /** Returns after fsync. @throws DiskFullError where there is no room for it, and nothing of it was kept */
  commit(): void;
  /** @throws DiskFullError likewise */
  execute(operation: StoreOperation): Result;
  takeCounts(): readonly QueueCount[];
  /** In how many lanes tasks wait. */
  readonly lanes: number;
  /** Which lanes got ready tasks by themselves since it was asked last. */
  takeUnblocked(): readonly LaneCountRow[];
  /** @throws StoreError where its files were deleted or moved */
  assertInPlace(): void;
  /** After a DiskFullError: everything is as it was after the last commit, in memory too. */
  rollback(): void;
  /** Gives up what was kept free for this. @returns false where nothing is left to give up */
  releaseReserve(): boolean;
  /** @returns false where there is not enough room yet */
  refillReserve(): boolean;
}

/** The disk has no room for what was to be written. Unlike a failed sync, this leaves no doubt: nothing of it is kept. */
export class DiskFullError extends Error {
  override readonly name: string = 'DiskFullError';
}

/** A request of the open transaction, and what was answered to it, if anything was. */
interface Taken {
  readonly request: Request;
  told: readonly (Result | null)[] | undefined;
}

/**
 * One transaction for all requests that arrived while the last one was committed. Each request is answered as soon
 * as it is executed, before the commit: `applied`. What was read is told only after the commit of
 * everything that it may have seen.
 *
 * A disk without room undoes the transaction, though its requests are answered already. They are done again, in their order, on
 * the same rows, so with the same answers: with what was kept in reserve, or, when that is used up, once there is room
 * again; until then whatever arrives waits. Whatever else throws here ends the store: the transaction is in nobody
 * knows what state.
 */
export class GroupCommit {
  readonly #store: Transactions;
  readonly #post: (reply: Reply) => void;
  #open = false;
  #urgent = false;
  #taken: Taken[] = [];
  #reads: ReadResult[] = [];
  /** Why there is no room; further inserts are to be refused. */
  #shortage: string | undefined;
  /** The open transaction was undone, and waits to be done again. */
  #waiting = false;

  constructor(store: Transactions, post: (reply: Reply) => void) {
    this.#store = store;
    this.#post = post;
  }

  /** Whether somebody waits for the commit. */
  get urgent(): boolean {
    return this.#urgent && !this.#waiting;
  }

  /** Whether there is something to commit. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Whether what was taken waits for room on the disk. */
  get waiting(): boolean {
    return this.#waiting;
  }

  execute(request: Request): void {
    const taken: Taken = { request, told: undefined };
    this.#taken.push(taken);
    if (this.#waiting) return;
    this.#guarded(() => {
      this.#do(taken);
      // Nothing to commit, and nothing before it to wait for.
      if (!this.#open) this.#settle(false);
    });
  }

  commit(): void {
    if (!this.#waiting) this.#guarded(() => this.#finish());
  }

  /** Looks whether there is room again. */
  recover(): void {
    if (this.#shortage === undefined) return;
    if (this.#waiting) this.#guarded(() => this.#doAgain());
    if (this.#waiting || !this.#store.refillReserve()) return;
    this.#shortage = undefined;
    this.#post(['shortage', null]);
  }

  /** Looks whether the store is still where it was. */
  look(): void {
    this.#store.assertInPlace();
  }

  /** The reserve could not be made at start. */
  begunShort(why: string): void {
    this.#shortage = why;
    this.#post(['shortage', why]);
  }

  /** @throws StoreError for what waits, when the store is closed: it is not kept */
  close(): void {
    if (this.#waiting) this.#doAgainOrFail();
    this.commit();
  }

  #do(taken: Taken): void {
    const results = taken.request.map((operation) => this.#execute(operation));
    if (taken.told === undefined)
      this.#post([
        'applied',
        results,
        this.#store.takeCounts(),
        this.#store.takeUnblocked(),
        this.#store.lanes,
      ]);
    else if (JSON.stringify(results) !== JSON.stringify(taken.told))
      throw new StoreError('repeated after the disk was full, a request had another answer');
    taken.told = results;
  }

  #finish(): void {
    const wrote = this.#open;
    if (wrote) this.#store.commit();
    this.#open = false;
    this.#urgent = false;
    this.#settle(wrote);
  }

  #doAgain(): void {
    this.#waiting = false;
    for (const taken of this.#taken) this.#do(taken);
    this.#finish();
  }

  #doAgainOrFail(): void {
    try {
      this.#doAgain();
    } catch (error) {
      throw error instanceof DiskFullError ? new StoreError(error.message, { cause: error }) : error;
    }
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof DiskFullError)) throw error;
      this.#undo(error);
    }
  }

  #undo(error: DiskFullError): void {
    this.#store.rollback();
    this.#open = false;
    this.#urgent = false;
    this.#reads = [];
    this.#waiting = true;
    if (this.#shortage === undefined) {
      this.#shortage = error.message;
      this.#post(['shortage', error.message]);
    }
    if (this.#store.releaseReserve()) this.#guarded(() => this.#doAgain());
  }

  #execute(operation: StoreOperation): Result | null {
    if (isWrite(operation) && !this.#open) {
      this.#store.begin();
      this.#open = true;
    }
    this.#urgent ||= isUrgent(operation);
    const result = this.#store.execute(operation);
    if (!isRead(operation) || !this.#open) return result;
    this.#urgent = true;
    this.#reads.push(result as ReadResult);
    return null;
  }

  #settle(wrote: boolean): void {
    if (this.#taken.length === 0) return;
    this.#post(['committed', this.#taken.length, this.#reads, wrote]);
    this.#taken = [];
    this.#reads = [];
  }
}
