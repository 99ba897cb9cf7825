import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CeleriacError, RefusedError } from '@celeriac/protocol';
import {
  CLIENT_MARK,
  CLIENT_PATH,
  FrameError,
  PEER_FRAME_LIMIT,
  readClientHello,
} from '@celeriac/protocol/internal';
import type { Service } from '@celeriac/runtime';
import { type Socket as Connection, Server as Engine } from 'engine.io';
import { Server } from 'socket.io';
import { type ServerOptions, WebSocketServer } from 'ws';
import type { OriginRefusal } from '../auth/origin-guard.ts';
import type { TransportContext } from '../context.ts';
import { commonProtocol, receive } from '../entrance.ts';
import { KEPT_FOR_PEER, type PeerConnection } from '../peer-connection.ts';
import { claimUpgrades } from '../upgrades.ts';
import { toRefusal } from './client-refusals.ts';
import { ClientSession } from './client-session.ts';
import type { ClientServer, ClientSocket } from './client-socket.ts';
import { ConnectPacer } from './connect-pacer.ts';

/** socket.io's own 25 s + 20 s leave a dead link unnoticed for 45 s, too long for a live page. */
const PING_INTERVAL_MS = 10_000;
const PING_TIMEOUT_MS = 8_000;
/** Clients told to go away come back spread over a second for every thousand of them. */
const GOAWAY_SPREAD_MS = 1;
const SHORTEST_SPREAD_MS = 1_000;

/** How far an upgrade has come. */
interface Visit {
  readonly peer: PeerConnection;
  /** A page that may not come in. */
  readonly foreign: OriginRefusal | null;
  connection: Connection | undefined;
  /** Messages that it has said. */
  said: number;
  welcome: boolean;
}

/** Where clients connect: socket.io over WebSocket on the gateway's port. Lets clients in, and gives each a session. */
export class ClientEndpoint implements Service {
  readonly #context: TransportContext;
  readonly #http: HttpServer;
  readonly #random: () => number;
  readonly #connectPacer: ConnectPacer;
  readonly #io: ClientServer = new Server({ serveClient: false });
  readonly #engine: Engine;
  /** By the request that each began with. */
  readonly #visits = new Map<IncomingMessage, Visit>();
  #release = (): void => undefined;

  constructor(http: HttpServer, context: TransportContext, random: () => number) {
    this.#http = http;
    this.#context = context;
    this.#random = random;
    this.#connectPacer = new ConnectPacer(context.clock, random);
    this.#engine = new Engine({
      transports: ['websocket'],
      perMessageDeflate: false,
      // Above it the connection is closed.
      maxHttpBufferSize: context.limits.frame,
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: PING_TIMEOUT_MS,
      wsEngine: BoundedSockets,
    });
  }

  /** Upgrades come to it from here, not from socket.io's own listeners, so that no way in leads past {@link receive}. */
  start(): void {
    this.#engine.on('connection', (connection: Connection) => this.#visit(connection));
    this.#io.bind(this.#engine);
    this.#io.use((socket, next) => {
      this.#admit(socket).then(
        () => next(),
        (error: unknown) => {
          this.#turnAway(socket.conn, error);
          next(new Error('turned away'));
        },
      );
    });
    this.#io.on('connection', (socket) => {
      const visit = this.#visits.get(socket.conn.request);
      if (visit === undefined) return;
      visit.welcome = true;
      socket.on('disconnect', () => visit.peer.hangUp());
      new ClientSession(socket, this.#context).open();
    });
    this.#release = claimUpgrades(this.#http, {
      path: `${this.#context.path}${CLIENT_PATH}/`,
      surely: isMarked,
      take: (request, socket, head) => this.#upgrade(request, socket, head),
    });
  }

  get connected(): number {
    return this.#io.of('/').sockets.size;
  }

  /** Upgrades whose connection is not gone. */
  get visits(): number {
    return this.#visits.size;
  }

  /** Asks every client to come back later, then closes. */
  async stop(): Promise<void> {
    this.#release();
    this.#connectPacer.stop();
    const { sockets } = this.#io.of('/');
    const spreadMs = Math.max(SHORTEST_SPREAD_MS, sockets.size * GOAWAY_SPREAD_MS);
    for (const socket of sockets.values()) socket.emit('goaway', Math.floor(this.#random() * spreadMs));
    this.#io.disconnectSockets(true);
    for (const { peer } of this.#visits.values()) peer.hangUp();
    this.#engine.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const arrival = receive(request, this.#context, isMarked(request));
    if (arrival === undefined) return;
    const { peer, foreign } = arrival;
    const visit: Visit = { peer, foreign, connection: undefined, said: 0, welcome: false };
    this.#visits.set(request, visit);
    socket.once('close', () => this.#visits.delete(request));
    // A request with an engine.io session would be admitted unchecked; our clients never change their transport.
    if (queryOf(request).has('sid')) socket.destroy();
    else this.#engine.handleUpgrade(request, socket, head);
    // Now that the WebSocket listens, and before it has read anything.
    peer.watch((why) => {
      if (visit.connection === undefined) socket.destroy();
      else this.#turnAway(visit.connection, why);
    });
  }

  #visit(connection: Connection): void {
    const { request } = connection;
    const visit = this.#visits.get(request);
    if (visit === undefined) {
      connection.close();
      return;
    }
    visit.connection = connection;
    connection.on('data', (data: unknown) => this.#hear(connection, visit, data));
    // engine.io keeps the request for as long as the connection lasts; nobody asks for its headers again.
    Object.assign(request, { headers: {}, rawHeaders: [], url: '', _query: {} });
    if (visit.foreign !== null) this.#turnAway(connection, RefusedError.of(visit.foreign));
  }

  /** One hello is all that is said before the welcome, and the only one ever. */
  #hear(connection: Connection, visit: Visit, data: unknown): void {
    visit.said += 1;
    if (visit.welcome ? !isHello(data) : visit.said === 1) return;
    this.#turnAway(connection, new FrameError('expected one hello, got another packet'));
  }

  async #admit(socket: ClientSocket): Promise<void> {
    const { auth } = socket.handshake;
    // It may contain anything besides what is read here, and socket.io keeps it as long as the connection lasts.
    socket.handshake.auth = {};
    const hello = readClientHello(auth);
    const protocol = commonProtocol(hello.protocol, 'client');
    // Before the pacer: unauthenticated peers must not hold up others in its queue.
    const stay = await this.#context.gatekeeper.admit(hello.token);
    // Also of one that never becomes a session.
    socket.conn.once('close', () => stay.leave());
    if (socket.conn.readyState === 'closed') stay.leave();
    this.#visits.get(socket.conn.request)?.peer.letIn();
    await this.#connectPacer.enter();
    socket.data.protocol = protocol;
    socket.data.address = socket.conn.remoteAddress;
    socket.data.frameLimit = hello.frameLimit ?? PEER_FRAME_LIMIT;
    socket.data.grant = stay.grant;
    socket.data.stay = stay;
  }

  /** In socket.io's words for a hello that is refused, whatever was said; then nothing more is heard. */
  #turnAway(connection: Connection, error: unknown): void {
    if (connection.readyState !== 'open') return;
    if (!(error instanceof CeleriacError))
      this.#context.telemetry.emit('serviceFailed', { service: 'client connection', error });
    const { code, message, retryAfterMs } = toRefusal(error);
    this.#context.telemetry.emit('clientRefused', { code, message, from: connection.remoteAddress });
    connection.write(`4${JSON.stringify({ message, data: { code, message, retryAfterMs } })}`);
    connection.close();
    this.#visits.get(connection.request)?.peer.hangUp();
  }
}

/** engine.io has no options for them. */
class BoundedSockets extends WebSocketServer {
  constructor(options: ServerOptions) {
    super({ ...options, ...KEPT_FOR_PEER });
  }
}

/** Whether it is of our own client, and not of another socket.io on the same server. */
function isMarked(request: IncomingMessage): boolean {
  return queryOf(request).has(CLIENT_MARK);
}

function queryOf({ url }: IncomingMessage): URLSearchParams {
  return new URLSearchParams(url?.split('?')[1]);
}

/** socket.io's CONNECT, to whatever namespace. */
function isHello(data: unknown): boolean {
  return typeof data === 'string' && data.startsWith('0');
}
