/** What `createWorker` takes, and what becomes of it. */
import { hostname } from 'node:os';
import type { TokenSource } from '@celeriac/client';
import {
  type Duration,
  OptionError,
  parseDuration,
  readNames,
  show,
  WORKER_CAPACITY,
  WORKER_PATH,
} from '@celeriac/protocol';
import { type Clock, systemClock } from '@celeriac/runtime';
import { nanoid } from 'nanoid';
import { type Logger, pino } from 'pino';
import { AdaptivePrefetch, FixedPrefetch, type Prefetch } from './attempts/prefetch.ts';
import type { Bounds } from './life/autoscale.ts';
import {
  defaultConcurrency,
  type PoolOptions,
  type PoolSettings,
  readPoolOptions,
} from './pool/pool-options.ts';
import { type QueueShares, readQueues, type ServedQueues } from './queues.ts';

/** What `createWorker()` takes. Each has a flag and a variable of the environment: see docs/pools.md. */
export interface WorkerOptions extends PoolOptions {
  /**
   * Where the gateway is.
   * @default `CELERIAC_URL`, else `http://127.0.0.1:7600`
   */
  readonly gateway?: string | undefined;
  /**
   * Names, or weights by name: of a worker's room `{ media: 3.
   * @default `['default']`
   */
  readonly queues?: QueueShares | undefined;
  /**
   * Bodies that run at the same time.
   * @default 16 inline, else the number of processors
   */
  readonly concurrency?: number | undefined;
  /**
   * Lets `concurrency` follow the load between two bounds: it grows by half each second while every slot is busy, and
   * shrinks to what was needed when that was less for 30 s. Instead of `concurrency`; it begins with the lower bound.
   * @default none
   */
  readonly autoscale?: Bounds | undefined;
  /**
   * Tasks held here beyond those that run; 0 shares long tasks evenly with other workers. What is held and has not
   * started goes back without blame when this worker ends.
   * @default as many as settle in a tenth of a second, at most 1,024
   */
  readonly prefetch?: number | undefined;
  /**
   * Unique among workers: while another one of this name is there, this one asks again for 15 s, or for a minute where
   * that one may be gone, and then ends with `NAME_TAKEN`.
   * @default host, process id and a random part
   */
  readonly name?: string | undefined;
  /**
   * For the gateway. A function is asked anew on each connect, and before a token ends; with a text the worker ends when
   * its token does.
   * @default `CELERIAC_TOKEN`, else none
   */
  readonly token?: TokenSource | undefined;
  /**
   * How long `stop()` waits for running tasks: seconds or `'30s'`.
   * @default 30 s
   */
  readonly shutdownTimeout?: Duration | undefined;
  /**
   * How long the handlers of a task may take, `beforeStart` and those after the body each time, where its own
   * `handlerTimeout` does not say: seconds or `'30s'`; 0 is without end. Then the log tells of them, and their slot is
   * given back: a thread or process is ended for that, `inline` they go on beside the others.
   * @default 60 s
   */
  readonly handlerTimeout?: Duration | undefined;
  /**
   * Where lines go.
   * @default warnings and errors, as JSON lines on the standard error
   */
  readonly log?: Logger | undefined;
  /**
   * What time it is, for tests.
   * @default that of the machine
   */
  readonly clock?: Clock | undefined;
  /**
   * From 0 to below 1; spreads reconnects.
   * @default `Math.random`
   */
  readonly random?: (() => number) | undefined;
}

export interface WorkerSettings {
  /** The gateway, as apps are told it. */
  readonly gateway: string;
  /** The gateway's worker link: `ws://…/worker`. */
  readonly link: string;
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
const NAME_LENGTH = 255;
const LINK_PROTOCOLS: Readonly<Record<string, string>> = {
  'http:': 'ws:',
  'https:': 'wss:',
  'ws:': 'ws:',
  'wss:': 'wss:',
};

type Environment = Readonly<Record<string, string | undefined>>;

const NAMES: { readonly [Name in keyof Required<WorkerOptions>]: true } = {
  gateway: true,
  queues: true,
  concurrency: true,
  autoscale: true,
  prefetch: true,
  pool: true,
  tasks: true,
  maxTasksPerChild: true,
  maxMemoryPerChild: true,
  name: true,
  token: true,
  shutdownTimeout: true,
  handlerTimeout: true,
  log: true,
  clock: true,
  random: true,
};

/** @throws OptionError naming the option that does not exist or makes no sense, UsageError for what is no object of options */
export function readOptions(given: WorkerOptions, env: Environment): WorkerSettings {
  // Names that are known have the types that the compiler knows; `null` is as if it had not been given.
  const options: WorkerOptions = Object.fromEntries(readNames(given, Object.keys(NAMES), 'createWorker()'));
  const pool = readPoolOptions(options);
  const gateway = options.gateway ?? env['CELERIAC_URL'] ?? DEFAULT_GATEWAY;
  const autoscale = options.autoscale === undefined ? undefined : readBounds(options);
  const concurrency = readCount(
    options.concurrency ?? autoscale?.[0] ?? defaultConcurrency(pool.kind),
    'concurrency',
    1,
    WORKER_CAPACITY,
  );
  const room = WORKER_CAPACITY - Math.max(concurrency, autoscale?.[1] ?? 0);
  return {
    gateway,
    link: linkOf(gateway),
    concurrency,
    autoscale,
    prefetch:
      options.prefetch === undefined
        ? new AdaptivePrefetch(pool.kind === 'inline' ? Math.min(concurrency, room) : 0)
        : new FixedPrefetch(readCount(options.prefetch, 'prefetch', 0, room)),
    pool,
    ...readQueues(options.queues ?? ['default']),
    name: readName(options.name ?? `${hostname()}-${process.pid}-${nanoid(6)}`),
    token: options.token ?? env['CELERIAC_TOKEN'] ?? null,
    shutdownTimeoutMs: parseDuration(options.shutdownTimeout ?? '30s', 'shutdownTimeout'),
    handlerTimeoutMs: parseDuration(options.handlerTimeout ?? '60s', 'handlerTimeout'),
    log: options.log ?? pino({ name: 'celeriac-worker', level: 'warn' }, pino.destination(2)),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}

function linkOf(gateway: string): string {
  const url = URL.canParse(gateway) ? new URL(gateway) : undefined;
  const protocol = LINK_PROTOCOLS[url?.protocol ?? ''];
  if (url === undefined || protocol === undefined) {
    throw new OptionError(
      'gateway',
      `expected gateway to be a URL such as ${DEFAULT_GATEWAY}, got: ${show(gateway)}`,
    );
  }
  return `${protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}${WORKER_PATH}`;
}

function readBounds({ autoscale, concurrency }: WorkerOptions): Bounds {
  if (concurrency !== undefined)
    throw new OptionError('autoscale', 'autoscale takes the place of concurrency: give one of them');
  const [min, max, ...rest]: readonly unknown[] = Array.isArray(autoscale) ? autoscale : [];
  const whole = [min, max].every((bound) => typeof bound === 'number' && Number.isInteger(bound));
  if (
    whole &&
    rest.length === 0 &&
    Number(min) >= 1 &&
    Number(max) >= Number(min) &&
    Number(max) <= WORKER_CAPACITY
  )
    return [Number(min), Number(max)];
  throw new OptionError(
    'autoscale',
    `expected autoscale to be two whole numbers, from 1 to ${WORKER_CAPACITY} and the smaller one first, got: ${show(autoscale)}`,
  );
}

function readName(name: string): string {
  if (typeof name === 'string' && name.length > 0 && name.length <= NAME_LENGTH) return name;
  throw new OptionError('name', `expected name to be 1 to ${NAME_LENGTH} characters, got: ${show(name)}`);
}

function readCount(value: number, option: string, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new OptionError(
    option,
    `expected ${option} to be a whole number from ${min} to ${max}, got: ${show(value)}`,
  );
}
