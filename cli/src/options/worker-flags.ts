import { option, WORKER_CAPACITY } from '@celeriac/protocol/internal';
import type { QueueShares, WorkerOptions } from '@celeriac/worker';
import { POOLS } from '@celeriac/worker/internal';
import type { Logger } from 'pino';
import { type Flag, optionalFlag, type Values } from './flag.ts';
import { durationOption, integerOption, textOption, words } from './readers.ts';

const queuesFlag: Flag<QueueShares> = {
  flag: 'queues',
  value: 'QUEUES',
  help: 'queues to take tasks from, separated by commas; media=3,default=1 gives media three quarters of the slots',
  default: ['default'],
  many: true,
  read: readQueues,
};

const importFlag: Flag<readonly string[]> = {
  flag: 'import',
  value: 'MODULE',
  help: 'module to load before the file, also in every thread and process, such as tsx for TypeScript that Node cannot read; repeatable',
  default: [],
  many: true,
  read: words(textOption),
};

export const WORKER_FLAGS = {
  queues: queuesFlag,
  concurrency: optionalFlag(
    'concurrency',
    'NUMBER',
    'tasks that run at the same time; default: 16 inline, else the number of processors',
    integerOption(1, WORKER_CAPACITY),
  ),
  autoscale: optionalFlag(
    'autoscale',
    'MIN,MAX',
    'let the concurrency follow the load between two bounds, instead of --concurrency',
    readBounds,
  ),
  prefetch: optionalFlag(
    'prefetch',
    'NUMBER',
    'tasks held in addition to those that run; default: as many as end in a tenth of a second',
    integerOption(0, WORKER_CAPACITY),
  ),
  pool: {
    flag: 'pool',
    value: 'POOL',
    help: "where tasks run: inline, in the worker's own event loop; threads or processes, each task in one of its own",
    default: 'inline' as const,
    read: option.oneOf(POOLS),
  },
  maxTasksPerChild: optionalFlag(
    'max-tasks-per-child',
    'NUMBER',
    'replace a thread or process after so many tasks; default: never',
    integerOption(1),
  ),
  maxMemoryPerChild: optionalFlag(
    'max-memory-per-child',
    'SIZE',
    'replace a thread or process that uses more memory than this after a task, such as 200mb; default: never',
    option.bytes(),
  ),
  name: optionalFlag(
    'name',
    'NAME',
    'unique among workers; default: host, process id and a random part',
    textOption,
  ),
  import: importFlag,
  shutdownTimeoutMs: {
    flag: 'shutdown-timeout',
    value: 'DURATION',
    help: 'how long to wait for running tasks after a signal, such as 30s',
    default: 30_000,
    read: durationOption,
  },
  handlerTimeoutMs: {
    flag: 'handler-timeout',
    value: 'DURATION',
    help: 'how long the handlers of a task may take before its slot is given back, such as 30s; 0s for no limit',
    default: 60_000,
    read: durationOption,
  },
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
    ...{ queues, concurrency, autoscale, prefetch, pool, maxTasksPerChild, maxMemoryPerChild, name, log },
    tasks: files,
    shutdownTimeout: shutdownTimeoutMs / 1000,
    handlerTimeout: handlerTimeoutMs / 1000,
  };
}

function readBounds(given: unknown, name: string): readonly [number, number] {
  const [min = 0, max = 0, ...more] = words(integerOption(1, WORKER_CAPACITY))(given, name);
  if (min <= max && more.length === 0) return [min, max];
  throw option.expected(name, 'two numbers such as 2,16, the smaller one first', given);
}

/** `media=3`: the weight is what stands after the last `=`, where that is a number. */
function readQueues(given: unknown, name: string): QueueShares {
  const names = words(textOption)(given, name);
  const shares = names.map((one): readonly [string, number] => {
    const [, queue = one, weight = '1'] = /^(.+)=(\d{1,9})$/.exec(one) ?? [];
    return [queue, Number(weight)];
  });
  return shares.some(([, weight]) => weight !== 1) ? Object.fromEntries(shares) : names;
}
