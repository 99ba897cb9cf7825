import { fileURLToPath } from 'node:url';
import { LOADING, type LoadingSlot } from '@celeriac/client/hosting';
import { CeleriacError } from '@celeriac/protocol';
import type { Clock, Timer } from '@celeriac/runtime';
import type { Logger } from 'pino';
import { explainLoadFailure } from './load-failure.ts';

/** When it is told that a file has not finished loading; told again after twice as long, and so on. */
const TELL_AFTER_MS = 5_000;
/** A file that has not loaded by then never will. A child of a pool is given a little longer, so that it can tell. */
export const LOAD_TIMEOUT_MS = 50_000;
/** Waits that one line names. */
const NAMED = 3;

/** A task file could not be loaded. The message says why and where, and what to do about it where that is known. */
export class TaskFileError extends CeleriacError {
  override readonly name: string = 'TaskFileError';
  declare readonly code: 'TASK_FILE';
  constructor(message: string, because: ErrorOptions = {}) {
    super('TASK_FILE', message, because);
  }
}

export interface LoadingParts {
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Imports a task file, and reports it if that takes long: the file may wait at its top level for a task, but no task runs
 * before its file has loaded.
 * @param url of the file
 * @returns what it exports
 * @throws TaskFileError if it cannot be loaded, waits for too long, or waits for something that can no longer happen
 * @example const apps = await loadTasks('./tasks.ts');
 */
export async function loadTasks(
  url: string,
  { clock, log }: LoadingParts,
): Promise<Readonly<Record<string, unknown>>> {
  const waits = new Waits();
  let timer: Timer | undefined;
  let give: (error: TaskFileError) => void = () => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    give = reject;
  });
  const tell = (ms: number): void => {
    timer = clock.after(ms, () => {
      log.warn({ file: url, waitsFor: waits.named }, `the task file has not finished loading${waits.text}`);
      tell(ms * 2);
    });
  };
  const bound = clock.after(LOAD_TIMEOUT_MS, () =>
    give(new TaskFileError(`it has not finished loading in ${LOAD_TIMEOUT_MS / 1_000} s${waits.text}`)),
  );
  const empty = (): void =>
    give(
      new TaskFileError(`it never finishes loading: nothing is left that could end its wait${waits.text}`),
    );
  process.once('beforeExit', empty);
  const end = waits.watch();
  tell(TELL_AFTER_MS);
  try {
    return await Promise.race([importFrom(url), givenUp]);
  } finally {
    end();
    timer?.cancel();
    bound.cancel();
    process.off('beforeExit', empty);
  }
}

async function importFrom(url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const exports: Readonly<Record<string, unknown>> = await import(url);
    return exports;
  } catch (error) {
    const { text, remedy } = explainLoadFailure(error, url.startsWith('file:') ? fileURLToPath(url) : url);
    throw new TaskFileError(remedy === undefined ? text : `${text}; ${remedy}`, { cause: error });
  }
}

/** What is awaited of tasks while a file loads. */
class Waits {
  readonly #open = new Set<{ readonly what: string }>();

  /** @returns how to end it */
  watch(): () => void {
    const slot = globalThis as LoadingSlot;
    const before = slot[LOADING];
    slot[LOADING] = (what) => {
      const wait = { what };
      this.#open.add(wait);
      return () => this.#open.delete(wait);
    };
    return () => {
      slot[LOADING] = before;
    };
  }

  get named(): readonly string[] {
    return [...this.#open].slice(0, NAMED).map(({ what }) => what);
  }

  get text(): string {
    const more = this.#open.size - NAMED;
    if (this.#open.size === 0) return ': something that it awaits at its top level never happens';
    return `: it waits at its top level for ${this.named.join(', ')}${more > 0 ? ` and ${more} more` : ''}, and no task of this file runs before it has loaded`;
  }
}
