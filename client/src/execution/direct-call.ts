/** A task called directly, `add(2, 2)`: its function runs here and now, as a part of what calls it, and nothing is sent. */
import type { Assignment } from '@celeriac/protocol';
import { contextOf, resolveOptions } from '@celeriac/protocol/internal';
import { type HostedTask, type RetryOptions, SIGNAL } from '../hosting.ts';
import { Retry } from '../signals.ts';
import { AbortSource } from './abort-source.ts';
import { ChunkWindow } from './chunk-window.ts';
import { ConsoleLog } from './execution-log.ts';
import { LOCAL_WORKER, type LocalPlace } from './local-call.ts';
import { checkCount } from './read-arguments.ts';
import { RunningSelf } from './self.ts';
import { lastError } from './verdict.ts';

/** @throws what the function throws; TypeError for too few arguments: more it may be given, as any function here */
export function callHere(task: HostedTask, args: readonly unknown[], place: LocalPlace): unknown {
  const { bind, run, definition } = task;
  if (definition.arity !== null && args.length < definition.arity.min) checkCount(task, args);
  return Reflect.apply(run, undefined, bind ? [new DirectSelf(task, args, place), ...args] : args);
}

/** `self` of a run that nobody records: its states and its chunks are checked, and shown to nobody. */
class DirectSelf extends RunningSelf {
  readonly #task: HostedTask;
  readonly #place: LocalPlace;

  constructor(task: HostedTask, args: readonly unknown[], place: LocalPlace) {
    const { clock, payloadLimit } = place;
    const window = new ChunkWindow();
    super(assignmentOf(task, place), args, new AbortSource(), {
      worker: LOCAL_WORKER,
      calledDirectly: true,
      clock,
      log: new ConsoleLog(),
      serializers: task.serializers,
      payloadLimit: payloadLimit(),
      window,
      reports: { progress: () => {}, emit: () => window.room(window.given), waits: () => {} },
    });
    this.#task = task;
    this.#place = place;
  }

  /** Nobody can run it again: what it would fail with in the end it fails with at once. */
  override retry(options: RetryOptions = {}): never {
    const signal = new Retry(options, this.#place.clock)[SIGNAL];
    const { id, args } = this.request;
    throw lastError(signal, { task: this.#task, id, args, argsRepr: undefined });
  }
}

/** Neither a time nor a limit holds for it. */
function assignmentOf(task: HostedTask, { newId, likeOf, optionsOf }: LocalPlace): Assignment {
  const { name } = task.definition;
  const { timeLimitMs: _hard, softTimeLimitMs: _soft, ...options } = resolveOptions(null, optionsOf(name));
  const plain = { call: null, lineage: null, prepend: [], retries: 0, dueAt: null, expiresAt: null };
  return ['', newId(), 1, name, likeOf(task), contextOf({ options, ...plain }, false)];
}
