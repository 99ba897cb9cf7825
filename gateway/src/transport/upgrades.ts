import { IncomingMessage, type Server } from 'node:http';
import { Duplex } from 'node:stream';
import { OptionError } from '@celeriac/protocol';
import { pathsOf } from './http/path.ts';

type Upgrade = readonly [request: IncomingMessage, socket: Duplex, head: Buffer];

/** Some of a server's upgrades, for whoever answers them. */
export interface Claim {
  /** Where they go to; one that ends with a slash is also for what is below it. */
  readonly path: string;
  /** Whether nobody else can mean this one; otherwise the other listeners may take it first. */
  readonly surely: (request: IncomingMessage) => boolean;
  readonly take: (...upgrade: Upgrade) => void;
}

const routers = new WeakMap<Server, UpgradeRouter>();

/**
 * From now on the upgrades of this path come to this claim, whoever else listens on the server and since when: a `ws` server
 * ends those that are not its own, and another socket.io takes those on its path.
 * @returns how to give it up; idempotent
 * @throws OptionError where another gateway of the same server has it
 */
export function claimUpgrades(server: Server, claim: Claim): () => void {
  const router = routers.get(server) ?? new UpgradeRouter(server);
  routers.set(server, router);
  return router.add(claim);
}

/**
 * Stands before all listeners of a server. An EventEmitter has no listener that keeps an event from the others, hence the
 * server's own `emit`.
 */
class UpgradeRouter {
  readonly #server: Server;
  readonly #claims = new Map<string, Claim>();
  /** What is in place of the server's `emit`, and what was there. */
  #patch: { readonly mine: unknown; readonly before: PropertyDescriptor | undefined } | undefined;
  /** Without a listener Node would take an upgrade for an ordinary request. */
  readonly #last = (request: IncomingMessage, socket: Duplex): void => {
    if (this.#server.listenerCount('upgrade') === 1 && this.#claimOf(request) === undefined) socket.destroy();
  };

  constructor(server: Server) {
    this.#server = server;
  }

  add(claim: Claim): () => void {
    const { path } = claim;
    if (this.#claims.has(path)) {
      throw new OptionError(
        'path',
        `another gateway on this server already answers ${path}: give one of them another path`,
      );
    }
    if (this.#claims.size === 0) this.#open();
    this.#claims.set(path, claim);
    return () => {
      if (this.#claims.get(path) !== claim) return;
      this.#claims.delete(path);
      if (this.#claims.size === 0) this.#close();
    };
  }

  #open(): void {
    this.#server.on('upgrade', this.#last);
    if (this.#patch !== undefined) return;
    const server = this.#server;
    const { emit } = server;
    const mine = (event: unknown, ...args: readonly unknown[]): boolean =>
      event === 'upgrade' && isUpgrade(args)
        ? this.#heard(args, () => Reflect.apply(emit, server, [event, ...args]))
        : Reflect.apply(emit, server, [event, ...args]);
    this.#patch = { mine, before: Object.getOwnPropertyDescriptor(server, 'emit') };
    Object.defineProperty(server, 'emit', {
      configurable: true,
      enumerable: false,
      writable: true,
      value: mine,
    });
  }

  /** Where somebody else has come before us meanwhile, ours stays in its place and passes everything on. */
  #close(): void {
    this.#server.off('upgrade', this.#last);
    if (this.#patch === undefined || this.#server.emit !== this.#patch.mine) return;
    if (this.#patch.before === undefined) Reflect.deleteProperty(this.#server, 'emit');
    else Object.defineProperty(this.#server, 'emit', this.#patch.before);
    this.#patch = undefined;
  }

  #heard(upgrade: Upgrade, others: () => boolean): boolean {
    const [request, socket] = upgrade;
    const claim = this.#claimOf(request);
    if (claim === undefined) return others();
    if (!claim.surely(request)) {
      const before = written(socket);
      others();
      if (socket.destroyed || socket.writableEnded || written(socket) > before) return true;
    }
    claim.take(...upgrade);
    return true;
  }

  #claimOf(request: IncomingMessage): Claim | undefined {
    for (const asked of pathsOf(request))
      for (const claim of this.#claims.values()) if (isUnder(claim.path, asked)) return claim;
    return undefined;
  }
}

export function isUnder(path: string, asked: string): boolean {
  return path.endsWith('/') ? asked.startsWith(path) : asked === path;
}

function isUpgrade(args: readonly unknown[]): args is Upgrade {
  const [request, socket, head] = args;
  return request instanceof IncomingMessage && socket instanceof Duplex && head instanceof Buffer;
}

/** What a listener has answered at once. */
function written(socket: Duplex): number {
  return 'bytesWritten' in socket && typeof socket.bytesWritten === 'number' ? socket.bytesWritten : 0;
}
