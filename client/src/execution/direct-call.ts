/** A task called directly, `add(2, 2)`: its function runs here and now, as a part of what calls it, and nothing is sent. */
import { contextOf, effectiveTaskOptions, resolveOptions } from '@celeriac/protocol/internal';
import type { HostedTask, TaskSelf } from '../hosting.ts';
import { AbortSource } from './abort-source.ts';
import { ChunkWindow } from './chunk-window.ts';
import { consoleLog } from './execution-log.ts';
import { LOCAL_WORKER, type LocalPlace } from './local-call.ts';
import { checkCount } from './read-arguments.ts';
import { RunningSelf } from './self.ts';

/** @throws what the function throws; TypeError for too few arguments: more it may be given, as any function here */
export function callHere(task: HostedTask, args: readonly unknown[], place: LocalPlace): unknown {
  const { bind, run, definition } = task;
  if (definition.arity !== null && args.length < definition.arity.min) checkCount(task, args);
  return Reflect.apply(run, undefined, bind ? [selfOf(task, args, place), ...args] : args);
}

/** States and chunks are checked, but not shown; no time limit applies. */
function selfOf(task: HostedTask, args: readonly unknown[], place: LocalPlace): TaskSelf {
  const { name } = task.definition;
  const { clock, payloadLimit, newId, likeOf, app } = place;
  const own = effectiveTaskOptions({ options: task.definition.options, app });
  const { timeLimitMs: _hard, softTimeLimitMs: _soft, ...options } = resolveOptions(null, own);
  const plain = { call: null, lineage: null, prepend: [], retries: 0, dueAt: null, expiresAt: null };
  const context = contextOf({ options, ...plain }, false);
  const window = new ChunkWindow();
  return new RunningSelf(['', newId(), 1, name, likeOf(task), context], args, new AbortSource(), {
    worker: LOCAL_WORKER,
    calledDirectly: true,
    clock,
    log: consoleLog(name),
    serializers: task.serializers,
    payloadLimit: payloadLimit(),
    window,
    reports: { progress: () => {}, emit: () => window.room(window.given), waits: () => {} },
  });
}
