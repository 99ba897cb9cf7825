/**
 * Every frame that a gateway or a worker hears, stated once: who reads it, what a token must allow for it, whether it is answered,
 * how many items it may have. What comes from a peer is `unknown` until its row has read it. Another frame is a reader and a row in
 * the file of its story, a handler where it is heard, and a sender.
 */
import { ASSIGNMENT_FRAMES, ASSIGNMENT_TOLD } from './assignment.ts';
import { CONTROL_FRAMES } from './control.ts';
import { FEED_FRAMES } from './feeds.ts';
import { type BodyOf, type Frame, type Named, readNamed } from './frame.ts';
import { OUTCOME_FRAMES, OUTCOME_TOLD } from './outcome.ts';
import { SESSION_FRAMES } from './session.ts';
import { STREAM_FRAMES } from './stream.ts';
import { type ReadSubmit, SUBMIT_FRAMES, type SubmitItem } from './submit.ts';
import { WATCH_FRAMES } from './watch.ts';
import { WORKER_SESSION_FRAMES, WORKER_SESSION_TOLD } from './worker-session.ts';

/** From a client, by socket.io event name. */
export const CLIENT_FRAMES = {
  ...SUBMIT_FRAMES,
  ...WATCH_FRAMES,
  ...STREAM_FRAMES,
  ...CONTROL_FRAMES,
  ...FEED_FRAMES,
  ...SESSION_FRAMES,
};
/** From a worker. */
export const WORKER_FRAMES = { ...WORKER_SESSION_FRAMES, ...ASSIGNMENT_FRAMES, ...OUTCOME_FRAMES };
/** To a worker. */
export const GATEWAY_WORKER_FRAMES = { ...WORKER_SESSION_TOLD, ...ASSIGNMENT_TOLD, ...OUTCOME_TOLD };

type ClientTable = typeof CLIENT_FRAMES;
export type ClientFrame = keyof ClientTable;
/** Those that are answered, and the others. */
export type AskedFrame = {
  [Name in ClientFrame]: ClientTable[Name] extends Frame<infer _Body, true> ? Name : never;
}[ClientFrame];
export type OneWayFrame = Exclude<ClientFrame, AskedFrame>;
/** What a client's frame is once it is read, and what is said in it. */
export type HeardIn<Name extends ClientFrame> = BodyOf<ClientTable[Name]>;
export type SaidIn<Name extends ClientFrame> =
  HeardIn<Name> extends ReadSubmit ? readonly SubmitItem[] : HeardIn<Name>;

export type ToldWorker<Name extends keyof typeof GATEWAY_WORKER_FRAMES> = BodyOf<
  (typeof GATEWAY_WORKER_FRAMES)[Name]
>;
export type WorkerFrame = Named<typeof WORKER_FRAMES>;
export type GatewayWorkerFrame = Named<typeof GATEWAY_WORKER_FRAMES>;

/** @throws FrameError */
export function readWorkerFrame(text: string, payloadLimit: number): WorkerFrame {
  return readNamed(WORKER_FRAMES, text, payloadLimit);
}

/** @throws FrameError */
export function readGatewayFrame(text: string): GatewayWorkerFrame {
  return readNamed(GATEWAY_WORKER_FRAMES, text);
}
