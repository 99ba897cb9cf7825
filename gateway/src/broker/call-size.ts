/** How large a call may be. */
import { jsonBytes, payloadSize, type RefusedReceipt, type SubmitItem } from '@celeriac/protocol/internal';
import { callOverLimit, tooLarge } from './call-refusals.ts';

export interface SizeRules {
  /** Of the arguments, in UTF-16 units. */
  readonly payloadLimit: number;
  /** Of one whole call, in bytes. */
  readonly callLimit: number;
}

/** The most that a unit of a text is in a frame. */
const UNIT_BYTES = 6;
/** What a call without links has beside its arguments, at most: headers of 16,384 units, shown arguments of 1,024, some names. */
const BESIDE_BYTES = 20_000 * UNIT_BYTES;

/** The arguments by themselves, and the whole call with all that it carries. */
export function judgeSize(
  item: SubmitItem,
  { payloadLimit, callLimit }: SizeRules,
): RefusedReceipt | undefined {
  const [id, , args] = item;
  const size = payloadSize(args);
  if (size > payloadLimit) return tooLarge(id, size, payloadLimit);
  if (!hasLinks(item) && size * UNIT_BYTES + BESIDE_BYTES < callLimit) return undefined;
  const bytes = jsonBytes(item);
  return bytes > callLimit ? callOverLimit(id, bytes, callLimit) : undefined;
}

function hasLinks([, , , call]: SubmitItem): boolean {
  return call !== null && (call.link !== undefined || call.linkError !== undefined);
}
