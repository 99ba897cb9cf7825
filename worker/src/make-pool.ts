import { Executor, openSocketTransport } from '@celeriac/client/hosting';
import type { WorkerSettings } from './options.ts';
import { ChildPool } from './pool/children/child-pool.ts';
import { InlinePool } from './pool/inline.ts';
import type { Pool } from './pool/pool.ts';
import { makeProcessSpawner } from './pool/processes/spawn-process.ts';
import { makeThreadSpawner } from './pool/threads/spawn-thread.ts';
import type { Registry } from './registry/registry.ts';

export interface PoolSurroundings {
  readonly registry: Registry;
  readonly payloadLimit: () => number;
  /** A body is entered in the worker's own event loop. */
  readonly onEntered: (task: string) => void;
  /** A body held that loop. */
  readonly onHeld: (task: string, ms: number) => void;
  /** The pool cannot run anything. */
  readonly broken: (why: string) => void;
}

export function makePool(
  settings: WorkerSettings,
  { registry, payloadLimit, onEntered, onHeld, broken }: PoolSurroundings,
): Pool {
  const { pool, name, clock, log, handlerTimeoutMs } = settings;
  if (pool.kind === 'inline') {
    const { tasks } = registry;
    return new InlinePool(
      new Executor({ worker: name, clock, log, tasks, payloadLimit, handlerTimeoutMs, onEntered, onHeld }),
    );
  }
  return new ChildPool({
    kind: pool.kind,
    spawn: pool.kind === 'threads' ? makeThreadSpawner() : makeProcessSpawner(),
    setup: {
      files: pool.files,
      gateway: settings.gateway,
      worker: name,
      logLevel: log.level,
      handlerTimeoutMs,
    },
    size: settings.concurrency,
    maxTasks: pool.maxTasksPerChild,
    maxMemory: pool.maxMemoryPerChild,
    // The threads of one process share its memory, and only their heaps can be told apart.
    measure: pool.kind === 'threads' ? 'heap' : 'rss',
    clock,
    log,
    payloadLimit,
    openTransport: (events) =>
      openSocketTransport(
        { url: settings.gateway, token: settings.token, outlastsRefusals: true },
        events,
        clock,
      ),
    broken,
  });
}
