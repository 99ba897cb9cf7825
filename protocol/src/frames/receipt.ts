/** Receipts of calls. Apart from the calls, for browsers, which read no other side of them. */
import { HEARD_ITEMS } from '../limits.ts';
import { each, heard, usual } from './frame.ts';
import { readPauseMs } from './refusal.ts';
import {
  type FrameReader,
  flag,
  isMoment,
  isName,
  isWord,
  moment,
  nullable,
  oneOf,
  text,
  tuple,
  word,
} from './shape.ts';
import { name } from './words.ts';

const accepted = tuple<
  readonly [
    id: string,
    accepted: 1,
    /** The effective queue; `null` while the task is not defined. */
    queue: string | null,
    /** Whether the result will be kept. */
    kept: boolean,
    /** Gateway wall time of the PENDING entry. */
    at: number,
  ]
>(word, oneOf([1] as const), name, flag, moment);
const refused = tuple<
  readonly [id: string, accepted: 0, code: string, message: string, retryAfterMs: number | null]
>(word, oneOf([0] as const), word, text, nullable(readPauseMs));
export type AcceptedReceipt = ReturnType<typeof accepted>;
export type RefusedReceipt = ReturnType<typeof refused>;
export type Receipt = AcceptedReceipt | RefusedReceipt;

const receipt: FrameReader<Receipt> = (value) =>
  Array.isArray(value) && value[1] === 0 ? refused(value) : accepted(value);

/** Of a call that was accepted. */
function looksUsual(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 5 &&
    isWord(value[0]) &&
    value[1] === 1 &&
    isName(value[2]) &&
    typeof value[3] === 'boolean' &&
    isMoment(value[4])
  );
}

export const RECEIPT_TOLD = {
  /** Of each call, after its commit: accepted, or refused and why. */
  receipts: heard(HEARD_ITEMS, usual(looksUsual, each(receipt))),
};
