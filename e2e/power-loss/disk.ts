import type { Deed } from './system-calls.ts';

/** From 0 to below 1. */
export type Random = () => number;

/** A generator with a seed (mulberry32), so that a run can be had again. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Change = Exclude<Deed, { readonly kind: 'sync' | 'say' }>;

interface StoredFile {
  /** What is on the disk whatever happens. */
  synced: Buffer;
  /** What was asked for since: of this anything may be there. */
  readonly pending: Change[];
}

/** The least that a disk writes whole. */
const SECTOR = 512;

/** A disk that keeps what was synced, and of the rest whatever chance leaves. */
export class Disk {
  readonly #files = new Map<string, StoredFile>();

  do(deed: Deed): void {
    if (deed.kind === 'say') return;
    const file = this.#file(deed.file);
    if (deed.kind !== 'sync') file.pending.push(deed);
    else file.synced = file.pending.splice(0).reduce((bytes, change) => apply(bytes, change), file.synced);
  }

  /** What is found after the power has failed now. @param chance of what was not synced; without it none of that is there */
  image(chance?: Random): ReadonlyMap<string, Buffer> {
    const images = new Map<string, Buffer>();
    for (const [name, { synced, pending }] of this.#files) {
      let image = resized(synced, synced.length);
      if (chance !== undefined) for (const change of pending) image = survive(image, change, chance);
      images.set(name, image);
    }
    return images;
  }

  #file(name: string): StoredFile {
    let file = this.#files.get(name);
    if (file === undefined) {
      file = { synced: Buffer.alloc(0), pending: [] };
      this.#files.set(name, file);
    }
    return file;
  }
}

/** Changes the bytes given, unless they become more or less. */
function apply(bytes: Buffer, change: Change): Buffer {
  if (change.kind === 'truncate') return resized(bytes, change.size);
  const end = change.offset + change.bytes.length;
  const written = end > bytes.length ? resized(bytes, end) : bytes;
  change.bytes.copy(written, change.offset);
  return written;
}

/** Lost, there, or (of a write) some of its sectors. */
function survive(bytes: Buffer, change: Change, chance: Random): Buffer {
  const fate = chance();
  if (fate < 0.4) return bytes;
  if (fate < 0.75 || change.kind === 'truncate') return apply(bytes, change);
  let torn = bytes;
  for (let from = 0; from < change.bytes.length; from += SECTOR) {
    const piece = change.bytes.subarray(from, from + SECTOR);
    if (chance() < 0.5) torn = apply(torn, { ...change, offset: change.offset + from, bytes: piece });
  }
  return torn;
}

/** Always a copy. */
function resized(bytes: Buffer, size: number): Buffer {
  const copy = Buffer.alloc(size);
  bytes.copy(copy, 0, 0, Math.min(size, bytes.length));
  return copy;
}
