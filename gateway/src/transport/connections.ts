import type { Socket } from 'node:net';
import { RefusedError } from '@celeriac/protocol';

export interface ConnectionBounds {
  /** Connections of both links at a time. */
  readonly maxConnections: number;
  /** The same of one address. */
  readonly maxConnectionsPerAddress: number;
  /** Of one address, those whose token has not been accepted yet; of all addresses four times as many. */
  readonly maxPending: number;
}

/** Strangers of all addresses together, for each that one address may have. */
const ADDRESSES = 4;
const RETRY_MS = 1_000;

interface Neighbours {
  readonly strangers: Set<Socket>;
  links: number;
}

interface Seat {
  readonly address: string;
  link: boolean;
}

/**
 * Counts connections, per address and in all. Those without an accepted token have their own bound, so that strangers
 * cannot take the places of others; where they fill it together, the address with the most of them gives one up.
 */
export class Connections {
  readonly #bounds: ConnectionBounds;
  readonly #seats = new Map<Socket, Seat>();
  readonly #addresses = new Map<string, Neighbours>();
  #strangers = 0;
  #links = 0;

  constructor(bounds: ConnectionBounds) {
    this.#bounds = bounds;
  }

  /** How many addresses there are connections of. */
  get addresses(): number {
    return this.#addresses.size;
  }

  /** A connection that nobody knows yet, whatever it will ask for. Idempotent. @returns why there is no room for it */
  arrive(socket: Socket): RefusedError | null {
    if (this.#seats.has(socket)) return null;
    const { maxPending } = this.#bounds;
    const address = networkOf(socket.remoteAddress ?? '');
    const neighbours = this.#addresses.get(address) ?? { strangers: new Set<Socket>(), links: 0 };
    if (neighbours.strangers.size >= maxPending)
      return tooMany(`at most ${maxPending} connections without an accepted token are allowed per address`);
    if (this.#strangers >= ADDRESSES * maxPending) this.#giveUpOne();
    this.#addresses.set(address, neighbours);
    this.#seats.set(socket, { address, link: false });
    neighbours.strangers.add(socket);
    this.#strangers += 1;
    socket.once('close', () => this.#leave(socket));
    return null;
  }

  /** It wants to be one of a link's. @returns why there is no room for it */
  enter(socket: Socket): RefusedError | null {
    const refusal = this.arrive(socket);
    if (refusal !== null) return refusal;
    const seat = this.#seats.get(socket);
    const neighbours = seat && this.#addresses.get(seat.address);
    if (seat === undefined || neighbours === undefined || seat.link) return null;
    const { maxConnections, maxConnectionsPerAddress } = this.#bounds;
    if (this.#links >= maxConnections) return tooMany(`${maxConnections} connections`);
    if (neighbours.links >= maxConnectionsPerAddress)
      return tooMany(`at most ${maxConnectionsPerAddress} connections are allowed per address`);
    seat.link = true;
    neighbours.links += 1;
    this.#links += 1;
    return null;
  }

  /** It is no stranger any more. */
  letIn(socket: Socket): void {
    const seat = this.#seats.get(socket);
    if (seat !== undefined && this.#addresses.get(seat.address)?.strangers.delete(socket) === true)
      this.#strangers -= 1;
  }

  #leave(socket: Socket): void {
    this.letIn(socket);
    const seat = this.#seats.get(socket);
    const neighbours = seat && this.#addresses.get(seat.address);
    this.#seats.delete(socket);
    if (seat === undefined || neighbours === undefined) return;
    if (seat.link) {
      neighbours.links -= 1;
      this.#links -= 1;
    }
    if (neighbours.links === 0 && neighbours.strangers.size === 0) this.#addresses.delete(seat.address);
  }

  /** Drops the oldest one of the address that has the most: an honest address has few, and they are soon accepted. */
  #giveUpOne(): void {
    let most: Neighbours | undefined;
    for (const neighbours of this.#addresses.values())
      if (most === undefined || neighbours.strangers.size > most.strangers.size) most = neighbours;
    const [oldest] = most?.strangers ?? [];
    if (oldest === undefined) return;
    this.#leave(oldest);
    oldest.destroy();
  }
}

function tooMany(what: string): RefusedError {
  return new RefusedError('TOO_MANY_CONNECTIONS', `at most ${what}`, RETRY_MS);
}

/** An IPv4 address, or the /64 network of an IPv6 one: its owner has all addresses of it. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail] = address.split('%', 1).join('').split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? first : [...first, ...zeros(8 - first.length - last.length), ...last];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':');
}

function zeros(count: number): readonly string[] {
  return Array.from({ length: Math.max(0, count) }, () => '0');
}
