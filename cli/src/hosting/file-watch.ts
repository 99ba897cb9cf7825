import { type FSWatcher, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock, Timer } from '@celeriac/runtime';

/** An editor writes a file in several steps, and a checkout many files. */
const SETTLE_MS = 100;
/** Folders that are watched at a time: each takes a handle of the system's. */
const FOLDERS = 1_000;

/** Calls back when any of its files has changed, appeared or gone. Watches their folders, since saving a file may replace it. */
export class FileWatch {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #changed: () => void;
  readonly #files = new Set<string>();
  readonly #folders = new Map<string, FSWatcher>();
  #settling: Timer | undefined;

  constructor(clock: Pick<Clock, 'after'>, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Idempotent. A file whose folder is not there, or is one too many, is not watched. */
  add(file: string): void {
    this.#files.add(file);
    const folder = dirname(file);
    if (this.#folders.has(folder) || this.#folders.size >= FOLDERS) return;
    try {
      const watcher = watch(folder, (_, name) => {
        if (name === null || this.#files.has(join(folder, name))) this.#settle();
      });
      watcher.on('error', () => {
        watcher.close();
        this.#folders.delete(folder);
      });
      this.#folders.set(folder, watcher);
    } catch {
      // Nothing to be told of.
    }
  }

  close(): void {
    this.#settling?.cancel();
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  #settle(): void {
    this.#settling?.cancel();
    this.#settling = this.#clock.after(SETTLE_MS, this.#changed, true);
  }
}
