import { OptionError, type PoolKind, show } from '@celeriac/protocol';
import { POOLS, type QueueShares, type WorkerOptions } from '@celeriac/worker';
import type { Logger } from 'pino';
import type { Flag, Values } from './flag.ts';
import { readCount, readDuration, readList, readText } from './readers.ts';

const queuesFlag: Flag<QueueShares> = {
  flag: 'queues',
  value: 'QUEUES',
  help: 'queues to take tasks from, separated by commas; media=3,default=1 gives media three quarters of the room',
  default: ['default'],
  many: true,
  parse: readQueues,
};

const concurrencyFlag: Flag<number | undefined> = {
  flag: 'concurrency',
  value: 'NUMBER',
  help: 'tasks that run at the same time; default: 16 inline, else the number of processors',
  default: undefined,
  parse: readCount,
};

const autoscaleFlag: Flag<readonly [number, number] | undefined> = {
  flag: 'autoscale',
  value: 'MIN,MAX',
  help: 'lets the concurrency follow the load between two bounds, instead of --concurrency',
  default: undefined,
  parse: readBounds,
};

const prefetchFlag: Flag<number | undefined> = {
  flag: 'prefetch',
  value: 'NUMBER',
  help: 'tasks held here beyond those that run; default: as many as end in a tenth of a second',
  default: undefined,
  parse: readCount,
};

const poolFlag: Flag<PoolKind> = {
  flag: 'pool',
  value: 'POOL',
  help: "where tasks run: inline is the worker's own event loop, threads and processes give each one of its own",
  default: 'inline',
  parse: readPool,
};

const maxTasksPerChildFlag: Flag<number | undefined> = {
  flag: 'max-tasks-per-child',
  value: 'NUMBER',
  help: 'tasks after which a thread or process is replaced by a fresh one; default: never',
  default: undefined,
  parse: readCount,
};

const maxMemoryPerChildFlag: Flag<string | undefined> = {
  flag: 'max-memory-per-child',
  value: 'SIZE',
  help: 'replaces a thread or process that has more than this after a task, such as 200mb; default: never',
  default: undefined,
  parse: readText,
};

const nameFlag: Flag<string | undefined> = {
  flag: 'name',
  value: 'NAME',
  help: 'unique among workers; default: host, process id and a random part',
  default: undefined,
  parse: readText,
};

const importFlag: Flag<readonly string[]> = {
  flag: 'import',
  value: 'MODULE',
  help: 'module to load before the file, here and in every thread and process, such as tsx for TypeScript that Node does not read; repeatable',
  default: [],
  many: true,
  parse: readList,
};

const shutdownTimeoutFlag: Flag<number> = {
  flag: 'shutdown-timeout',
  value: 'DURATION',
  help: 'how long running tasks are waited for after a signal, such as 30s',
  default: 30_000,
  parse: readDuration,
};

const handlerTimeoutFlag: Flag<number> = {
  flag: 'handler-timeout',
  value: 'DURATION',
  help: 'how long the handlers of a task may take before its slot is given back, such as 30s; 0s for no limit',
  default: 60_000,
  parse: readDuration,
};

export const WORKER_FLAGS = {
  queues: queuesFlag,
  concurrency: concurrencyFlag,
  autoscale: autoscaleFlag,
  prefetch: prefetchFlag,
  pool: poolFlag,
  maxTasksPerChild: maxTasksPerChildFlag,
  maxMemoryPerChild: maxMemoryPerChildFlag,
  name: nameFlag,
  import: importFlag,
  shutdownTimeoutMs: shutdownTimeoutFlag,
  handlerTimeoutMs: handlerTimeoutFlag,
};

/**
 * What `createWorker` takes, of the flags that every command with a worker has.
 * @param files what threads and processes load
 */
export function workerOptions(
  values: Values<typeof WORKER_FLAGS>,
  files: readonly string[],
  log: Logger,
): WorkerOptions {
  const { shutdownTimeoutMs, handlerTimeoutMs, queues, concurrency, autoscale, prefetch, pool, name } =
    values;
  const { maxTasksPerChild, maxMemoryPerChild } = values;
  return {
    queues,
    concurrency,
    autoscale,
    prefetch,
    pool,
    tasks: files,
    maxTasksPerChild,
    maxMemoryPerChild,
    name,
    shutdownTimeout: shutdownTimeoutMs / 1000,
    handlerTimeout: handlerTimeoutMs / 1000,
    log,
  };
}

function readBounds(given: unknown, flag: string): readonly [number, number] {
  const [, min, max] = /^(\d{1,9}),\s*(\d{1,9})$/.exec(String(given)) ?? [];
  if (min !== undefined && max !== undefined) return [Number(min), Number(max)];
  throw new OptionError(flag, `expected --${flag} to be two numbers such as 2,16, got: ${show(given)}`);
}

function readPool(given: unknown, flag: string): PoolKind {
  const pool = POOLS.find((known) => known === given);
  if (pool !== undefined) return pool;
  throw new OptionError(flag, `expected --${flag} to be one of ${POOLS.join(', ')}, got: ${show(given)}`);
}

/** `media=3`: the weight is what stands after the last `=`, where that is a number. */
function readQueues(given: unknown, flag: string): QueueShares {
  const names = readList(given, flag);
  const shares = names.map((one): readonly [string, number] => {
    const [, queue = one, weight = '1'] = /^(.+)=(\d{1,9})$/.exec(one) ?? [];
    return [queue, Number(weight)];
  });
  return shares.some(([, weight]) => weight !== 1) ? Object.fromEntries(shares) : names;
}
