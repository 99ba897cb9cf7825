/**
 * Where an id stands in the index of ids: a time and a hash, both integers. An index over the texts themselves
 * costs half of the store's speed (measured); the few candidates under one pair are compared by text.
 *
 * The ids that our clients make (UUIDv7) begin with their time, so new ones go to the end of the index and touch
 * few pages. All other ids have time 0 and are told apart by the hash alone. The hash is seeded per store, so that
 * nobody can prepare ids that collide.
 */
export interface IdKey {
  readonly time: number;
  readonly hash: number;
}

export function idKey(id: string, seed: number): IdKey {
  return { time: timeOf(id), hash: hash53(id, seed) };
}

/** Milliseconds since 1970 of a UUIDv7, 0 for any other id. */
function timeOf(id: string): number {
  if (id.length !== 36 || id[14] !== '7' || id[8] !== '-' || id[13] !== '-') return 0;
  const high = parseInt(id.slice(0, 8), 16);
  const low = parseInt(id.slice(9, 13), 16);
  return Number.isNaN(high) || Number.isNaN(low) ? 0 : high * 0x1_0000 + low;
}

/** Whose a task is, as it stands in the index of subjects; few share a number, and those are told apart by their texts. */
export function ownerOf(subject: string, seed: number): number {
  return hash53(subject, seed);
}

/** cyrb53: two multiply-and-mix lanes, 53 bits; good spread, no cryptographic claim. */
export function hash53(text: string, seed: number): number {
  let one = 0xdeadbeef ^ seed;
  let other = 0x41c6ce57 ^ seed;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    one = Math.imul(one ^ unit, 2654435761);
    other = Math.imul(other ^ unit, 1597334677);
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(other ^ (other >>> 13), 3266489909);
  other = Math.imul(other ^ (other >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  return 0x1_0000_0000 * (other & 0x1f_ffff) + (one >>> 0);
}
