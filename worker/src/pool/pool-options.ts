/** The options of `createWorker` that say where bodies run. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OptionError, type PoolKind, show } from '@celeriac/protocol';

/**
 * The pools that there are.
 * @internal
 */
export const POOLS: readonly PoolKind[] = ['inline', 'threads', 'processes'];

/** Where a worker runs bodies: those of {@link WorkerOptions} that are about its pool. */
export interface PoolOptions {
  /**
   * Where bodies run. `inline`: in the worker's own event loop, for tasks that mostly wait. `threads` and `processes`:
   * each in a thread or process of its own, for tasks that compute; there a time limit, or a revoke with `terminate`,
   * ends a body whatever it does. A body that crashes takes its process with it, or with `threads` the worker's.
   * @default `'inline'`
   */
  readonly pool?: PoolKind | undefined;
  /**
   * The module or modules that export the apps, for threads and processes to load: paths from here, or file URLs.
   * @default none; needed for threads and processes
   */
  readonly tasks?: string | URL | readonly (string | URL)[] | undefined;
  /**
   * Runs after which a thread or process is replaced by a fresh one.
   * @default never
   */
  readonly maxTasksPerChild?: number | undefined;
  /**
   * Replaces a thread or process that has more than this after a run: bytes, or `'200mb'` (kb, mb or gb, of 1,024). A
   * process is measured by its resident memory, a thread by its heap.
   * @default never
   */
  readonly maxMemoryPerChild?: number | string | undefined;
}

export interface PoolSettings {
  readonly kind: PoolKind;
  /** File URLs; empty for `inline`, which needs none. */
  readonly files: readonly string[];
  readonly maxTasksPerChild: number | undefined;
  readonly maxMemoryPerChild: number | undefined;
}

const INLINE_CONCURRENCY = 16;
const UNITS: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** Bodies that wait cost little beside each other; bodies that compute want a processor each. */
export function defaultConcurrency(kind: PoolKind): number {
  return kind === 'inline' ? INLINE_CONCURRENCY : availableParallelism();
}

/** @throws OptionError naming the option that makes no sense */
export function readPoolOptions(options: PoolOptions): PoolSettings {
  const { pool: kind = 'inline', tasks, maxTasksPerChild, maxMemoryPerChild } = options;
  if (!POOLS.includes(kind))
    throw new OptionError('pool', `expected pool to be one of ${POOLS.join(', ')}, got: ${show(kind)}`);
  const children = { maxTasksPerChild, maxMemoryPerChild };
  for (const [option, value] of Object.entries(children)) {
    if (kind === 'inline' && value !== undefined)
      throw new OptionError(option, `${option} needs pool 'threads' or 'processes': inline has no children`);
  }
  return {
    kind,
    files: kind === 'inline' ? [] : readFiles(tasks, kind),
    maxTasksPerChild: maxTasksPerChild === undefined ? undefined : readRuns(maxTasksPerChild),
    maxMemoryPerChild: maxMemoryPerChild === undefined ? undefined : readBytes(maxMemoryPerChild),
  };
}

function readFiles(tasks: PoolOptions['tasks'], kind: PoolKind): readonly string[] {
  const given: readonly unknown[] = Array.isArray(tasks) ? tasks : tasks === undefined ? [] : [tasks];
  if (given.length === 0) {
    throw new OptionError(
      'tasks',
      `pool '${kind}' needs tasks, the file that exports the app: its ${kind} load it themselves`,
    );
  }
  return given.map(toFileUrl);
}

function toFileUrl(file: unknown): string {
  if (file instanceof URL && file.protocol === 'file:') return file.href;
  if (typeof file === 'string' && file.startsWith('file:') && URL.canParse(file)) return file;
  if (typeof file === 'string' && file !== '') return pathToFileURL(resolve(file)).href;
  throw new OptionError('tasks', `expected tasks to be paths or file URLs, got: ${show(file)}`);
}

function readRuns(value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new OptionError(
    'maxTasksPerChild',
    `expected maxTasksPerChild to be a whole number from 1, got: ${show(value)}`,
  );
}

function readBytes(value: number | string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmg]b)?$/i.exec(String(value).trim()) ?? [];
  const bytes = Number(number) * (UNITS[unit.toLowerCase()] ?? 1);
  if (number !== '' && bytes >= 1) return Math.round(bytes);
  throw new OptionError(
    'maxMemoryPerChild',
    `expected maxMemoryPerChild to be bytes or a size such as '200mb', got: ${show(value)}`,
  );
}
