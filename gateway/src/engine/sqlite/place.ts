import { existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { sizeOf } from './log-file.ts';
import { SECOND_NAME } from './marks.ts';
import { StoreError } from './store-error.ts';

/**
 * Where the files of an open store are. A file that is deleted or moved away stays open, and takes what is written into it: so it is
 * looked, before anything is said to be kept, whether what is found under their names are still the same files.
 */
export class Place {
  readonly #store: string;
  readonly #log: string;
  readonly #storeId: string;
  readonly #logId: string;

  /** Of a store that is open and has a log, which gets its second name. */
  constructor(store: string) {
    nameTwice(store);
    this.#store = store;
    this.#log = `${store}-wal`;
    this.#storeId = identityOf(this.#store);
    this.#logId = identityOf(this.#log);
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

  /**
   * Puts a store that was emptied out of the way: what SQLite would move into it from the log are a few pages, which would look like one.
   * @returns whether it was
   */
  putAside(): boolean {
    if (!existsSync(this.#store) || sizeOf(this.#store) > 0) return false;
    renameSync(this.#store, `${this.#store}.emptied`);
    return true;
  }

  /** @throws StoreError */
  check(): void {
    if (this.#isStoreGone) {
      throw new StoreError(
        `task store ${this.#store} was deleted, emptied, moved or replaced while it was open; nothing more is accepted`,
      );
    }
    if (this.#isLogGone) {
      throw new StoreError(
        `the log ${this.#log} was deleted, emptied or moved while the task store was open; nothing more is accepted, and what was is in the store`,
      );
    }
  }
}

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
