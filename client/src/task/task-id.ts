import { v7 } from 'uuid';

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
