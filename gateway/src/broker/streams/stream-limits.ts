/** Every bound of a stream in the gateway's memory. Sizes are UTF-16 units; a chunk counts its envelope as well. */

/** What is kept of one task's stream. Beyond it the oldest goes, but not what a live reader has yet to be sent. */
export const KEPT_CHUNKS = 4_096;
export const KEPT_SIZE = 1024 * 1024;
/** How far a task may be ahead of its slowest live reader, besides what its worker holds. */
export const AHEAD_CHUNKS = 1_024;
export const AHEAD_SIZE = 256 * 1024;
/** All streams together. */
export const ALL_SIZE = 32 * 1024 * 1024;
export const ALL_STREAMS = 10_000;
/** About what a chunk costs besides its text. */
export const CHUNK_ENVELOPE = 40;

/** How long a stream is kept after its task's end. */
export const AFTER_END_MS = 60_000;
/** A reader that takes nothing for this long no longer slows its task down. */
export const READER_PATIENCE_MS = 30_000;
/**
 * How long an attempt that nobody reads is held up at the bound of one that is read: its caller's reader may be on its
 * way, behind the call itself or, after a restart of the gateway, behind a new connection.
 */
export const FIRST_READER_MS = 500;
/** How often these bounds are enforced. */
export const SWEEP_EVERY_MS = 1_000;
