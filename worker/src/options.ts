/** What `createWorker` takes, and what becomes of it. */
import { hostname } from 'node:os';
import type { TokenSource } from '@celeriac/client';
import { type Duration, OptionError } from '@celeriac/protocol';
import {
  HANDLER_TIMEOUT_MS,
  type OptionReader,
  option,
  readOptions,
  WORKER_CAPACITY,
  WORKER_NAME_LENGTH,
  WORKER_PATH,
} from '@celeriac/protocol/internal';
import { type Clock, systemClock } from '@celeriac/runtime';
import { nanoid } from 'nanoid';
import { type Logger, pino } from 'pino';
import { AdaptivePrefetch, FixedPrefetch, type Prefetch } from './attempts/prefetch.ts';
import type { Bounds } from './life/autoscale.ts';
import {
  defaultConcurrency,
  POOL,
  type PoolOptions,
  type PoolSettings,
  poolOf,
} from './pool/pool-options.ts';
import { type QueueShares, readQueues, type ServedQueues } from './queues.ts';

/** What `createWorker()` takes. Each has a flag and a variable of the environment: see docs/pools.md. */
export interface WorkerOptions extends PoolOptions {
  /**
   * Where the gateway is.
   * @default `CELERIAC_URL`, else `http://127.0.0.1:7600`
   */
  readonly gateway?: string | null | undefined;
  /**
   * Names, or weights by name: `{ media: 3, default: 1 }` gives `media` three quarters of a worker's slots.
   * @default `['default']`
   */
  readonly queues?: QueueShares | null | undefined;
  /**
   * Bodies that run at the same time.
   * @default 16 inline, else the number of processors
   */
  readonly concurrency?: number | null | undefined;
  /**
   * Lets `concurrency` follow the load between two bounds: it grows by half each second while every slot is busy, and
   * shrinks to what was needed when that was less for 30 s. Instead of `concurrency`; it begins with the lower bound.
   * @default none
   */
  readonly autoscale?: readonly [min: number, max: number] | null | undefined;
  /**
   * Tasks that the worker holds in addition to the running ones; 0 shares long tasks evenly with other workers. Tasks that have
   * not started are given back when this worker stops.
   * @default as many as settle in a tenth of a second, at most 1,024
   */
  readonly prefetch?: number | null | undefined;
  /**
   * Unique among workers. If another one has this name, this one tries again for 15 s, or for a minute if the other one may be
   * gone, and then stops with `NAME_TAKEN`.
   * @default host, process id and a random part
   */
  readonly name?: string | null | undefined;
  /**
   * The token for the gateway. A function is called on each connect, and before a token expires. With a string the worker stops
   * when the token expires.
   * @default `CELERIAC_TOKEN`, else none
   */
  readonly token?: TokenSource | null | undefined;
  /**
   * How long `stop()` waits for running tasks: seconds or `'30s'`.
   * @default 30 s
   */
  readonly shutdownTimeout?: Duration | null | undefined;
  /**
   * How long the handlers of a task may take, `beforeStart` and those after the body each, unless the task has its own
   * `handlerTimeout`: seconds or `'30s'`; 0 is no limit. After that the log names them, and their slot is freed: a thread or
   * process is ended for that; with `inline` they continue beside other tasks.
   * @default 60 s
   */
  readonly handlerTimeout?: Duration | null | undefined;
  /**
   * Where lines go.
   * @default warnings and errors, as JSON lines on the standard error
   */
  readonly log?: Logger | null | undefined;
  /**
   * The clock, for tests.
   * @default the clock of the machine
   */
  readonly clock?: Clock | null | undefined;
  /**
   * From 0 to below 1; spreads reconnects.
   * @default `Math.random`
   */
  readonly random?: (() => number) | null | undefined;
}

export interface WorkerSettings {
  /** The gateway, as apps are told it. */
  readonly gateway: string;
  /** Where workers connect: `ws://…/worker`. */
  readonly socketUrl: string;
  readonly queues: readonly string[];
  readonly weights: ServedQueues['weights'];
  readonly concurrency: number;
  readonly autoscale: Bounds | undefined;
  readonly prefetch: Prefetch;
  readonly pool: PoolSettings;
  readonly name: string;
  readonly token: TokenSource;
  readonly shutdownTimeoutMs: number;
  readonly handlerTimeoutMs: number;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

const DEFAULT_GATEWAY = 'http://127.0.0.1:7600';
const SOCKET_PROTOCOLS: Readonly<Record<string, string>> = {
  'http:': 'ws:',
  'https:': 'wss:',
  'ws:': 'ws:',
  'wss:': 'wss:',
};

type Environment = Readonly<Record<string, string | undefined>>;

const slots = option.integer(1, WORKER_CAPACITY);

const WORKER = {
  ...POOL,
  gateway: readGateway,
  queues: readQueues,
  concurrency: slots,
  autoscale: readBounds,
  prefetch: option.integer(0, WORKER_CAPACITY),
  name: option.text(WORKER_NAME_LENGTH),
  token: option.value<TokenSource>(
    'a string, or a function that returns one',
    (given) => typeof given === 'string' || typeof given === 'function',
  ),
  shutdownTimeout: option.duration(),
  handlerTimeout: option.duration(),
  log: option.part<Logger>('a logger', 'child', 'info', 'warn', 'error'),
  clock: option.part<Clock>('a clock', 'now', 'monotonic', 'after'),
  random: option.callback<() => number>(),
} satisfies { readonly [Name in keyof Required<WorkerOptions>]: OptionReader<unknown> };

/** @throws OptionError naming the option that does not exist or makes no sense, UsageError for what is no object of options */
export function readWorkerOptions(given: WorkerOptions, env: Environment): WorkerSettings {
  const options = readOptions(given, WORKER, 'createWorker()');
  const pool = poolOf(options);
  const gateway = options.gateway ?? readGateway(env['CELERIAC_URL'] ?? DEFAULT_GATEWAY, 'CELERIAC_URL');
  const { autoscale, prefetch } = options;
  if (autoscale !== undefined && options.concurrency !== undefined)
    throw new OptionError('autoscale', 'autoscale replaces concurrency: give only one of them');
  const concurrency = options.concurrency ?? autoscale?.[0] ?? defaultConcurrency(pool.kind);
  const room = WORKER_CAPACITY - Math.max(concurrency, autoscale?.[1] ?? 0);
  return {
    ...gateway,
    concurrency,
    autoscale,
    prefetch:
      prefetch === undefined
        ? new AdaptivePrefetch(pool.kind === 'inline' ? Math.min(concurrency, room) : 0)
        : new FixedPrefetch(option.integer(0, room)(prefetch, 'prefetch')),
    pool,
    ...(options.queues ?? { queues: ['default'], weights: [] }),
    name: options.name ?? `${hostname()}-${process.pid}-${nanoid(6)}`,
    token: options.token ?? env['CELERIAC_TOKEN'] ?? null,
    shutdownTimeoutMs: options.shutdownTimeout ?? 30_000,
    handlerTimeoutMs: options.handlerTimeout ?? HANDLER_TIMEOUT_MS,
    log: options.log ?? pino({ name: 'celeriac-worker', level: 'warn' }, pino.destination(2)),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}

function readGateway(given: unknown, name: string): Pick<WorkerSettings, 'gateway' | 'socketUrl'> {
  if (typeof given === 'string' && URL.canParse(given)) {
    const url = new URL(given);
    const protocol = SOCKET_PROTOCOLS[url.protocol];
    const socketUrl = `${protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}${WORKER_PATH}`;
    if (protocol !== undefined) return { gateway: given, socketUrl };
  }
  throw option.expected(name, `a URL such as '${DEFAULT_GATEWAY}'`, given);
}

function readBounds(given: unknown, name: string): Bounds {
  if (!Array.isArray(given) || given.length !== 2) throw option.expected(name, '[min, max]', given);
  const min = slots(given[0], `${name}[0]`);
  return [min, option.integer(min, WORKER_CAPACITY)(given[1], `${name}[1]`)];
}
