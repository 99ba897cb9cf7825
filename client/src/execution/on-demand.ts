/**
 * What runs tasks in this process, in a page: most only call tasks that run elsewhere, so that it comes when it is needed first. A
 * call that is to run here begins when it has come.
 */
import { UsageError } from '@celeriac/protocol';
import type { HostedTask } from '../hosting.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type * as AtHand from './at-hand.ts';
import type { LocalCall, LocalPlace } from './local-call.ts';
import type { LocalLine } from './local-line.ts';

let atHand: typeof AtHand | undefined;
let coming: Promise<typeof AtHand> | undefined;

function come(): Promise<typeof AtHand> {
  coming ??= import('./at-hand.ts').then(
    (come) => {
      atHand = come;
      return come;
    },
    (error: unknown) => {
      // The next one that needs it asks for it again.
      coming = undefined;
      throw error;
    },
  );
  return coming;
}

export function expectRuns(): void {
  come().catch(() => {});
}

export function runHere(record: TaskRecord, call: LocalCall, line: LocalLine, place: LocalPlace): void {
  if (atHand !== undefined) {
    atHand.runHere(record, call, line, place);
    return;
  }
  come().then(
    (come) => come.runHere(record, call, line, place),
    (cause: unknown) =>
      record.break(new UsageError(`what runs tasks did not come to this page: ${String(cause)}`)),
  );
}

/** One that takes `self` has to wait for what makes it, which is on its way from its definition on. */
export function callHere(task: HostedTask, args: readonly unknown[], place: LocalPlace): unknown {
  if (atHand !== undefined) return atHand.callHere(task, args, place);
  if (!task.bind) return Reflect.apply(task.run, undefined, args);
  expectRuns();
  const { name } = task.definition;
  throw new UsageError(
    `task '${name}' takes self, and the code that makes it is still on its way to this page: call it a moment later, or use ${name}.apply([…]), which waits for it`,
  );
}
