import { closeSync, existsSync, linkSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { SECOND_NAME } from './marks.ts';
import { StoreError } from './store-error.ts';

/**
 * Where the files of an open store are. A file that is deleted or moved away stays open, and takes what is written into it: so it is
 * looked, before anything is said to be kept, whether what is found under their names are still the same files. One that is
 * overwritten is the same file: its head tells, which nobody but SQLite changes, and only while something is committed.
 */
export class StoreFiles {
  readonly #store: string;
  readonly #log: string;
  readonly #storeId: string;
  readonly #logId: string;
  /** Closed when SQLite has closed the store: before that it would give up SQLite's lock. */
  readonly #handle: number;
  #head: Buffer;

  /** Of a store that is open and has a log, which gets its second name. */
  constructor(store: string) {
    nameTwice(store);
    this.#store = store;
    this.#log = `${store}-wal`;
    this.#storeId = identityOf(this.#store);
    this.#logId = identityOf(this.#log);
    this.#handle = openSync(store, 'r');
    this.#head = this.#readHead();
  }

  #readHead(): Buffer {
    const head = Buffer.alloc(HEAD);
    return head.subarray(0, readSync(this.#handle, head, 0, HEAD, 0));
  }

  get #isOverwritten(): boolean {
    return !this.#readHead().equals(this.#head);
  }

  get #isLogGone(): boolean {
    return identityOf(this.#log) !== this.#logId;
  }

  /** After the store was marked as shut. One that came into its place has another log, or none. */
  leave(): void {
    if (existsSync(this.#store) && this.#isStoreGone && !this.#isLogGone) rmSync(this.#log, { force: true });
    rmSync(this.#store + SECOND_NAME, { force: true });
  }

  get #isStoreGone(): boolean {
    return identityOf(this.#store) !== this.#storeId;
  }

  /** When SQLite has closed the store. */
  closed(): void {
    closeSync(this.#handle);
  }

  /**
   * Closes a store that was overwritten or emptied, and leaves it and its log as they are: into one that is not found under its name
   * SQLite moves nothing, and a few pages of the log would look like a store, or spoil a backup that was put there.
   * @returns whether it was
   */
  closeOverwritten(close: () => void): boolean {
    if (!this.#isOverwritten) return false;
    const aside = `${this.#store}.aside`;
    renameSync(this.#store, aside);
    try {
      close();
    } finally {
      renameSync(aside, this.#store);
    }
    return true;
  }

  /** Before a commit. @throws StoreError where something else has written into the store */
  checkHead(): void {
    if (this.#isOverwritten) throw this.#lost();
  }

  /** After a commit, which may have moved the log into the store. */
  committed(): void {
    this.#head = this.#readHead();
    this.check();
  }

  #lost(): StoreError {
    return new StoreError(
      `task store ${this.#store} was deleted, emptied, overwritten, moved or replaced while it was open; nothing more is accepted`,
    );
  }

  /** @throws StoreError */
  check(): void {
    if (this.#isStoreGone) throw this.#lost();
    if (this.#isLogGone) {
      throw new StoreError(
        `the log ${this.#log} was deleted, emptied or moved while the task store was open; nothing more is accepted; all that was accepted is in the store`,
      );
    }
  }
}

const HEAD = 100;

/** A file system that has no second names for files has none for this one: then only a store that was closed is known to be whole. */
function nameTwice(store: string): void {
  const [log, second] = [`${store}-wal`, store + SECOND_NAME];
  if (identityOf(log) === identityOf(second)) return;
  try {
    rmSync(second, { force: true });
    linkSync(log, second);
  } catch {}
}

/** Empty where there is no file, or one with nothing in it. Asked twice for each commit: two microseconds for both. */
function identityOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined || stats.size === 0 ? '' : `${stats.dev}:${stats.ino}`;
}
