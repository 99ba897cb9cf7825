/** What a caller is told whose call is not taken. */
import type { RefusalCode, RefusedReceipt } from '@celeriac/protocol';
import type { TaskRecord } from '../core/record.ts';

/** When it makes sense to call again. Queues and disks are not emptied sooner, and a caller waits no longer than it must for a place. */
const FULL_RETRY_MS = 1_000;

export function tooLarge(id: string, size: number, limit: number): RefusedReceipt {
  return refusal(id, 'PAYLOAD_TOO_LARGE', `the arguments have ${size} characters, the limit is ${limit}`);
}

export function callTooLarge(id: string, bytes: number, limit: number): RefusedReceipt {
  const message = `the call has ${bytes} bytes with all its texts and links, the limit is ${limit}`;
  return refusal(id, 'CALL_TOO_LARGE', message);
}

export function noQueue({ id, options: { queue } }: TaskRecord): RefusedReceipt {
  return refusal(
    id,
    'QUEUE_NOT_FOUND',
    `there is no queue ${queue}, and this gateway makes none for being named`,
  );
}

export function queueFull({ id, options: { queue } }: TaskRecord, maxDepth: number): RefusedReceipt {
  const message = `queue ${queue} is full: ${maxDepth} tasks wait in it`;
  return refusal(id, 'QUEUE_FULL', message, FULL_RETRY_MS);
}

export function storageFull({ id }: TaskRecord, why: string): RefusedReceipt {
  return refusal(id, 'STORAGE_FULL', `the task store has no room: ${why}`, FULL_RETRY_MS);
}

export function softAboveHard({ id, options: { softTimeLimitMs, timeLimitMs } }: TaskRecord): RefusedReceipt {
  return refusal(
    id,
    'BAD_OPTIONS',
    `softTimeLimit must be less than or equal to timeLimit, got: ${softTimeLimitMs} ms above ${timeLimitMs} ms`,
  );
}

/** @param name the task's, of the call or of one that is linked to it */
export function keyRequired(id: string, name: string): RefusedReceipt {
  return refusal(
    id,
    'KEY_REQUIRED',
    `task ${name} runs only so often at a time for each key: call it with the option concurrencyKey`,
  );
}

export function idConflict(id: string): RefusedReceipt {
  return refusal(id, 'ID_CONFLICT', `task id ${id} is already used by a call with other content`);
}

/** @param retryAfterMs `null` where another try cannot end better */
function refusal(
  id: string,
  code: RefusalCode,
  message: string,
  retryAfterMs: number | null = null,
): RefusedReceipt {
  return [id, 0, code, message, retryAfterMs];
}

/** @returns how many of them have each code */
export function countByCode(receipts: readonly RefusedReceipt[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [, , code] of receipts) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}
