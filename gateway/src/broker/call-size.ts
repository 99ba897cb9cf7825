/** How large a call may be. */
import { jsonBytes, payloadSize, type RefusedReceipt, type SubmitItem } from '@celeriac/protocol';
import { callTooLarge, tooLarge } from './refusals.ts';

export interface SizeRules {
  /** Of the arguments, in UTF-16 units. */
  readonly payloadLimit: number;
  /** Of one whole call, in bytes. */
  readonly callLimit: number;
}

/** The most that a unit of a text is in a frame. */
const UNIT_BYTES = 6;
/** What a call without options, lineage and route has beside its arguments, at most. */
const PLAIN_BYTES = 4_096;

/** The arguments by themselves, and the whole call with all that it carries. */
export function judgeSize(
  item: SubmitItem,
  { payloadLimit, callLimit }: SizeRules,
): RefusedReceipt | undefined {
  const [id, , args] = item;
  const size = payloadSize(args);
  if (size > payloadLimit) return tooLarge(id, size, payloadLimit);
  if (isPlain(item) && size * UNIT_BYTES < callLimit - PLAIN_BYTES) return undefined;
  const bytes = jsonBytes(item);
  return bytes > callLimit ? callTooLarge(id, bytes, callLimit) : undefined;
}

/** Nothing in it can be large but its arguments. */
function isPlain([, , , call, , lineage, route]: SubmitItem): boolean {
  return call === null && lineage == null && route == null;
}
