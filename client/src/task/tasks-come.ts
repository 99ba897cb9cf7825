/** Tasks that are defined in a page, and calls of them that run in it: the code of both comes with the first. */
import { UsageError } from '@celeriac/protocol';
import { errorOf } from '@celeriac/protocol/calling';
import { complain } from '../environment.ts';
import type { HostedTask } from '../hosting.ts';
import { newTaskId } from '../record/task-id.ts';
import { TaskRecord } from '../record/task-record.ts';
import { AsyncResult } from '../result/async-result.ts';
import { LateBackend } from '../result/late-backend.ts';
import { ResultContext } from '../result/result-context.ts';
import { devalueComes } from '../values/devalue-comes.ts';
import { held } from '../values/held.ts';
import type { ApplyOptions } from './apply-options.ts';
import { readTask } from './check-task.ts';
import { heldOptions } from './linkable.ts';
import type { LocalCalls } from './local-calls.ts';
import type { LocalHome, LocalTasks } from './local-tasks.ts';
import { makeTask } from './task.ts';

export function localTasksOf(home: LocalHome): LocalTasks {
  const { known, place, reading, elsewhere, send } = home;
  let here: LocalCalls | undefined;
  let coming: Promise<LocalCalls> | undefined;
  const come = (): Promise<LocalCalls> => {
    if (coming !== undefined) return coming;
    // What tasks give is written as their arguments came.
    coming = Promise.all([import('../rest.ts'), devalueComes()]).then(([rest]) => rest.localTasksOf(home));
    coming.then(
      (tasks) => {
        here = tasks;
      },
      () => {
        // The next one that needs it asks for it again.
        coming = undefined;
      },
    );
    return coming;
  };
  const late = new LateBackend(elsewhere, async () => (await come()).backend);

  const apply: LocalTasks['apply'] = <Result, Chunk>(
    name: string,
    args: readonly unknown[],
    options: ApplyOptions = {},
    verb = 'applyAsync',
  ) => {
    if (here !== undefined) return here.apply<Result, Chunk>(name, args, options, verb);
    const taskId = options.taskId ?? newTaskId();
    const values = args.map((arg) => held(arg));
    const kept = { ...heldOptions(options), taskId };
    const record = new TaskRecord(taskId, name, 'unconfirmed', place.hold);
    const backend = home.eager ? late : new LateBackend(elsewhere, async () => run);
    // After all that waits for the same code: it may be linked to a task that was defined later.
    const run = come()
      .then((tasks) => tasks)
      .then((tasks) => tasks.run(record, name, values, kept, verb));
    run.then(
      () => backend.ready(),
      (error) => record.break(errorOf(error)),
    );
    const context = new ResultContext(backend, reading, place.hold);
    return new AsyncResult<Result, Chunk>(record, context, { resultless: options.ignoreResult === true });
  };

  const define = <Made>(...given: Parameters<LocalTasks['define']>): Made => {
    if (here !== undefined) return here.define<Made>(...given);
    const [, options] = given;
    const [name, run] = readTask(given[0], given[2]);
    let task: HostedTask | undefined;
    const defined = known.expect(name, () =>
      come().then((tasks) => {
        task = tasks.host(...given);
        return task;
      }),
    );
    defined.catch((error) => complain(`task '${name}' is not defined:`, error));
    const call = (...args: unknown[]): unknown => {
      if (here !== undefined && task !== undefined) return here.call(task, args);
      known.checkRead(name);
      return early(name, options, run, args);
    };
    return makeTask<Made>(name, call, send, apply);
  };
  return { backend: late, apply, define, afterTurn: (act) => act() };
}

/** A direct call of a plain function needs nothing. */
function early(
  name: string,
  options: unknown,
  run: (...args: never[]) => unknown,
  args: readonly unknown[],
): unknown {
  const { bind, args: schema } = Object(options);
  if (!bind && schema == null) return Reflect.apply(run, undefined, args);
  const takes = bind
    ? 'takes self, and the code that makes it'
    : 'has an args schema, and the code that applies it';
  throw new UsageError(
    `task '${name}' ${takes} is still loading in this page: call the task a moment later, or use ${name}.apply([…]), which waits for it`,
  );
}
