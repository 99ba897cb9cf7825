import { v5, v7 } from 'uuid';

/** Random bytes are drawn for many ids at once: one draw costs more than all the rest of an id. */
const ID_BYTES = 16;
const pool = new Uint8Array(ID_BYTES * 256);
let used = pool.length;

/** A new UUID v7: unique everywhere, in order of time to the millisecond. */
export function newTaskId(): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  used += ID_BYTES;
  return v7({ random: pool.subarray(used - ID_BYTES, used) });
}

/** Any UUID serves: it keeps these ids apart from other ids that are made of names. */
const LINKS = '8a1f2b9c-6f0e-5d43-9c57-2f7b1a6e4d80';

/**
 * The id of a call linked to one whose id its caller chose: always the same, so that the call can be made again under
 * its id and is the same call.
 */
export function linkedTaskId(id: string, option: string, position: number): string {
  return v5(`${option} ${position} ${id}`, LINKS);
}
