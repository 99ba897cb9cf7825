/**
 * What runs tasks in this process, in a page: most only call tasks that run elsewhere, so that it comes when it is needed first. A
 * call that is to run here begins when it has come.
 */
import { UsageError } from '@celeriac/protocol';
import { devalueComes } from '../values/devalue-comes.ts';
import type * as AtHand from './at-hand.ts';

let atHand: typeof AtHand | undefined;
let coming: Promise<typeof AtHand> | undefined;

async function come(): Promise<typeof AtHand> {
  // What tasks give is written as their arguments came.
  coming ??= Promise.all([import('../rest.ts'), devalueComes()]).then(([come]) => come);
  try {
    atHand = await coming;
    return atHand;
  } catch (error) {
    // The next one that needs it asks for it again.
    coming = undefined;
    throw error;
  }
}

export function expectRuns(): void {
  come().catch(() => {});
}

export const runHere: typeof AtHand.runHere = (record, ...given) => {
  if (atHand !== undefined) atHand.runHere(record, ...given);
  else
    come().then(
      (come) => come.runHere(record, ...given),
      (cause: unknown) =>
        record.break(
          new UsageError(`the code that runs tasks could not be loaded in this page: ${String(cause)}`),
        ),
    );
};

/** One that takes `self` has to wait for what makes it, which is on its way from its definition on. */
export const callHere: typeof AtHand.callHere = (task, args, place) => {
  if (atHand !== undefined) return atHand.callHere(task, args, place);
  if (!task.bind) return Reflect.apply(task.run, undefined, args);
  expectRuns();
  const { name } = task.definition;
  throw new UsageError(
    `task '${name}' takes self, and the code that makes it is still loading in this page: call the task a moment later, or use ${name}.apply([…]), which waits for it`,
  );
};
