/** What `get()` is made of: the wait for a task's end, and what to make of that end. */
import { parseDuration, ResultGoneError } from '@celeriac/protocol';
import { guarded } from '../guarded.ts';
import { waitOutside } from '../inside.ts';
import { seenByLoader } from '../loading.ts';
import type { TaskRecord } from '../record/task-record.ts';
import { waitForEnding } from './ending.ts';
import { endingError, type ResultHome } from './result-home.ts';
import type { GetOptions, Read } from './result-options.ts';
import { resultOf, takeSnapshot } from './snapshot.ts';

export async function getResult<T>(
  record: TaskRecord,
  home: ResultHome,
  options: Read<GetOptions>,
): Promise<T | Error | undefined> {
  const stop = tellMessages(record, home, options);
  try {
    await waitForEnd(record, home, options);
  } finally {
    stop();
  }
  return takeResult<T>(record, home, options.propagate ?? true);
}

/** @throws for a wait that is over without the task: TimeoutError, UnknownTaskError, the signal's reason, … */
export async function waitForEnd(
  record: TaskRecord,
  { line }: ResultHome,
  { timeout, signal, disableSyncSubtasks = true }: Read<GetOptions>,
): Promise<void> {
  const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout, 'timeout');
  const ending = await waitOutside(!disableSyncSubtasks, async () =>
    seenByLoader(
      () => `the result of task ${record.name ?? ''} (${record.id})`,
      () => waitForEnding(record, line, { timeoutMs, signal }),
    ),
  );
  if (ending === 'aborted') throw signal?.reason;
  if (ending !== 'ended') throw endingError(ending, record, line, timeoutMs);
}

/** {@link waitForEnd}, and @throws also what the task ended with, where that is no success. */
export async function waitForSuccess(
  record: TaskRecord,
  home: ResultHome,
  options: Read<GetOptions>,
): Promise<void> {
  await waitForEnd(record, home, options);
  const { state } = record.facts;
  if (state !== 'SUCCESS' && state !== 'IGNORED') takeResult(record, home, true);
}

function tellMessages(record: TaskRecord, home: ResultHome, { onMessage }: Read<GetOptions>): () => void {
  if (onMessage === undefined) return () => {};
  const tell = guarded(onMessage);
  return record.subscribe((change) => {
    if (change === 'accepted' || change === 'state' || change === 'progress')
      tell(takeSnapshot(record, home.reading));
  });
}

function takeResult<T>(
  record: TaskRecord,
  { reading }: ResultHome,
  propagate: boolean,
): T | Error | undefined {
  const { state, gone, body } = record.facts;
  if (state === 'IGNORED') return undefined;
  const outcome = record.outcome(reading);
  if ((gone && body === null) || outcome.kind === 'none') throw new ResultGoneError(record.id, state);
  if (outcome.kind === 'error' && propagate) throw outcome.error;
  return resultOf<T>(outcome);
}
