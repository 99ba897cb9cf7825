/**
 * What the page may break: `POST /break/worker`, `/break/gateway`, `/break/connection`. The supervisor, which starts
 * both processes again, is asked to kill them; connections of pages are cut here. A page elsewhere cannot do it: the
 * header makes its browser ask first, and nobody answers. Nobody can where the gateway has keys: these requests bring none.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { checkOrigin, type OriginRules } from '@celeriac/gateway';

/** What the supervisor is told. */
export interface KillOrder {
  readonly kill: 'worker' | 'gateway';
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** What happens once the answer is out. */
  readonly after?: () => void;
}

const FOLDER = '/break/';
const HEADER = 'x-celeriac-page';
const WORKER_PATH = '/worker';
/** So long nobody gets a new connection: long enough to see that the page waits. */
const AWAY_MS = 2_000;

export class Breakage {
  readonly #sockets = new Set<Duplex>();
  readonly #allowed: boolean;
  #awayUntil = 0;

  constructor(server: Server, { allowed }: { readonly allowed: boolean }) {
    this.#allowed = allowed;
    // Before the gateway's own listener, which would answer.
    server.prependListener('upgrade', (request: IncomingMessage, socket: Duplex) => {
      if (request.url?.startsWith(WORKER_PATH)) return;
      if (performance.now() < this.#awayUntil) return void socket.destroy();
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** @returns nothing for requests that are about something else */
  answer(request: IncomingMessage, rules: OriginRules): Answer | undefined {
    if (!request.url?.startsWith(FOLDER)) return undefined;
    const refusal = checkOrigin(request.headers, rules);
    if (refusal !== null) return { status: 403, text: refusal.message };
    if (!this.#allowed) return { status: 403, text: 'a gateway with keys is not broken from its page' };
    if (request.method !== 'POST') return { status: 405, text: 'only POST' };
    if (request.headers[HEADER] === undefined) return { status: 403, text: `expected the header ${HEADER}` };
    switch (request.url.slice(FOLDER.length)) {
      case 'connection':
        this.#cut();
        return { status: 202, text: 'cut' };
      case 'worker':
        return order({ kill: 'worker' });
      case 'gateway':
        return order({ kill: 'gateway' });
      default:
        return { status: 404, text: 'expected worker, gateway or connection' };
    }
  }

  #cut(): void {
    this.#awayUntil = performance.now() + AWAY_MS;
    for (const socket of this.#sockets) socket.destroy();
  }
}

function order(what: KillOrder): Answer {
  if (process.send === undefined) return { status: 409, text: 'there is no supervisor to start it again' };
  return { status: 202, text: 'asked', after: () => void process.send?.(what) };
}
