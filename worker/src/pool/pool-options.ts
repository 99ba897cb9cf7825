/** The options of `createWorker` that say where bodies run. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PoolKind } from '@celeriac/protocol';
import { OptionError } from '@celeriac/protocol';
import { type OptionReader, type OptionsRead, option } from '@celeriac/protocol/internal';

/**
 * The pools that there are.
 * @internal
 */
export const POOLS: readonly PoolKind[] = ['inline', 'threads', 'processes'];

/** The options of {@link WorkerOptions} that concern its pool. */
export interface PoolOptions {
  /**
   * Where bodies run. `inline`: in the worker's own event loop, for tasks that mostly wait. `threads` and `processes`:
   * each body in its own thread or process, for tasks that compute; there a time limit, or a revoke with `terminate`, ends a
   * body whatever it does. A body that crashes ends its process; with `threads` that is the worker.
   * @default `'inline'`
   */
  readonly pool?: PoolKind | null | undefined;
  /**
   * The module or modules that export the apps, for threads and processes to load: paths from here, or file URLs.
   * @default none; needed for threads and processes
   */
  readonly tasks?: string | URL | readonly (string | URL)[] | null | undefined;
  /**
   * How many runs after which a thread or process is replaced.
   * @default never
   */
  readonly maxTasksPerChild?: number | null | undefined;
  /**
   * Replaces a thread or process that has more than this after a run: bytes, or `'200mb'` (kb, mb or gb, of 1,024). A
   * process is measured by its resident memory, a thread by its heap.
   * @default never
   */
  readonly maxMemoryPerChild?: number | string | null | undefined;
}

export interface PoolSettings {
  readonly kind: PoolKind;
  /** File URLs; empty for `inline`, which needs none. */
  readonly files: readonly string[];
  readonly maxTasksPerChild: number | undefined;
  readonly maxMemoryPerChild: number | undefined;
}

const INLINE_CONCURRENCY = 16;

/** Bodies that wait cost little beside each other; bodies that compute want a processor each. */
export function defaultConcurrency(kind: PoolKind): number {
  return kind === 'inline' ? INLINE_CONCURRENCY : availableParallelism();
}

export const POOL = {
  pool: option.oneOf(POOLS),
  tasks: readFiles,
  maxTasksPerChild: option.integer(1),
  maxMemoryPerChild: option.bytes(),
} satisfies { readonly [Name in keyof Required<PoolOptions>]: OptionReader<unknown> };

/** @throws OptionError for one that does not go with the kind of pool */
export function poolOf(options: OptionsRead<typeof POOL>): PoolSettings {
  const { pool: kind = 'inline', tasks: files = [], maxTasksPerChild, maxMemoryPerChild } = options;
  if (kind === 'inline') {
    for (const [name, value] of Object.entries({ maxTasksPerChild, maxMemoryPerChild }))
      if (value !== undefined)
        throw new OptionError(name, `${name} needs pool 'threads' or 'processes': inline has no children`);
    return { kind, files: [], maxTasksPerChild, maxMemoryPerChild };
  }
  if (files.length > 0) return { kind, files, maxTasksPerChild, maxMemoryPerChild };
  throw new OptionError(
    'tasks',
    `pool '${kind}' needs the option tasks, the file that exports the app: its ${kind} load it themselves`,
  );
}

function readFiles(given: unknown, name: string): readonly string[] {
  return (Array.isArray(given) ? given : [given]).map((file: unknown) => {
    if (file instanceof URL && file.protocol === 'file:') return file.href;
    if (typeof file === 'string' && file.startsWith('file:') && URL.canParse(file)) return file;
    if (typeof file === 'string' && file !== '') return pathToFileURL(resolve(file)).href;
    throw option.expected(name, 'paths or file URLs', file);
  });
}
