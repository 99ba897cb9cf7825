/** Ids of calls: UUIDs as RFC 9562 has them, made here because each call needs one and a page carries what makes them. */
import { systemClock } from '@celeriac/runtime/calling';
import { sha1 } from './sha1.ts';

const ID_BYTES = 16;
/** Random bytes are drawn for many ids at once: one draw costs more than all the rest of an id. */
const pool = /* @__PURE__ */ new Uint8Array(ID_BYTES * 256);
let used = pool.length;

const DIGITS = /* @__PURE__ */ [...'0123456789abcdef'].map((digit) => digit.charCodeAt(0));
const DASH = 45;
/** The letters of the id that is made. Put together at once they are one flat text: one that is appended to is copied when it is first looked up. */
const letters = /* @__PURE__ */ new Array<number>(36).fill(DASH);

/** A new UUID v7: unique everywhere, in order of time to the millisecond. */
export function newTaskId(): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const at = used;
  used += ID_BYTES;
  let time = systemClock.now();
  for (let byte = at + 5; byte >= at; byte--) {
    pool[byte] = time;
    time = Math.floor(time / 256);
  }
  return toUuid(pool, at, 7);
}

/** Any UUID serves: it keeps these ids apart from other ids that are made of names. */
const LINKS = '8a1f2b9c6f0e5d439c572f7b1a6e4d80';

/**
 * The id of a call linked to one whose id its caller chose: always the same, so that the call can be made again under
 * its id and is the same call. A UUID v5.
 */
export function linkedTaskId(id: string, option: string, position: number): string {
  const space = LINKS.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? [];
  const name = new TextEncoder().encode(`${option} ${position} ${id}`);
  return toUuid(sha1([...space, ...name]), 0, 5);
}

/** Sixteen bytes from a place on, marked with a version. */
function toUuid(bytes: ArrayLike<number>, at: number, version: number): string {
  let letter = 0;
  for (let place = 0; place < ID_BYTES; place++) {
    let byte = bytes[at + place] ?? 0;
    if (place === 6) byte = (byte & 0x0f) | (version << 4);
    if (place === 8) byte = (byte & 0x3f) | 0x80;
    if (place === 4 || place === 6 || place === 8 || place === 10) letter += 1;
    letters[letter++] = DIGITS[byte >> 4] ?? 0;
    letters[letter++] = DIGITS[byte & 15] ?? 0;
  }
  return String.fromCharCode(...letters);
}
