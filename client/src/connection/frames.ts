import { FRAME_ITEMS, FRAME_SOFT_LIMIT, jsonBytes } from '@celeriac/protocol/calling';
import { cutBatch } from '@celeriac/runtime/calling';
import type { Transport } from './transport.ts';

/** One kind of what an app says: it collects, and sends when it is asked to. */
export interface Producer {
  send(transport: Transport, framing: FrameSizes): void;
}

/** Says that a producer has something to send. */
export type Ready = (producer: Producer) => void;

/** From where on another frame is begun, in bytes; a single larger item goes by itself. */
export interface FrameSizes {
  /** Of calls and their definitions. */
  readonly calls: number;
  /** Of all else, whose items are small. */
  readonly bytes: number;
}

export const USUAL_FRAME_SIZES: FrameSizes = { calls: FRAME_SOFT_LIMIT, bytes: FRAME_SOFT_LIMIT };
/** Where it has to be known which item a gateway cannot read: each goes by itself. */
export const ONE_BY_ONE: FrameSizes = { calls: 1, bytes: 1 };
/** After a frame that was refused for its size: each call goes by itself. */
export const SINGLY: FrameSizes = { calls: 1, bytes: 8 * 1024 };

/**
 * Cuts what is sent into frames, by the bytes that travel.
 * @param most items in one frame
 */
export function cutFrames<Item>(
  items: readonly Item[],
  { bytes }: Pick<FrameSizes, 'bytes'> = USUAL_FRAME_SIZES,
  most: number = FRAME_ITEMS,
): readonly (readonly Item[])[] {
  return cutBatch(items, jsonBytes, most, bytes);
}
