import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CLOSE, WORKER_PATH } from '@celeriac/protocol/internal';
import { deadline, type Service } from '@celeriac/runtime';
import { type WebSocket, WebSocketServer } from 'ws';
import type { TransportContext } from '../context.ts';
import { receive } from '../entrance.ts';
import { KEPT_FOR_PEER, type PeerConnection } from '../peer-connection.ts';
import { claimUpgrades } from '../upgrades.ts';
import { WorkerConversation, type WorkerTerms } from './worker-conversation.ts';

/** How long a worker may take over its part of the closing handshake. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Where workers connect: plain WebSocket at `/worker` on the gateway's port. */
export class WorkerEndpoint implements Service {
  readonly #context: TransportContext;
  readonly #http: HttpServer;
  readonly #terms: WorkerTerms;
  readonly #server: WebSocketServer;
  #release = (): void => undefined;

  constructor(http: HttpServer, context: TransportContext, terms: WorkerTerms) {
    this.#http = http;
    this.#context = context;
    this.#terms = terms;
    this.#server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: context.limits.frame,
      ...KEPT_FOR_PEER,
    });
  }

  start(): void {
    this.#release = claimUpgrades(this.#http, {
      path: this.#context.path + WORKER_PATH,
      surely: () => true,
      take: (request, socket, head) => this.#upgrade(request, socket, head),
    });
  }

  /** Hangs up politely, and a moment later on those that did not answer. */
  async stop(): Promise<void> {
    this.#release();
    const closed = [...this.#server.clients].map((socket) => {
      socket.close(CLOSE.shuttingDown, 'the gateway is shutting down');
      return new Promise<void>((resolve) => socket.once('close', () => resolve()));
    });
    const impatience = deadline(
      this.#context.clock,
      CLOSE_TIMEOUT_MS,
      () => {
        for (const socket of this.#server.clients) socket.terminate();
      },
      true,
    );
    await Promise.all(closed);
    impatience.cancel();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const arrival = receive(request, this.#context);
    if (arrival !== undefined)
      this.#server.handleUpgrade(request, socket, head, (opened) => this.#open(opened, arrival.peer));
  }

  #open(socket: WebSocket, peer: PeerConnection): void {
    socket.on('error', () => socket.terminate());
    new WorkerConversation(socket, peer, this.#context, this.#terms).begin();
  }
}
