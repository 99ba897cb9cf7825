/** What a caller is told whose call is not taken. */

import type { RefusalCode } from '@celeriac/protocol';
import { CALL_FAULTS, conflictText, LINKED_CALLS, type RefusedReceipt } from '@celeriac/protocol/internal';
import type { StoredTask } from '../core/record.ts';
import type { DepthRules, NoPlace } from './depths.ts';

/** When it makes sense to call again. Queues and disks are not emptied sooner, and a caller waits no longer than it must for a place. */
const FULL_RETRY_MS = 1_000;

export function tooLarge(id: string, size: number, limit: number): RefusedReceipt {
  return refusal(id, 'PAYLOAD_TOO_LARGE', `the arguments have ${size} characters; the limit is ${limit}`);
}

export function callOverLimit(id: string, bytes: number, limit: number): RefusedReceipt {
  const message = `the call has ${bytes} bytes with all its texts and links; the limit is ${limit}`;
  return refusal(id, 'CALL_TOO_LARGE', message);
}

export function noQueue({ id, options: { queue } }: StoredTask): RefusedReceipt {
  return refusal(
    id,
    'QUEUE_NOT_FOUND',
    `there is no queue ${queue}, and this gateway does not create queues on first use`,
  );
}

export function noPlaceFor(
  { id, name, options: { queue } }: StoredTask,
  code: NonNullable<NoPlace>,
  { maxDepth, maxQueues, maxLanes }: DepthRules,
): RefusedReceipt {
  switch (code) {
    case 'QUEUE_FULL':
      return refusal(id, code, `queue ${queue} is full: ${maxDepth} tasks wait in it`, FULL_RETRY_MS);
    case 'TOO_MANY_QUEUES': {
      const message = `tasks already wait in ${maxQueues} queues: queue ${queue} is not created`;
      return refusal(id, code, message);
    }
    case 'TOO_MANY_NAMES': {
      const message = `tasks already wait in ${maxLanes} pairs of queue and name: ${name} is not accepted for queue ${queue}`;
      return refusal(id, code, message);
    }
    default:
      return code satisfies never;
  }
}

export function storageFull({ id }: StoredTask, why: string): RefusedReceipt {
  return refusal(id, 'STORAGE_FULL', `the task store has no room: ${why}`, FULL_RETRY_MS);
}

export function softAboveHard({ id, options }: StoredTask): RefusedReceipt {
  return refusal(id, 'BAD_OPTIONS', CALL_FAULTS.softAboveHard(options));
}

/** @param name the task's, of the call or of one that is linked to it */
export function keyRequired(id: string, name: string): RefusedReceipt {
  return refusal(id, 'KEY_REQUIRED', CALL_FAULTS.keyRequired(name));
}

/** @param differences what its caller may know; none where the task is somebody else's */
export function idConflict(id: string, differences: readonly string[] = []): RefusedReceipt {
  return refusal(id, 'ID_CONFLICT', conflictText(id, differences));
}

/** @param name of the task that is linked to the call */
export function linkForbidden(id: string, name: string): RefusedReceipt {
  return refusal(
    id,
    'FORBIDDEN',
    `this token may not call ${name}, which is linked to this call (needs call:${name})`,
  );
}

export function queueForbidden(id: string, name: string, queue: string): RefusedReceipt {
  return refusal(
    id,
    'FORBIDDEN',
    `this token may not choose queue ${queue}, or a higher priority in it, for ${name} (needs queue:${queue})`,
  );
}

export function tooManyLinks(id: string): RefusedReceipt {
  return refusal(id, 'TOO_MANY_LINKS', `more than ${LINKED_CALLS} calls are linked to this one`);
}

export function repeatedLink(id: string, repeated: string): RefusedReceipt {
  return refusal(id, 'BAD_OPTIONS', CALL_FAULTS.repeatedLink(repeated));
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

/** @returns the ids of those that have each code */
export function idsByCode(receipts: readonly RefusedReceipt[]): ReadonlyMap<string, readonly string[]> {
  const byCode = new Map<string, string[]>();
  for (const [id, , code] of receipts) {
    const ids = byCode.get(code);
    if (ids === undefined) byCode.set(code, [id]);
    else ids.push(id);
  }
  return byCode;
}
