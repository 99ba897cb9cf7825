/**
 * Streams, read by number: the client numbers its readers, and uses a number once per session. A stream's chunks are counted from 0
 * within one attempt, its generation: another attempt begins anew.
 */
import { FRAME_ITEMS, HEARD_ITEMS } from '../limits.ts';
import type { WirePayload } from '../payload.ts';
import type { Reason } from '../state.ts';
import { each, frame, heard } from './frame.ts';
import { type Refusal, readRefusal } from './refusal.ts';
import { count, list, oneOf, row, tuple, variant } from './shape.ts';
import { payload, reason, taskId } from './words.ts';

const readOpenStream = row<
  readonly [
    reader: number,
    id: string,
    /** The generation that the reader is in; 0 joins the present one, from its start. */
    generation: number,
    /** The first chunk that it wants of that generation. */
    from: number,
  ]
>(count, taskId, count, count);
export type OpenStreamItem = ReturnType<typeof readOpenStream>;

/** What a reader's consumer has taken since the reader was opened in this session, in chunks and their size. */
const readTook = row<readonly [reader: number, chunks: number, size: number]>(count, count, count);
export type TookItem = ReturnType<typeof readTook>;

/** What a reader is told, in order. */
export type StreamItem =
  | readonly [
      reader: number,
      kind: 'chunks',
      generation: number,
      first: number,
      payloads: readonly WirePayload[],
    ]
  /** So many chunks, from this one on, are not kept any more. */
  | readonly [reader: number, kind: 'gap', generation: number, from: number, missed: number]
  /** Another attempt has begun: its chunks count from 0. `reason` is why the one before did not end the task. */
  | readonly [reader: number, kind: 'restart', generation: number, reason: Reason]
  /** The task has ended, and the reader with it: there are so many chunks in all. */
  | readonly [reader: number, kind: 'end', generation: number, count: number]
  | readonly [reader: number, kind: 'refused', refusal: Refusal];

const readStream = variant<StreamItem>(1, {
  chunks: tuple(count, oneOf(['chunks'] as const), count, count, list(payload)),
  gap: tuple(count, oneOf(['gap'] as const), count, count, count),
  restart: tuple(count, oneOf(['restart'] as const), count, reason),
  end: tuple(count, oneOf(['end'] as const), count, count),
  refused: tuple(count, oneOf(['refused'] as const), readRefusal),
});

export const STREAM_FRAMES = {
  /** Reads streams, once per reader and session, from its position on. A token that may read a task may read its stream. */
  openStreams: frame('read', FRAME_ITEMS, each(readOpenStream)),
  /** Gives credit for more chunks, as the reader takes them. */
  tookChunks: frame('none', FRAME_ITEMS, each(readTook)),
  /** Stops reading these streams; not sent after an `end`. */
  closeStreams: frame('none', FRAME_ITEMS, each(count)),
};

export const STREAM_TOLD = {
  /** Chunks within the reader's credit; gaps, restarts and ends. */
  streams: heard(HEARD_ITEMS, each(readStream)),
};
