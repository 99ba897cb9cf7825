/** The link over socket.io: WebSocket only, one socket per session, none of its buffering or reconnecting. */
import {
  CeleriacError,
  CLIENT_PATH,
  type ClientFrames,
  type ClientHello,
  type GatewayFrames,
  PEER_FRAME_LIMIT,
  PROTOCOL,
  RefusedError,
} from '@celeriac/protocol';
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
const PASSING: ReadonlySet<string> = new Set(['OVERLOADED', 'SHUTTING_DOWN']);

export function openSocketLink(home: Home, events: LinkEvents): Link {
  const { origin, pathname } = new URL(home.url);
  let over = false;
  const lose = (loss: Loss): void => {
    if (over) return;
    over = true;
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
    auth: (send) => {
      readToken(home.token).then(
        (token) => send({ protocol: PROTOCOL, token, frameLimit: PEER_FRAME_LIMIT } satisfies ClientHello),
        (cause: unknown) => lose(noToken(cause)),
      );
    },
  });

  socket.on('connect_error', (error) => lose(connectFailure(home.url, error)));
  socket.on('disconnect', (reason, details) =>
    lose({
      reason: new CeleriacError('CONNECTION_LOST', `connection lost: ${reason}`),
      refused: false,
      retryAfterMs: null,
      choked: closeCodeOf(details) === MESSAGE_TOO_BIG,
    }),
  );
  socket.on('welcome', (welcome) => over || events.welcome(welcome));
  socket.on('receipts', (receipts) => over || events.receipts(receipts));
  socket.on('events', (items) => over || events.events(items));
  socket.on('snapshots', (snapshots) => over || events.snapshots(snapshots));
  socket.on('streams', (items) => over || events.streams(items));
  socket.on('feeds', (items) => over || events.feeds(items));
  socket.on('refused', (refusal) => over || events.refused(refusal));
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
      socket.disconnect();
    },
  };
}

async function readToken(token: TokenSource): Promise<string | null> {
  return typeof token === 'function' ? await token() : token;
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
function connectFailure(url: string, error: Error): Loss {
  const data: unknown = 'data' in error ? error.data : undefined;
  if (typeof data === 'object' && data !== null && 'code' in data && typeof data.code === 'string') {
    const retryAfterMs =
      'retryAfterMs' in data && typeof data.retryAfterMs === 'number' ? data.retryAfterMs : null;
    const reason = new RefusedError(data.code, error.message, retryAfterMs);
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
