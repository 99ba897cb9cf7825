import type { WorkerOptions } from '@celeriac/worker';
import type { Flag, Values } from './flag.ts';
import { makeLogger } from './logging.ts';
import { readCount, readDuration, readList, readText } from './readers.ts';

const queuesFlag: Flag<readonly string[]> = {
  flag: 'queues',
  value: 'QUEUES',
  help: 'queues to take tasks from, separated by commas',
  default: ['default'],
  many: true,
  parse: readList,
};

const concurrencyFlag: Flag<number> = {
  flag: 'concurrency',
  value: 'NUMBER',
  help: 'tasks that run at the same time',
  default: 16,
  parse: readCount,
};

const prefetchFlag: Flag<number | undefined> = {
  flag: 'prefetch',
  value: 'NUMBER',
  help: 'tasks held here beyond those that run; default: as many as end in a tenth of a second',
  default: undefined,
  parse: readCount,
};

const poolFlag: Flag<string> = {
  flag: 'pool',
  value: 'POOL',
  help: "where tasks run: inline is the worker's own event loop",
  default: 'inline',
  parse: readText,
};

const nameFlag: Flag<string | undefined> = {
  flag: 'name',
  value: 'NAME',
  help: 'unique among workers; default: host, process id and a random part',
  default: undefined,
  parse: readText,
};

const shutdownTimeoutFlag: Flag<number> = {
  flag: 'shutdown-timeout',
  value: 'DURATION',
  help: 'how long running tasks are waited for after a signal, such as 30s',
  default: 30_000,
  parse: readDuration,
};

export const WORKER_FLAGS = {
  queues: queuesFlag,
  concurrency: concurrencyFlag,
  prefetch: prefetchFlag,
  pool: poolFlag,
  name: nameFlag,
  shutdownTimeoutMs: shutdownTimeoutFlag,
};

/** What `createWorker` takes, of the flags that every command with a worker has. */
export function workerOptions(values: Values<typeof WORKER_FLAGS>, logLevel: string): WorkerOptions {
  const { shutdownTimeoutMs, queues, concurrency, prefetch, pool, name } = values;
  return {
    queues,
    concurrency,
    prefetch,
    pool,
    name,
    shutdownTimeout: shutdownTimeoutMs / 1000,
    log: makeLogger('celeriac-worker', logLevel),
  };
}
