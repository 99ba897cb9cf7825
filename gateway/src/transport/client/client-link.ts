import type { Server as HttpServer } from 'node:http';
import {
  agree,
  CeleriacError,
  CLIENT_PATH,
  PEER_FRAME_LIMIT,
  PROTOCOL,
  RefusedError,
  readClientHello,
} from '@celeriac/protocol';
import type { Service } from '@celeriac/runtime';
import { Server } from 'socket.io';
import { checkOrigin } from '../auth/origin-guard.ts';
import type { House } from '../house.ts';
import { ClientSession } from './client-session.ts';
import type { ClientServer, ClientSocket } from './client-socket.ts';
import { Doorway } from './doorway.ts';

/** socket.io's own 25 s + 20 s leave a dead link unnoticed for 45 s, too long for a live page. */
const PING_INTERVAL_MS = 10_000;
const PING_TIMEOUT_MS = 8_000;
/** How long a connection may take to say hello. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Clients told to go away come back spread over a second for every thousand of them. */
const GOAWAY_SPREAD_MS = 1;
const SHORTEST_SPREAD_MS = 1_000;

/** The client link: socket.io over WebSocket on the gateway's port. Lets clients in, and gives each a session. */
export class ClientLink implements Service {
  readonly #house: House;
  readonly #http: HttpServer;
  readonly #random: () => number;
  readonly #doorway: Doorway;
  #io: ClientServer | undefined;

  constructor(http: HttpServer, house: House, random: () => number) {
    this.#http = http;
    this.#house = house;
    this.#random = random;
    this.#doorway = new Doorway(house.clock, random);
  }

  start(): void {
    const io: ClientServer = new Server({
      path: CLIENT_PATH,
      serveClient: false,
      transports: ['websocket'],
      perMessageDeflate: false,
      // Above it the connection is closed.
      maxHttpBufferSize: this.#house.limits.frame,
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: PING_TIMEOUT_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      // Other upgrades on this port are the worker link's or the host server's.
      destroyUpgrade: false,
      allowRequest: (request, decide) => {
        const refusal = checkOrigin(request.headers, this.#house.origins);
        if (refusal !== null) this.#refused(refusal.code, refusal.message, request.socket.remoteAddress);
        decide(refusal?.message, refusal === null);
      },
    });
    io.use((socket, next) => {
      this.#admit(socket).then(
        () => next(),
        (error: unknown) => next(this.#refusalOf(socket, error)),
      );
    });
    io.on('connection', (socket) => new ClientSession(socket, this.#house).open());
    io.attach(this.#http);
    this.#io = io;
  }

  get connected(): number {
    return this.#io?.of('/').sockets.size ?? 0;
  }

  /** Asks every client to come back later, then closes. */
  async stop(): Promise<void> {
    const io = this.#io;
    if (io === undefined) return;
    this.#io = undefined;
    const { sockets } = io.of('/');
    const spreadMs = Math.max(SHORTEST_SPREAD_MS, sockets.size * GOAWAY_SPREAD_MS);
    for (const socket of sockets.values()) socket.emit('goaway', Math.floor(this.#random() * spreadMs));
    io.disconnectSockets(true);
    io.engine.close();
  }

  async #admit(socket: ClientSocket): Promise<void> {
    const hello = readClientHello(socket.handshake.auth);
    const protocol = agree(PROTOCOL, hello.protocol);
    if (protocol === undefined) {
      const { min, max } = hello.protocol;
      throw new RefusedError(
        'UNSUPPORTED_PROTOCOL',
        `this gateway speaks protocol ${PROTOCOL.min} to ${PROTOCOL.max}, the client ${min} to ${max}`,
      );
    }
    await this.#doorway.enter();
    socket.data.protocol = protocol;
    socket.data.frameLimit = hello.frameLimit ?? PEER_FRAME_LIMIT;
    const stay = await this.#house.gatekeeper.admit(hello.token);
    socket.data.grant = stay.grant;
    socket.data.stay = stay;
    // Also of one that never becomes a session.
    socket.conn.once('close', () => stay.leave());
    if (socket.conn.readyState === 'closed') stay.leave();
  }

  #refusalOf(socket: ClientSocket, error: unknown): Error & { data?: unknown } {
    const { code, message } =
      error instanceof CeleriacError
        ? error
        : { code: 'UNAUTHENTICATED', message: 'the handshake could not be read' };
    const retryAfterMs = error instanceof RefusedError ? error.retryAfterMs : null;
    this.#refused(code, message, socket.handshake.address);
    return Object.assign(new Error(message), { data: { code, message, retryAfterMs } });
  }

  #refused(code: string, message: string, from = 'unknown'): void {
    this.#house.telemetry.emit('clientRefused', { code, message, from });
  }
}
