/** Who is measured, with which settings, and how each of its parts is started. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Running, run, start } from '../processes.ts';
import { type Settings, TICK_EVERY_MS, TICK_FIRST_MS, TICKS } from './peer.ts';
import { findCelery, findCommand, startPostgres, startRedis, versionOf } from './servers.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const ROLE = here('role.ts');
export const TREE = here('../../..');
export const PEERS = here('../../peers');

/** A subject's server is up; its other parts can be started, each as often as it is needed. */
export interface Setup {
  readonly server: Running;
  startWorker(): Promise<Running>;
  startCaller(): Promise<Running>;
  startWatchers?(count: number): Promise<Running>;
  /** Clients that do nothing, in one process. */
  startIdle?(count: number): Promise<Running>;
  stop(): Promise<void>;
}

export interface Subject {
  readonly key: string;
  readonly name: string;
  /** How it is set, and how its results come to the caller; below the table. */
  readonly settings: string;
  /** Why it cannot be measured here, and how it can be. */
  readonly lacks: string | undefined;
  /** Tasks of a burst, and calls in a row: fewer where they take long. */
  readonly burst: number;
  readonly sequence: number;
  /** Bursts between the cold one and the hot one. */
  readonly warming: number;
  start(folder: string): Promise<Setup>;
}

const BURST = 20_000;
const SEQUENCE = 2_000;
const usual = { burst: BURST, sequence: SEQUENCE, warming: 4 };

async function role(
  part: 'worker' | 'caller' | 'watchers',
  module: string,
  settings: Settings,
  folder: string,
): Promise<Running> {
  const env = typeof settings['url'] === 'string' ? { CELERIAC_URL: settings['url'] } : {};
  const running = run([ROLE, part, module, JSON.stringify(settings)], folder, env);
  await running.firstLine;
  return running;
}

async function idle(kind: string, url: string, count: number, folder: string): Promise<Running> {
  const running = run([here('idle-clients.ts'), kind, url, `${count}`], folder);
  await running.firstLine;
  return running;
}

export function celeriac(key: string, name: string, tree: string, store: 'memory' | 'sqlite'): Subject {
  const command = join(tree, 'cli/bin/celeriac.js');
  const tasks = join(tree, 'bench/src/tasks.ts');
  const module = here('celeriac-peer.ts');
  return {
    ...usual,
    key,
    name,
    settings:
      store === 'memory'
        ? 'defaults of the gateway (store `memory`) and of the worker'
        : 'defaults of the gateway (store `sqlite`: fsync before each receipt and before each result) and of the worker',
    lacks: existsSync(join(tree, 'cli/dist')) ? undefined : `${tree} is not built: npm run build:packages`,
    async start(folder) {
      const where = store === 'memory' ? 'memory' : 'sqlite:bench.db';
      const quiet = ['--log-level', 'error'];
      const server = run([command, 'gateway', '--port', '0', '--store', where, ...quiet], folder);
      const url = /http:\S+/.exec(await server.firstLine)?.[0] ?? '';
      return {
        server,
        async startWorker() {
          const worker = run([command, 'worker', tasks, '--gateway', url, ...quiet], folder);
          await worker.firstLine;
          return worker;
        },
        startCaller: () => role('caller', module, { url, tasks }, folder),
        startWatchers: (count) => role('watchers', module, { url, tasks, count }, folder),
        startIdle: (count) => idle('celeriac', url, count, folder),
        stop: () => server.stop(),
      };
    },
  };
}

function skeleton(store: 'memory' | 'sqlite'): Subject {
  const module = here('../skeleton/skeleton-peer.ts');
  return {
    ...usual,
    key: `skeleton-${store}`,
    name: `floor, ${store}`,
    settings:
      store === 'memory'
        ? 'bare skeleton of our shape, without features: socket.io in, ws out, a frame per turn, prefetch 500'
        : 'the same with SQLite: one commit per turn (`synchronous=FULL`), receipts and results after theirs',
    lacks: undefined,
    async start(folder) {
      const server = run([here('../skeleton/server.ts'), store], folder);
      const url = await server.firstLine;
      return {
        server,
        startWorker: () => role('worker', module, { url }, folder),
        startCaller: () => role('caller', module, { url }, folder),
        startIdle: (count) => idle('socket.io', url, count, folder),
        stop: () => server.stop(),
      };
    },
  };
}

type Open = (folder: string) => Promise<{ readonly server: Running; readonly settings: Settings }>;

/** A peer on Node: its module in bench/peers, and its server. */
function peer(
  key: string,
  shape: Pick<Subject, 'burst' | 'sequence' | 'warming'>,
  settings: string,
  lacks: string | undefined,
  open: Open,
): Subject {
  const module = join(PEERS, `${key}.mjs`);
  const installed = existsSync(join(PEERS, 'node_modules', key, 'package.json'));
  return {
    ...shape,
    key,
    name: key === 'bullmq' ? 'BullMQ, appendfsync always' : key === 'bee-queue' ? 'bee-queue, no fsync' : key,
    settings,
    lacks: lacks ?? (installed ? undefined : 'its package is not installed: add --install'),
    async start(folder) {
      const { server, settings: found } = await open(folder);
      let told: Settings = {};
      return {
        server,
        async startWorker() {
          const worker = await role('worker', module, found, folder);
          told = JSON.parse(await worker.firstLine) as Settings;
          return worker;
        },
        startCaller: () => role('caller', module, { ...found, ...told }, folder),
        ...(key === 'bullmq'
          ? { startWatchers: (count: number) => role('watchers', module, { ...found, count }, folder) }
          : {}),
        stop: () => server.stop('SIGINT'),
      };
    },
  };
}

function celery(lacks: string | undefined): Subject {
  const python = findCelery() ?? 'python3';
  return {
    key: 'celery',
    name: 'Celery on Redis, no fsync',
    settings: 'prefork, concurrency 2, prefetch multiplier 4 (its default), results from the Redis backend',
    lacks:
      lacks ??
      (findCelery() === undefined ? 'python3-celery and python3-redis are absent: add --install' : undefined),
    burst: 2_000,
    sequence: 1_000,
    warming: 0,
    async start(folder) {
      const { server, port } = await startRedis(folder, false);
      const env = {
        BENCH_REDIS: `redis://127.0.0.1:${port}/0`,
        PYTHONDONTWRITEBYTECODE: '1',
        PYTHONPATH: PEERS,
      };
      return {
        server,
        async startWorker() {
          const worker = [
            '-m',
            'celery',
            '-A',
            'celery_program',
            'worker',
            '--concurrency',
            '2',
            '-l',
            'error',
          ];
          const lean = ['--without-gossip', '--without-mingle', '--without-heartbeat'];
          const env_ = { ...env, C_FORCE_ROOT: '1' };
          const running = start(python, [...worker, ...lean], { cwd: folder, env: env_, silent: true });
          return running;
        },
        async startCaller() {
          const running = start(python, [join(PEERS, 'celery_program.py')], { cwd: folder, env });
          await running.firstLine;
          return running;
        },
        stop: () => server.stop('SIGINT'),
      };
    },
  };
}

const REDIS = 'redis-server is absent: add --install, or apt-get install redis-server';
const POSTGRES = 'PostgreSQL is absent: add --install, or apt-get install postgresql';

export function everySubject(): readonly Subject[] {
  const noRedis = findCommand('redis-server') === undefined ? REDIS : undefined;
  const noPostgres = findCommand('initdb') === undefined ? POSTGRES : undefined;
  const redis =
    (fsync: boolean, more: Settings): Open =>
    async (folder) => {
      const { server, port } = await startRedis(folder, fsync);
      return { server, settings: { port, ...more } };
    };
  const postgres =
    (more: Settings): Open =>
    async (folder) => {
      const { server, url } = await startPostgres(folder);
      return { server, settings: { url, ...more } };
    };
  const ticking = { ticks: TICKS, firstMs: TICK_FIRST_MS, everyMs: TICK_EVERY_MS };
  return [
    celeriac('celeriac-memory', 'Celeriac, memory', TREE, 'memory'),
    celeriac('celeriac-sqlite', 'Celeriac, sqlite (fsync)', TREE, 'sqlite'),
    skeleton('memory'),
    skeleton('sqlite'),
    peer(
      'bullmq',
      usual,
      'worker concurrency 100, single adds, results by `QueueEvents` from `0-0`',
      noRedis,
      redis(true, { concurrency: 100, ...ticking }),
    ),
    peer(
      'bee-queue',
      usual,
      'worker concurrency 100, single saves, results by the queue’s events',
      noRedis,
      redis(false, { concurrency: 100 }),
    ),
    peer(
      'graphile-worker',
      { ...usual, warming: 0 },
      'concurrency 24, local queue 500, completions in batches, calls of a turn added by one `addJobs`; it returns no results: its worker tells the caller what is complete',
      noPostgres,
      postgres({ concurrency: 24, localQueue: 500 }),
    ),
    peer(
      'pg-boss',
      { ...usual, sequence: 200, warming: 0 },
      'batches of 500, bursts while they are full, LISTEN/NOTIFY, calls of a turn added by one `insert`; its worker tells the caller what it has run',
      noPostgres,
      postgres({ batchSize: 500 }),
    ),
    celery(noRedis),
  ];
}

export function versions(): Readonly<Record<string, string>> {
  const packages = ['bullmq', 'ioredis', 'bee-queue', 'graphile-worker', 'pg-boss'].map((name) => {
    const path = join(PEERS, 'node_modules', name, 'package.json');
    const version = existsSync(path)
      ? (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version
      : 'absent';
    return [name, version] as const;
  });
  const celeryPython = findCelery();
  return {
    node: process.versions.node,
    ...Object.fromEntries(packages),
    redis: versionOf(findCommand('redis-server')),
    postgresql: versionOf(findCommand('postgres')),
    celery: versionOf(celeryPython, '-c', 'import celery; print(celery.__version__)'),
  };
}
