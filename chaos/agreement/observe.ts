/** All that a caller can see of a task, but for what differs by nature: ids, times, and whose stack it was. */
import type { ApplyOptions, AsyncResult, Celeriac } from '@celeriac/client';

export interface ObservedTask {
  readonly value?: unknown;
  readonly error?: string;
  readonly state: string;
  /** State, reason and attempt of each line. */
  readonly history: readonly string[];
  readonly retries: number;
  readonly queue: string | null;
  readonly children: number;
}

/** Calls a task and tells how it ended. */
export async function observeCall(
  app: Celeriac,
  name: string,
  args: readonly unknown[] = [],
  options: ApplyOptions = {},
): Promise<ObservedTask | string> {
  try {
    return await seen(app.sendTask(name, args, options));
  } catch (error) {
    return `refused: ${String(error)}`;
  }
}

export async function seen(result: AsyncResult): Promise<ObservedTask> {
  const outcome = await result.get().then(
    (value) => ({ value }),
    (error: unknown) => ({ error: describeValue(error, result.id) }),
  );
  const { state, history, retries, queue, children } = result;
  const lines = history.map((line) => `${line.state} ${line.reason} ${line.attempt} ${line.worker ?? '-'}`);
  return { ...outcome, state, history: lines, retries, queue, children: children.length };
}

export function describeValue(error: unknown, id: string): string {
  if (!(error instanceof Error)) return `no error: ${String(error)}`;
  const { name, message, cause } = error;
  const code = 'code' in error ? ` [${String(error.code)}]` : '';
  const of = cause === undefined ? '' : ` (${describeValue(cause, id)})`;
  const members =
    error instanceof AggregateError ? ` {${error.errors.map((one) => describeValue(one, id)).join()}}` : '';
  const short = message.length > 200 ? `${message.slice(0, 100)}… ${message.length}` : message;
  return `${name}${code}: ${short.replaceAll(id, 'ID')}${of}${members}`;
}
