/** How a gateway says no, and what it answers with where it is asked. */
import { type FrameReader, list, nullable, number, optional, record, text, word } from './shape.ts';

/** The longest pause that a gateway can ask for. */
export const LONGEST_PAUSE_MS = 60 * 60 * 1000;

/** How long to stay away. One that is too long is a mistake, and is cut. */
export const readPauseMs: FrameReader<number> = (value) =>
  Math.min(Math.max(number(value), 0), LONGEST_PAUSE_MS);

export const readRefusal = record({
  code: word,
  message: text,
  retryAfterMs: nullable(readPauseMs),
  /** The tasks it is about, where it is about some of a frame only. */
  ids: optional(list(word)),
});
export type Refusal = ReturnType<typeof readRefusal>;

/** What an acknowledged request is answered with. */
export type Answer<Value> = { readonly ok: Value } | { readonly refused: Refusal };

/* @__NO_SIDE_EFFECTS__ */
export function answer<Value>(ok: FrameReader<Value>): FrameReader<Answer<Value>> {
  const refusal = record({ refused: readRefusal });
  const good = record<{ readonly ok: Value }>({ ok });
  return (value) =>
    typeof value === 'object' && value !== null && 'refused' in value ? refusal(value) : good(value);
}
