/** Every frame and answer that a client hears. Apart from the other table, for browsers, which read nothing else. */
import { CONTROL_ANSWERS } from './control.ts';
import { FEED_ANSWERS, FEED_TOLD } from './feeds.ts';
import type { BodyOf } from './frame.ts';
import { RECEIPT_TOLD } from './receipt.ts';
import type { Answer } from './refusal.ts';
import { SESSION_ANSWERS, SESSION_TOLD } from './session.ts';
import { type FrameReader, readShape } from './shape.ts';
import { STREAM_TOLD } from './stream.ts';
import type { AskedFrame, SaidIn } from './table.ts';
import { WATCH_ANSWERS, WATCH_TOLD } from './watch.ts';

/** What the gateway says unasked, by socket.io event name. */
export const GATEWAY_FRAMES = {
  ...SESSION_TOLD,
  ...RECEIPT_TOLD,
  ...WATCH_TOLD,
  ...STREAM_TOLD,
  ...FEED_TOLD,
};
export type GatewayFrame = keyof typeof GATEWAY_FRAMES;

export type ToldIn<Name extends GatewayFrame> = BodyOf<(typeof GATEWAY_FRAMES)[Name]>;

/** @throws FrameError */
export function readTold<Name extends GatewayFrame>(name: Name, said: unknown): ToldIn<Name> {
  // The row is that of the name.
  return GATEWAY_FRAMES[name].read(said, name) as ToldIn<Name>;
}

/** What the gateway answers, by what it was asked. */
export const GATEWAY_ANSWERS = {
  ...WATCH_ANSWERS,
  ...CONTROL_ANSWERS,
  ...FEED_ANSWERS,
  ...SESSION_ANSWERS,
} satisfies { readonly [Name in AskedFrame]: (asked: SaidIn<Name>) => FrameReader<Answer<unknown>> };
export type AnswerTo<Name extends AskedFrame> =
  ReturnType<(typeof GATEWAY_ANSWERS)[Name]> extends FrameReader<Answer<infer Value>> ? Value : never;

/** @throws FrameError */
export function readAnswer<Name extends AskedFrame>(
  name: Name,
  asked: SaidIn<Name>,
  said: unknown,
): Answer<AnswerTo<Name>> {
  // The reader is that of the name.
  const readerFor = GATEWAY_ANSWERS[name] as unknown as (
    asked: SaidIn<Name>,
  ) => FrameReader<Answer<AnswerTo<Name>>>;
  return readShape(readerFor(asked), said, name);
}
