import { FRAME_ITEMS, FRAME_SOFT_LIMIT, jsonBytes } from '@celeriac/protocol';
import { cutBatch } from '@celeriac/runtime';

/** What one frame may be. */
export interface Framing {
  /** From where on another frame is begun; a single larger item goes by itself. */
  readonly bytes: number;
}

export const USUAL_FRAMING: Framing = { bytes: FRAME_SOFT_LIMIT };
/** After a frame that was refused for its size: each item goes by itself. */
export const SINGLY: Framing = { bytes: 1 };

/**
 * Cuts what is sent into frames, by the bytes that travel.
 * @param most items in one frame
 */
export function inFrames<Item>(
  items: readonly Item[],
  { bytes }: Framing = USUAL_FRAMING,
  most: number = FRAME_ITEMS,
): readonly (readonly Item[])[] {
  return items.length === 0 ? [] : cutBatch(items, jsonBytes, most, bytes);
}
