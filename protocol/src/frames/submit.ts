/** Calls, and what they run under. */
import type { CallOptions, WireTaskOptions } from '../definition.ts';
import { MAX_DURATION_MS } from '../duration.ts';
import type { RefusalCode } from '../errors.ts';
import { DEFINITIONS, FRAME_ITEMS, TASK_ID_LENGTH, TASK_NAME_LENGTH } from '../limits.ts';
import type { WirePayload } from '../payload.ts';
import { areUsual, each, frame } from './frame.ts';
import { FrameError, isInteger, isText, readInteger, readList, readPayload, readText } from './guard.ts';
import { readCallOptions, readTaskOptions, taskOptions } from './options.ts';
import type { RefusedReceipt } from './receipt.ts';
import { row } from './shape.ts';
import { taskName } from './words.ts';

const readDefine = row<readonly [name: string, options: WireTaskOptions]>(taskName, taskOptions);
export type DefineItem = ReturnType<typeof readDefine>;

/** By hand: once for each call. */
function readSubmitItem(item: unknown): readonly [
  id: string,
  name: string,
  args: WirePayload,
  /** As the caller gave them, so that a resend hashes the same; `null` when there are none. */
  options: CallOptions | null,
  /** Milliseconds since the call: countdowns and relative expiries count from there. */
  ageMs: number,
  /** Of a call made inside a task: the first task of its family, and the one that calls. */
  lineage?: readonly [rootId: string, parentId: string] | null,
  /** What the caller's route says, below the task's own options. */
  route?: WireTaskOptions | null,
] {
  if (!Array.isArray(item)) readList(item, 'submit item', 7);
  const [id, name, args, options, ageMs, lineage, route] = item as readonly unknown[];
  const call = [
    readText(id, 'submit.id', TASK_ID_LENGTH),
    readText(name, 'submit.name', TASK_NAME_LENGTH),
    readPayload(args, 'submit.args', Number.MAX_SAFE_INTEGER),
    options == null ? null : readCallOptions(options, 'submit.options'),
    readInteger(ageMs, 'submit.ageMs', 0, MAX_DURATION_MS),
  ] as const;
  // Nearly every call has neither, and a shorter item is a cheaper one.
  if (lineage == null && route == null) return call;
  return [...call, readLineage(lineage), route == null ? null : readTaskOptions(route, 'submit.route')];
}
export type SubmitItem = ReturnType<typeof readSubmitItem>;

/** A call without options, lineage and route, whose arguments are bare. */
function looksUsual(item: unknown): boolean {
  return (
    Array.isArray(item) &&
    item.length === 5 &&
    isText(item[0], TASK_ID_LENGTH) &&
    isText(item[1], TASK_NAME_LENGTH) &&
    typeof item[2] === 'string' &&
    item[3] === null &&
    isInteger(item[4], 0, MAX_DURATION_MS)
  );
}

function readLineage(value: unknown): readonly [string, string] | null {
  if (value == null) return null;
  const [rootId, parentId] = readList(value, 'submit.lineage', 2);
  return [
    readText(rootId, 'submit.rootId', TASK_ID_LENGTH),
    readText(parentId, 'submit.parentId', TASK_ID_LENGTH),
  ];
}

export interface ReadSubmit {
  readonly items: readonly SubmitItem[];
  /** Those with a text or a payload that is too long. */
  readonly refused: readonly RefusedReceipt[];
}

const NONE: readonly RefusedReceipt[] = [];

/**
 * A submit's envelope. What is too large refuses its own call only; the arguments, and the call as a whole, are left to
 * admission to measure.
 */
function readSubmit(value: unknown, place: string, bound: number): ReadSubmit {
  if (areUsual<SubmitItem>(value, bound, looksUsual)) return { items: value, refused: NONE };
  const items: SubmitItem[] = [];
  const refused: RefusedReceipt[] = [];
  for (const item of readList(value, place, bound)) {
    try {
      items.push(readSubmitItem(item));
    } catch (error) {
      refused.push(refusedItem(item, error));
    }
  }
  return { items, refused };
}

/** @throws the error, where it is no matter of size, or the item has no id to refuse it by */
function refusedItem(item: unknown, error: unknown): RefusedReceipt {
  if (!(error instanceof FrameError) || !Array.isArray(item)) throw error;
  if (!error.tooLarge) throw concerning(error, item[0]);
  const code: RefusalCode = error.code === 'PAYLOAD_TOO_LARGE' ? 'PAYLOAD_TOO_LARGE' : 'CALL_TOO_LARGE';
  return [readText(item[0], 'submit.id', TASK_ID_LENGTH), 0, code, error.message, null];
}

/** The sender can then take that one back and send the others again. */
function concerning(error: FrameError, id: unknown): FrameError {
  const known = typeof id === 'string' && id.length > 0 && id.length <= TASK_ID_LENGTH;
  return known ? new FrameError(error.message, 'BAD_FRAME', false, id) : error;
}

export const SUBMIT_FRAMES = {
  /** Options of tasks that the client has defined, used until a worker has defined them: once per name and session, before its first submit. */
  define: frame('call', DEFINITIONS, each(readDefine)),
  /** Calls. From now on their caller watches them. */
  submit: frame('call', FRAME_ITEMS, readSubmit),
};
