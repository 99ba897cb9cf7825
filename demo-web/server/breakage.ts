/**
 * What the page may break: `POST /break/worker`, `/break/gateway`, `/break/connection`. The supervisor, which starts
 * both processes again, is asked to kill them; connections of pages are cut here. A page elsewhere cannot do it: the
 * header makes its browser ask first, and nobody answers. Nobody can where the gateway has keys: these requests bring none.
 */
import { IncomingMessage, type Server } from 'node:http';
import { Duplex } from 'node:stream';
import { checkOrigin, type OriginRules } from '@celeriac/gateway';

/** What the supervisor is told. */
export interface KillOrder {
  readonly kill: 'worker' | 'gateway';
}

export interface BreakageAnswer {
  readonly status: number;
  readonly text: string;
  /** What happens once the answer is out. */
  readonly after?: () => void;
}

const FOLDER = 'break/';
const HEADER = 'x-celeriac-page';
const WORKER_PATH = 'worker';
/** How long no new connection is accepted: long enough to see that the page waits. */
const AWAY_MS = 2_000;

export class Breakage {
  readonly #sockets = new Set<Duplex>();
  readonly #allowed: boolean;
  readonly #root: string;
  #awayUntil = 0;

  /** @param root the path of the page, which ends with a slash */
  constructor({ allowed, root }: { readonly allowed: boolean; readonly root: string }) {
    this.#allowed = allowed;
    this.#root = root;
  }

  /** Once the gateway has started, which stands before all listeners of its server: this stands before it. */
  watch(server: Server): void {
    const { emit } = server;
    Object.assign(server, {
      emit: (event: string, ...args: readonly unknown[]) =>
        (event === 'upgrade' && this.#isCut(args)) || Reflect.apply(emit, server, [event, ...args]),
    });
  }

  #isCut([request, socket]: readonly unknown[]): boolean {
    if (!(request instanceof IncomingMessage && socket instanceof Duplex)) return false;
    if (request.url?.startsWith(this.#root + WORKER_PATH)) return false;
    const away = performance.now() < this.#awayUntil;
    if (away) socket.destroy();
    else {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    return away;
  }

  /** @returns nothing for requests that are about something else */
  answer(request: IncomingMessage, rules: OriginRules): BreakageAnswer | undefined {
    const folder = this.#root + FOLDER;
    if (!request.url?.startsWith(folder)) return undefined;
    const refusal = checkOrigin(request.headers, rules);
    if (refusal !== null) return { status: 403, text: refusal.message };
    if (!this.#allowed) return { status: 403, text: 'a gateway with keys cannot be broken from its page' };
    if (request.method !== 'POST') return { status: 405, text: 'only POST' };
    if (request.headers[HEADER] === undefined) return { status: 403, text: `expected the header ${HEADER}` };
    switch (request.url.slice(folder.length)) {
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

function order(what: KillOrder): BreakageAnswer {
  if (process.send === undefined)
    return { status: 409, text: 'there is no supervisor that would start it again' };
  return { status: 202, text: 'asked', after: () => void process.send?.(what) };
}
