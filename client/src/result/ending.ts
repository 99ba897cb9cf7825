/** Waiting for a task's end, and every reason for which the waiting is over. */
import { deadline, type Timer } from '@celeriac/runtime';
import type { Change, TaskRecord } from '../record/task-record.ts';
import type { Line } from './line.ts';

/**
 * ended: it has a terminal state · broken: it will never have one · unknown: the gateway has no such task ·
 * unreachable: the gateway has been away for too long · timeout, aborted: the caller waits no longer.
 */
export type Ending = 'ended' | 'broken' | 'unknown' | 'unreachable' | 'timeout' | 'aborted';

/** A wait of this length or more asks once what the task waits for, when so much of it is over: its end can then say that. */
const ASKING_MS = 1_000;
const ASKS_AFTER = 3 / 4;

export interface WaitBounds {
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

export function waitForEnding(record: TaskRecord, line: Line, bounds: WaitBounds): Ending | Promise<Ending> {
  const { timeoutMs, signal } = bounds;
  const askedJustNow = line.watch(record);
  const present = presentEnding(record, line, timeoutMs === undefined && !askedJustNow);
  if (present !== undefined) return present;
  if (signal?.aborted) return 'aborted';
  return new Promise((resolve) => {
    const finish = (ending: Ending): void => {
      stop();
      timer?.cancel();
      signal?.removeEventListener('abort', abort);
      resolve(ending);
    };
    const abort = (): void => finish('aborted');
    const stop = record.subscribe((change) => {
      const ending = endingAfter(change, record, timeoutMs === undefined);
      if (ending !== undefined) finish(ending);
    });
    const timer =
      timeoutMs === undefined ? undefined : endOf(record, line, timeoutMs, () => finish('timeout'));
    signal?.addEventListener('abort', abort);
  });
}

function endOf(record: TaskRecord, line: Line, timeoutMs: number, over: () => void): Timer {
  if (timeoutMs < ASKING_MS) return deadline(line.clock, timeoutMs, over);
  const firstMs = Math.floor(timeoutMs * ASKS_AFTER);
  let timer = deadline(line.clock, firstMs, () => {
    const { known, state } = record.facts;
    if (known && (state === 'PENDING' || state === 'RETRY')) line.ask(record);
    timer = deadline(line.clock, timeoutMs - firstMs, over);
  });
  return { cancel: () => timer.cancel() };
}

/** Whether the waiting is over before it has begun. */
export function presentEnding(record: TaskRecord, line: Line, unknownEnds: boolean): Ending | undefined {
  const away = line.unreachable && record.standing !== 'unconfirmed';
  return settledEnding(record, unknownEnds) ?? (away ? 'unreachable' : undefined);
}

/** @param unknownEnds whether the waiting ends when the gateway has no such task */
export function endingAfter(change: Change, record: TaskRecord, unknownEnds: boolean): Ending | undefined {
  return change === 'unreachable' ? 'unreachable' : settledEnding(record, unknownEnds);
}

function settledEnding(record: TaskRecord, unknownEnds: boolean): Ending | undefined {
  if (record.ended) return 'ended';
  if (record.standing === 'broken') return 'broken';
  return unknownEnds && record.facts.synced && !record.facts.known ? 'unknown' : undefined;
}
