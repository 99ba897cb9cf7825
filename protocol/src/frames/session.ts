/**
 * A client's session: opened by its hello, which travels as socket.io's `auth`, anew on each connect. The first word is the
 * gateway's welcome, or what refuses the connection.
 */
import { COUNT_LIMIT, type Limits, PEER_FRAME_LIMIT } from '../limits.ts';
import { PROTOCOL } from '../version.ts';
import { heard, question, single } from './frame.ts';
import { answer, LONGEST_PAUSE_MS, readPauseMs, readRefusal } from './refusal.ts';
import {
  count,
  integer,
  list,
  maybe,
  moment,
  nullable,
  optional,
  readShape,
  record,
  text,
  word,
} from './shape.ts';
import { readProtocolRange, readTokenEnd, TOKEN_END, token } from './words.ts';

const hello = record({
  protocol: readProtocolRange,
  token: nullable(token),
  /** The largest frame that it takes, in bytes: 4 MB, which absent means as well, or more. */
  frameLimit: maybe(integer(PEER_FRAME_LIMIT, COUNT_LIMIT)),
});
export type ClientHello = ReturnType<typeof hello>;

/** @throws FrameError */
export function readClientHello(value: unknown): ClientHello {
  return readShape(hello, value, 'auth');
}

export const readWelcome = record({
  protocol: integer(PROTOCOL.min, PROTOCOL.max),
  /** Names this store; another one means that accepted tasks may be gone. */
  epoch: text,
  /** Gateway wall time in milliseconds. */
  now: moment,
  limits: record<Limits>({
    payload: count,
    frame: count,
    call: optional(count),
    inFlightTasks: count,
    inFlightBytes: count,
  }),
  ...TOKEN_END,
});
export type ClientWelcome = ReturnType<typeof readWelcome>;

const interval = integer(1, LONGEST_PAUSE_MS);
/** What opens a socket.io connection (https://socket.io/docs/v4/engine-io-protocol/). */
export const readHandshake = record({
  sid: word,
  upgrades: list(text),
  pingInterval: interval,
  pingTimeout: interval,
});
/** What refuses one. The reasons are its `data`, a {@link Refusal} without the message. */
export const readTurnedAway = record({ message: text });

export const SESSION_FRAMES = {
  /**
   * Another token of the same subject, before the first one expires. When it is answered, the connection has the rights of the new
   * token; feeds, streams and watches that it may no longer read are refused. If the new token is refused, the one before stays valid.
   */
  refresh: question('none', 1, single(token)),
};
export const SESSION_ANSWERS = { refresh: () => answer(readTokenEnd) };

export const SESSION_TOLD = {
  /** The first frame, when the hello is accepted. */
  welcome: heard(1, single(readWelcome)),
  /** A frame of this client was refused; after a malformed one the connection is closed as well. */
  refused: heard(1, single(readRefusal)),
  /** The gateway is shutting down; reconnect after this many milliseconds. */
  goaway: heard(1, single(readPauseMs)),
};
