/** Waiting for a task: for its receipt and its end, and every reason for which a wait is over. */
import { ResultGoneError, UnknownTaskError } from '@celeriac/protocol';
import { parseDuration } from '@celeriac/protocol/calling';
import type { Timer } from '@celeriac/runtime';
import { deadline } from '@celeriac/runtime/calling';
import { guarded } from '../guarded.ts';
import { seenByLoader, waitOutside } from '../inside.ts';
import type { RecordChange } from '../record/changes.ts';
import { historyLines } from '../record/facts.ts';
import type { TaskRecord } from '../record/task-record.ts';
import { type Ending, endingError } from './ending.ts';
import type { ResultContext, TaskBackend } from './result-context.ts';
import type { GetOptions, NonNullOptions } from './result-options.ts';
import { resultOf, takeSnapshot } from './snapshot.ts';

/** The durable receipt: the task is on the gateway's disk and will end. */
export interface Acceptance {
  /** The id of the task. */
  readonly id: string;
  /** The effective queue; `null` while the task is not defined. */
  readonly queue: string | null;
  /** Whether the result will be kept. */
  readonly kept: boolean;
  /** When it was submitted, in gateway time. */
  readonly at: Date;
}

/** A wait of this length or more asks once what the task waits for, when so much of it is over: its end can then say that. */
const ASKING_MS = 1_000;
const ASKS_AFTER = 3 / 4;

/**
 * {@link whenAccepted} of a call whose receipt is to come, where nobody has to know of the wait: one promise and one listener. Why
 * there is none is told by the other, for the sake of its error's stack.
 */
export function receiptOf(record: TaskRecord, context: ResultContext): Promise<Acceptance> {
  return new Promise((resolve, reject) => {
    const sink = (): void => {
      record.leave(sink);
      const { receipt } = record;
      if (receipt === undefined) whenAccepted(record, context).then(resolve, reject);
      else resolve({ id: record.id, queue: receipt[2], kept: receipt[3], at: new Date(receipt[4]) });
    };
    record.listen(sink);
  });
}

/** For a handle made from an id: whether the gateway has the task. */
export async function whenAccepted(
  record: TaskRecord,
  context: ResultContext,
  signal?: AbortSignal,
): Promise<Acceptance> {
  if (record.standing === 'unconfirmed')
    await seenByLoader(
      () => `the receipt of task ${record.name ?? ''} (${record.id})`,
      () => heard(record, signal, () => true),
    );
  else if (record.standing === 'foreign' && !record.facts.known) await context.backend.refresh(record);
  const { known, queue, kept } = record.facts;
  // What was accepted is, also when its app was closed since.
  if (!known) throw record.failure ?? new UnknownTaskError(record.id);
  const [submitted] = historyLines(record.facts);
  return { id: record.id, queue, kept, at: new Date(submitted?.[2] ?? 0) };
}

/** Whether a call of our own is to end yet; it is followed from now on. */
export function isPending(record: TaskRecord, backend: TaskBackend): boolean {
  if (record.standing === 'foreign') return false;
  backend.watch(record);
  return presentEnding(record, backend, true) === undefined;
}

/**
 * `get()` of a call that {@link isPending}, without options: nearly every call is waited for so, and costs one promise and one listener.
 * How it ends otherwise than as a success is told by {@link getResult}, whose errors say where they were waited for.
 */
export function getSuccess<T>(record: TaskRecord, context: ResultContext): Promise<T | Error | undefined> {
  return new Promise((resolve, reject) => {
    const sink = (change: RecordChange): void => {
      if (endingAfter(change, record, true) === undefined) return;
      record.leave(sink);
      const outcome = record.state === 'SUCCESS' ? record.outcome(context.reading) : undefined;
      if (outcome?.kind === 'value') resolve(resultOf<T>(outcome));
      else getResult<T>(record, context, {}).then(resolve, reject);
    };
    record.listen(sink);
  });
}

/** What `get()` waits for and gives. */
export async function getResult<T>(
  record: TaskRecord,
  context: ResultContext,
  options: NonNullOptions<GetOptions>,
): Promise<T | Error | undefined> {
  options.signal?.throwIfAborted();
  const stop = tellMessages(record, context, options);
  try {
    await waitForEnd(record, context, options);
  } finally {
    stop();
  }
  return takeResult<T>(record, context, options.propagate ?? true);
}

/** The longest that a call may take to its gateway: its caller gives it up then, unless its app says otherwise. */
const ON_ITS_WAY_MS = 30_000;

/**
 * @param calledBefore when the task that called it had ended: its call may be on its way still, so that no gateway knows it yet
 * @throws for a wait that is over without the task: TimeoutError, UnknownTaskError, the signal's reason, …
 */
export async function waitForEnd(
  record: TaskRecord,
  { backend }: ResultContext,
  { timeout, signal, disableSyncSubtasks = true }: NonNullOptions<GetOptions>,
  calledBefore?: Date | null,
): Promise<void> {
  const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout, 'timeout');
  signal?.throwIfAborted();
  const wait = (): Ending | Promise<Ending> => waitForEnding(record, backend, timeoutMs, signal);
  const ending = await waitOutside(!disableSyncSubtasks, () =>
    seenByLoader(
      () => `the result of task ${record.name ?? ''} (${record.id})`,
      timeoutMs === undefined && calledBefore
        ? () => arrival(record, backend, calledBefore, signal).then(wait)
        : wait,
    ),
  );
  if (ending !== 'ended') throw endingError(ending, record, backend, timeoutMs);
}

/** {@link waitForEnd}, and @throws also what the task ended with, where that is no success. */
export async function waitForSuccess(
  record: TaskRecord,
  context: ResultContext,
  options: NonNullOptions<GetOptions>,
): Promise<void> {
  await waitForEnd(record, context, options);
  const { state } = record;
  if (state !== 'SUCCESS' && state !== 'IGNORED') takeResult(record, context, true);
}

/** Until the gateway has it, no call of it can be on its way any more, or it is known that it never will be. */
async function arrival(
  record: TaskRecord,
  backend: TaskBackend,
  calledBefore: Date,
  signal: AbortSignal | undefined,
): Promise<void> {
  const leftMs = Math.min(ON_ITS_WAY_MS, calledBefore.getTime() + ON_ITS_WAY_MS - backend.clock.now());
  backend.watch(record);
  if (leftMs <= 0 || record.facts.known || record.settled || backend.unreachable) return;
  await heard(
    record,
    signal,
    (change) => record.facts.known || record.settled || change === 'unreachable' || undefined,
    (finish) => deadline(backend.clock, leftMs, () => finish(true)),
  );
}

function waitForEnding(
  record: TaskRecord,
  backend: TaskBackend,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): Ending | Promise<Ending> {
  const unknownEnds = timeoutMs === undefined;
  const askedJustNow = backend.watch(record);
  const present = presentEnding(record, backend, unknownEnds && !askedJustNow);
  if (present !== undefined) return present;
  return heard<Ending>(
    record,
    signal,
    (change) => endingAfter(change, record, unknownEnds),
    timeoutMs === undefined
      ? undefined
      : (finish) => endOf(record, backend, timeoutMs, () => finish('timeout')),
  );
}

/**
 * Listens to a record until `judge` makes something of a change, or the timer that `begin` sets finishes. Rejects with the
 * signal's reason.
 */
function heard<Value>(
  record: TaskRecord,
  signal: AbortSignal | undefined,
  judge: (change: RecordChange) => Value | undefined,
  begin?: (finish: (value: Value) => void) => Timer | undefined,
): Promise<Value> {
  // Most waits, by far, have neither: for each of them one closure is enough.
  if (signal === undefined && begin === undefined)
    return new Promise((resolve) => {
      const stop = record.subscribe((change) => {
        const value = judge(change);
        if (value === undefined) return;
        stop();
        resolve(value);
      });
    });
  return new Promise((resolve, reject) => {
    const over = (): void => {
      stop();
      timer?.cancel();
      signal?.removeEventListener('abort', abort);
    };
    const finish = (value: Value): void => {
      over();
      resolve(value);
    };
    const abort = (): void => {
      over();
      reject(signal?.reason);
    };
    const stop = record.subscribe((change) => {
      const value = judge(change);
      if (value !== undefined) finish(value);
    });
    const timer = begin?.(finish);
    signal?.addEventListener('abort', abort);
  });
}

function endOf(record: TaskRecord, backend: TaskBackend, timeoutMs: number, over: () => void): Timer {
  if (timeoutMs < ASKING_MS) return deadline(backend.clock, timeoutMs, over);
  const firstMs = Math.floor(timeoutMs * ASKS_AFTER);
  let timer = deadline(backend.clock, firstMs, () => {
    const { known, state } = record.facts;
    if (known && (state === 'PENDING' || state === 'RETRY')) backend.ask(record);
    timer = deadline(backend.clock, timeoutMs - firstMs, over);
  });
  return { cancel: () => timer.cancel() };
}

/** Whether the waiting is over before it has begun. */
export function presentEnding(
  record: TaskRecord,
  backend: TaskBackend,
  unknownEnds: boolean,
): Ending | undefined {
  const away = backend.unreachable && record.standing !== 'unconfirmed';
  return settledEnding(record, unknownEnds) ?? (away ? 'unreachable' : undefined);
}

/** @param unknownEnds whether the waiting ends when the gateway has no such task */
export function endingAfter(
  change: RecordChange,
  record: TaskRecord,
  unknownEnds: boolean,
): Ending | undefined {
  return change === 'unreachable' ? 'unreachable' : settledEnding(record, unknownEnds);
}

function settledEnding(record: TaskRecord, unknownEnds: boolean): Ending | undefined {
  if (record.ended) return 'ended';
  if (record.standing === 'broken') return 'broken';
  return unknownEnds && record.unknown ? 'unknown' : undefined;
}

function tellMessages(
  record: TaskRecord,
  context: ResultContext,
  { onMessage }: NonNullOptions<GetOptions>,
): () => void {
  if (onMessage === undefined) return () => {};
  const tell = guarded(onMessage);
  return record.subscribe((change) => {
    if (isNews(change)) tell(takeSnapshot(record, context.reading));
  });
}

/** Whether there is something new to see. */
export function isNews(change: RecordChange): boolean {
  return change === 'accepted' || change === 'state' || change === 'progress';
}

function takeResult<T>(
  record: TaskRecord,
  { reading }: ResultContext,
  propagate: boolean,
): T | Error | undefined {
  const { state, gone, body } = record;
  if (state === 'IGNORED') return undefined;
  const outcome = record.outcome(reading);
  if ((gone && body === null) || outcome.kind === 'none') throw new ResultGoneError(record.id, state);
  if (outcome.kind === 'error' && propagate) throw outcome.error;
  return resultOf<T>(outcome);
}
