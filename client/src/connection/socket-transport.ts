/** The transport over socket.io: WebSocket only, one socket per session, none of its buffering or reconnecting. */

import { CeleriacError, PROTOCOL, RefusedError } from '@celeriac/protocol';
import {
  FrameError,
  GATEWAY_FRAME_NAMES,
  PEER_FRAME_LIMIT,
  readRefusal,
  readShape,
} from '@celeriac/protocol/calling';
import type { Answer, GatewayFrame, TokenRefreshed } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { deadline, Renewal, systemClock } from '@celeriac/runtime/calling';
import { openSocket } from '#socket';
import { readAnswer, readTold } from '#words';
import type { TokenSource } from '../hosting.ts';
import type { OpenSocketLink } from './socket-link.ts';
import type { GatewayListener, Transport, TransportEvents, TransportLoss } from './transport.ts';

/** Where an app's gateway is, and who the app is there. */
export interface GatewayAccess {
  readonly url: string;
  readonly token: TokenSource;
  /**
   * A worker's: once welcomed it tries again whatever it is refused for, since its gateway may become right again, and what its
   * tasks call must come back with it. Only a token that has ended is final. Default false.
   */
  readonly outlastsRefusals?: boolean | undefined;
}

const OPEN_TIMEOUT_MS = 10_000;
/** A message was larger than its receiver takes (RFC 6455, 7.4.1). */
const MESSAGE_TOO_BIG = 1009;
/** Refusals that a later try may not meet, though nothing here has changed. */
const PASSING: ReadonlySet<string> = new Set(['OVERLOADED', 'SHUTTING_DOWN', 'TOO_MANY_CONNECTIONS']);
/** Codes after which a token is never accepted again. */
const ENDED: ReadonlySet<string> = new Set(['TOKEN_EXPIRED', 'TOKEN_REVOKED']);
/** Said of a token: another one may do. */
const TOKENS: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED']);
/** Said of the address that this app has, or of the page that it is in: neither changes. */
const ADDRESSES: ReadonlySet<string> = new Set(['BAD_HOST', 'BAD_ORIGIN']);

/**
 * @param clock when a token is renewed by its factory
 * @internal
 */
export function openSocketTransport(
  access: GatewayAccess,
  events: TransportEvents,
  clock: Clock = systemClock,
): Transport {
  return openTransportOver(openSocket, access, events, clock);
}

/** @internal */
export function openTransportOver(
  openLink: OpenSocketLink,
  access: GatewayAccess,
  events: TransportEvents,
  clock: Clock,
): Transport {
  const { token: source } = access;
  let over = false;
  let ended: RefusedError | undefined;
  const hangUp = (): void => {
    over = true;
    opening.cancel();
    renewal.stop();
    socket.close();
  };
  const lose = (loss: TransportLoss): void => {
    if (over) return;
    hangUp();
    events.lost(loss);
  };
  const socket = openLink(
    {
      url: access.url,
      clock,
      names: GATEWAY_FRAME_NAMES,
      hello: (send) => {
        readToken(access.token).then(
          (token) => send({ protocol: PROTOCOL, token, frameLimit: PEER_FRAME_LIMIT }),
          (cause: unknown) => lose(noToken(cause)),
        );
      },
    },
    {
      opened: () => opening.cancel(),
      said: (name, body) => hear(name as GatewayFrame, body),
      failed: (error) => lose(connectFailure(access, error)),
      ended: (why, details) => lose(ended === undefined ? cut(why, details) : tokenEnded(ended, source)),
    },
  );
  const opening = deadline(clock, OPEN_TIMEOUT_MS, () => lose(connectFailure(access, new Error('timeout'))));

  // What the gateway says becomes values in `ask` and in `hear` alone. What cannot be read costs the connection, not the process.
  const misread = (error: unknown): Error => {
    const reason = malformed(error);
    lose({ reason, refused: false, retryAfterMs: null });
    return reason;
  };
  /** An answer that cannot be read still counts as one: in the next session it would be no better. */
  const ask: Transport['ask'] = (name, body, answer) => {
    socket.emit(name, body, (said: unknown) => {
      if (over) return;
      try {
        answer(readAnswer(name, body, said));
      } catch (error) {
        const { message } = misread(error);
        answer({ refused: { code: 'BAD_FRAME', message, retryAfterMs: null } });
      }
    });
  };

  const renewal = new Renewal({ clock, random: Math.random, renew: () => refresh(access.token, ask) });
  const first: Partial<GatewayListener> = {
    welcome: ({ tokenExpiresInMs }) => {
      if (typeof source === 'function') renewal.lasts(tokenExpiresInMs);
    },
    refused: (refusal) => {
      if (ENDED.has(refusal.code)) ended = RefusedError.of(refusal);
    },
  };
  const hear = <Name extends GatewayFrame>(name: Name, said: unknown): void => {
    const told: GatewayListener = events;
    if (over) return;
    try {
      const word = readTold(name, said);
      first[name]?.(word);
      told[name](word);
    } catch (error) {
      misread(error);
    }
  };

  return { send: (name, body) => socket.emit(name, body), ask, close: hangUp };
}

async function readToken(token: TokenSource): Promise<string | null> {
  return typeof token === 'function' ? await token() : token;
}

/** @returns how long the new one lasts; `undefined`: without end */
async function refresh(source: TokenSource, ask: Transport['ask']): Promise<number | undefined> {
  const token = await readToken(source);
  if (token === null) throw new CeleriacError('NO_TOKEN', 'the token function returned no token');
  const answer = await new Promise<Answer<TokenRefreshed>>((resolve) => {
    ask('refresh', token, resolve);
  });
  if ('refused' in answer) throw RefusedError.of(answer.refused);
  return answer.ok.tokenExpiresInMs;
}

function cut(why: string, details: unknown): TransportLoss {
  return {
    reason: lossReason(why, details),
    refused: false,
    retryAfterMs: null,
    choked: closeCodeOf(details) === MESSAGE_TOO_BIG,
  };
}

/** A factory may give another token: at once for one that has expired, slowly for one that was revoked or is not taken. */
function tokenEnded(reason: RefusedError, source: TokenSource): TransportLoss {
  const final = typeof source !== 'function';
  return { reason, refused: final || reason.code !== 'TOKEN_EXPIRED', retryAfterMs: null, final };
}

/** Of the WebSocket below, where it told one. */
function closeCodeOf(details: unknown): number | undefined {
  const event: unknown =
    typeof details === 'object' && details !== null && 'context' in details ? details.context : undefined;
  const code: unknown =
    typeof event === 'object' && event !== null && 'code' in event ? event.code : undefined;
  return typeof code === 'number' ? code : undefined;
}

function noToken(cause: unknown): TransportLoss {
  return {
    reason: new CeleriacError('NO_TOKEN', 'the token function failed', { cause }),
    refused: true,
    retryAfterMs: null,
  };
}

/** A gateway that refuses says why in `data`; everything else is a network that does not lead there. */
function connectFailure(
  { url, token, outlastsRefusals = false }: GatewayAccess,
  error: Error,
): TransportLoss {
  const refusal = refusalIn(error);
  if (refusal !== undefined) {
    const { code, retryAfterMs } = refusal;
    if (ENDED.has(code) || (TOKENS.has(code) && retryAfterMs === null && !outlastsRefusals))
      return tokenEnded(refusal, token);
    const final = ADDRESSES.has(code) && !outlastsRefusals;
    return { reason: refusal, refused: !PASSING.has(code), retryAfterMs, final };
  }
  const reason =
    packetFault(error) ??
    new CeleriacError('CONNECT_FAILED', `cannot connect to ${url}: ${causeOf(error)}`, { cause: error });
  return { reason, refused: false, retryAfterMs: null };
}

/** Another server's refusal has other facts, or none. */
function refusalIn(error: Error): RefusedError | undefined {
  if (!('data' in error) || error.data == null) return undefined;
  try {
    const facts = { ...error.data, message: error.message };
    return RefusedError.of(readShape(readRefusal, facts, 'refusal'));
  } catch {
    return undefined;
  }
}

function lossReason(reason: string, details: unknown): Error {
  if (reason === 'parse error') return malformed(details);
  return packetFault(details) ?? new CeleriacError('CONNECTION_LOST', `connection lost: ${reason}`);
}

function malformed(cause: unknown): CeleriacError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CeleriacError('BAD_FRAME', `cannot read what the gateway sent: ${why}`, { cause });
}

/** Of a packet that {@link GuardedWebSocket} did not let through. */
function packetFault(error: unknown): CeleriacError | undefined {
  const fault = descriptionOf(error);
  return fault instanceof FrameError ? malformed(fault) : undefined;
}

/** The network's own words, where the platform tells them (a browser does not). */
function causeOf(error: Error): string {
  const event = descriptionOf(error);
  const told = typeof event === 'object' && event !== null && 'message' in event ? event.message : undefined;
  return typeof told === 'string' && told !== '' ? told : error.message;
}

function descriptionOf(error: unknown): unknown {
  return error instanceof Error && 'description' in error ? error.description : undefined;
}
