/** The link over socket.io: WebSocket only, one socket per session, none of its buffering or reconnecting. */
import {
  type Answer,
  CeleriacError,
  CLIENT_PATH,
  type ClientFrames,
  type ClientHello,
  type GatewayFrames,
  PEER_FRAME_LIMIT,
  PROTOCOL,
  RefusedError,
  type TokenRefreshed,
} from '@celeriac/protocol';
import { type Clock, Renewal, systemClock } from '@celeriac/runtime';
import { io, type Socket } from 'socket.io-client';
import { runsInNode } from '../environment.ts';
import type { TokenSource } from '../hosting.ts';
import type { Link, LinkEvents, Loss } from './link.ts';

/** Where an app's gateway is, and who the app is there. */
export interface Home {
  readonly url: string;
  readonly token: TokenSource;
}

type ClientSocket = Socket<GatewayFrames, ClientFrames>;

const OPEN_TIMEOUT_MS = 10_000;
/** A message was larger than its receiver takes (RFC 6455, 7.4.1). */
const MESSAGE_TOO_BIG = 1009;
/** Refusals that a later try may not meet, though nothing here has changed. */
const PASSING: ReadonlySet<string> = new Set(['OVERLOADED', 'SHUTTING_DOWN', 'TOO_MANY_CONNECTIONS']);
/** What ends a token for good. */
const ENDED: ReadonlySet<string> = new Set(['TOKEN_EXPIRED', 'TOKEN_REVOKED']);

/** @param clock when a token is renewed by its factory */
export function openSocketLink(home: Home, events: LinkEvents, clock: Clock = systemClock): Link {
  const { origin, pathname } = new URL(home.url);
  const { token: source } = home;
  let over = false;
  let ended: RefusedError | undefined;
  const lose = (loss: Loss): void => {
    if (over) return;
    over = true;
    renewal.stop();
    socket.disconnect();
    events.lost(loss);
  };
  const socket: ClientSocket = io(origin, {
    path: pathname.replace(/\/+$/, '') + CLIENT_PATH,
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    timeout: OPEN_TIMEOUT_MS,
    // Only Node's timers and sockets know unref: the process is held by ProcessHold alone.
    autoUnref: runsInNode(),
    auth: (send: (hello: object) => void) => {
      readToken(home.token).then(
        (token) => send({ protocol: PROTOCOL, token, frameLimit: PEER_FRAME_LIMIT } satisfies ClientHello),
        (cause: unknown) => lose(noToken(cause)),
      );
    },
  });

  const renewal = new Renewal({ clock, random: Math.random, renew: () => refresh(socket, home.token) });
  socket.on('connect_error', (error) => lose(connectFailure(home, error)));
  socket.on('disconnect', (reason, details) =>
    lose(ended === undefined ? cut(reason, details) : tokenEnded(ended, source)),
  );
  socket.on('welcome', (welcome) => {
    if (over) return;
    if (typeof source === 'function') renewal.lasts(welcome.tokenExpiresInMs);
    events.welcome(welcome);
  });
  socket.on('receipts', (receipts) => over || events.receipts(receipts));
  socket.on('events', (items) => over || events.events(items));
  socket.on('snapshots', (snapshots) => over || events.snapshots(snapshots));
  socket.on('streams', (items) => over || events.streams(items));
  socket.on('feeds', (items) => over || events.feeds(items));
  socket.on('refused', (refusal) => {
    if (over) return;
    if (ENDED.has(refusal.code)) ended = new RefusedError(refusal.code, refusal.message);
    events.refused(refusal);
  });
  socket.on('goaway', (afterMs) => over || events.goaway(afterMs));

  return {
    send: (...[name, body]: Parameters<Link['send']>) => void (socket as Socket).emit(name, body),
    get: (ids, answer) => void socket.emit('get', ids, answer),
    revoke: (items, answer) => void socket.emit('revoke', items, answer),
    forget: (ids, answer) => void socket.emit('forget', ids, answer),
    control: (items, answer) => void socket.emit('control', items, answer),
    list: (queries, answer) => void socket.emit('list', queries, answer),
    close: () => {
      over = true;
      renewal.stop();
      socket.disconnect();
    },
  };
}

async function readToken(token: TokenSource): Promise<string | null> {
  return typeof token === 'function' ? await token() : token;
}

/** @returns how long the new one lasts; `undefined`: without end */
async function refresh(socket: ClientSocket, source: TokenSource): Promise<number | undefined> {
  const token = await readToken(source);
  if (token === null) throw new CeleriacError('NO_TOKEN', 'the token factory gave none');
  const answer = await new Promise<Answer<TokenRefreshed>>((resolve) => {
    socket.emit('refresh', token, resolve);
  });
  if ('refused' in answer) throw new RefusedError(answer.refused.code, answer.refused.message);
  return answer.ok.tokenExpiresInMs;
}

function cut(why: string, details: unknown): Loss {
  const reason = new CeleriacError('CONNECTION_LOST', `connection lost: ${why}`);
  return {
    reason,
    refused: false,
    retryAfterMs: null,
    choked: closeCodeOf(details) === MESSAGE_TOO_BIG,
  };
}

/** A factory may give another token: at once for one that has expired, slowly where somebody has revoked it. */
function tokenEnded(reason: RefusedError, source: TokenSource): Loss {
  const final = typeof source !== 'function';
  return { reason, refused: final || reason.code === 'TOKEN_REVOKED', retryAfterMs: null, final };
}

/** Of the WebSocket below, where it told one. */
function closeCodeOf(details: unknown): number | undefined {
  const event: unknown =
    typeof details === 'object' && details !== null && 'context' in details ? details.context : undefined;
  const code: unknown =
    typeof event === 'object' && event !== null && 'code' in event ? event.code : undefined;
  return typeof code === 'number' ? code : undefined;
}

function noToken(cause: unknown): Loss {
  return {
    reason: new CeleriacError('NO_TOKEN', 'the token factory failed', { cause }),
    refused: true,
    retryAfterMs: null,
  };
}

/** A gateway that refuses says why in `data`; everything else is a network that does not lead there. */
function connectFailure({ url, token }: Home, error: Error): Loss {
  const data: unknown = 'data' in error ? error.data : undefined;
  if (typeof data === 'object' && data !== null && 'code' in data && typeof data.code === 'string') {
    const retryAfterMs =
      'retryAfterMs' in data && typeof data.retryAfterMs === 'number' ? data.retryAfterMs : null;
    const reason = new RefusedError(data.code, error.message, retryAfterMs);
    if (ENDED.has(data.code)) return tokenEnded(reason, token);
    return { reason, refused: !PASSING.has(data.code), retryAfterMs };
  }
  const reason = new CeleriacError('CONNECT_FAILED', `cannot connect to ${url}: ${causeOf(error)}`, {
    cause: error,
  });
  return { reason, refused: false, retryAfterMs: null };
}

/** The network's own words, where the platform tells them (a browser does not). */
function causeOf(error: Error): string {
  const event: unknown = 'description' in error ? error.description : undefined;
  const told = typeof event === 'object' && event !== null && 'message' in event ? event.message : undefined;
  return typeof told === 'string' && told !== '' ? told : error.message;
}
