import type { AsyncResult } from '@celeriac/client';
import { EXIT, type ExitCode } from '../output/exit.ts';
import { jsonOrText, valueText } from '../output/format.ts';
import type { Terminal } from '../terminal.ts';

/** Prints a value as one line; what is no value at all prints nothing. */
export function printValue(value: unknown, terminal: Terminal): void {
  if (value === undefined) return;
  terminal.print(valueText(value));
}

/** All that is known of a task, as data. */
export function describeResult(res: AsyncResult): Readonly<Record<string, unknown>> {
  const { id, known, state, name, queue, worker, retries, args, result, traceback, history } = res;
  const { waiting, lacks } = res.snapshot();
  const failed = result instanceof Error;
  return {
    id,
    known,
    state,
    waiting,
    ...(lacks === null ? {} : { lacks }),
    name,
    queue,
    worker,
    retries,
    ...(args === undefined ? {} : { args: jsonOrText(args) }),
    ...(failed
      ? { error: { name: result.name, message: result.message }, traceback }
      : { result: jsonOrText(result) }),
    history,
  };
}

/** Prints how a task ended. @returns the exit code that says the same */
export function printEnding(res: AsyncResult, terminal: Terminal, json: boolean): ExitCode {
  const { result, traceback } = res;
  const failed = result instanceof Error;
  if (json) terminal.print(JSON.stringify(describeResult(res)));
  else if (failed) terminal.complain(describeFailure(result, traceback));
  else printValue(result, terminal);
  return failed ? EXIT.failed : EXIT.ok;
}

/** One line that names the error, then the traceback, which usually begins with that very line. */
function describeFailure({ name, message }: Error, traceback = ''): string {
  const line = `${name}: ${message}`;
  return traceback === '' || traceback.startsWith(line) ? traceback || line : `${line}\n${traceback}`;
}

/** Waits for the end of a task; a failure is how it ended, not an error of ours. */
export async function awaitEnd(res: AsyncResult, timeoutMs: number | undefined): Promise<void> {
  await res.get({ propagate: false, ...(timeoutMs === undefined ? {} : { timeout: `${timeoutMs}ms` }) });
}
