import { utf8Bytes } from './bytes.ts';

export interface EncodedFrames<Item> {
  /** The JSON text of each, `[type, items]`. */
  readonly frames: readonly string[];
  /** Those that are larger than the limit by themselves, and in none of the frames. */
  readonly unfit: readonly Item[];
}

/** A unit is up to three bytes. */
const UNIT_BYTES = 3;

/**
 * Writes frames as text, none above the limit: what was written is measured, and a frame that came out too large is cut in
 * halves, down to single items.
 * @param runs the items, cut about where frames end, so that a large batch is not written several times
 * @param limit of a frame, in bytes
 */
export function encodeFrames<Item>(
  type: string,
  runs: readonly (readonly Item[])[],
  limit: number,
): EncodedFrames<Item> {
  const frames: string[] = [];
  const unfit: Item[] = [];
  const encode = (run: readonly Item[]): void => {
    const text = JSON.stringify([type, run]);
    if (text.length * UNIT_BYTES <= limit || utf8Bytes(text) <= limit) frames.push(text);
    else if (run.length === 1) unfit.push(...run);
    else {
      const half = Math.ceil(run.length / 2);
      encode(run.slice(0, half));
      encode(run.slice(half));
    }
  };
  for (const run of runs) encode(run);
  return { frames, unfit };
}
