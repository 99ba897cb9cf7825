/** A TCP proxy for one process: its way to the gateway, which can be slow, deaf in one direction, or torn. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { systemClock, type Timer } from '@celeriac/runtime';

export type Direction = 'towards' | 'from';

/** How bytes travel. */
export interface Terms {
  readonly delayMs: number;
  /** Added by chance to each chunk, without changing the order. */
  readonly jitterMs: number;
  /** Chunks are cut into pieces of so many bytes, each written by itself; 0 leaves them whole. */
  readonly sliceBytes: number;
}

const PROMPT: Terms = { delayMs: 0, jitterMs: 0, sliceBytes: 0 };
/** Where nothing travels there is no frame to tear. */
const CUT_PATIENCE_MS = 200;
/** A slow link keeps so much on its way; who sends more waits. */
const IN_FLIGHT_BYTES = 4 * 1024 * 1024;

export class FaultyLink {
  readonly #server: Server;
  readonly #pipes = new Set<Pipe>();
  readonly #held = new Set<Direction>();
  readonly #random: () => number;
  #terms = PROMPT;

  /** @param port of the gateway on the loopback address, asked anew for each connection */
  constructor(port: () => number, random: () => number) {
    this.#random = random;
    this.#server = createServer((near) => this.#accept(near, connect(port(), '127.0.0.1')));
  }

  /** @returns the port that leads to the gateway */
  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  /** Nothing arrives in this direction until {@link heal}; connections stay open. */
  hold(direction: Direction): void {
    this.#held.add(direction);
    for (const pipe of this.#pipes) pipe.hold(direction);
  }

  slow(terms: Partial<Terms>): void {
    this.#terms = { ...PROMPT, ...terms };
  }

  /** Resets every connection, in the middle of a chunk where one comes soon. */
  cut(): void {
    for (const pipe of this.#pipes) pipe.cut();
  }

  /** What was held arrives now, late. */
  heal(): void {
    this.#terms = PROMPT;
    this.#held.clear();
    for (const pipe of this.#pipes) pipe.release();
  }

  close(): void {
    this.#server.close();
    for (const pipe of this.#pipes) pipe.destroy();
  }

  #accept(near: Socket, far: Socket): void {
    const pipe = new Pipe(near, far, () => this.#terms, this.#random);
    this.#pipes.add(pipe);
    near.once('close', () => this.#pipes.delete(pipe));
    for (const direction of this.#held) pipe.hold(direction);
  }
}

class Pipe {
  readonly #ways: Readonly<Record<Direction, Way>>;

  constructor(near: Socket, far: Socket, terms: () => Terms, random: () => number) {
    const end = (): void => this.destroy();
    this.#ways = {
      towards: new Way(near, far, terms, random, end),
      from: new Way(far, near, terms, random, end),
    };
  }

  hold(direction: Direction): void {
    this.#ways[direction].hold();
  }

  release(): void {
    this.#ways.towards.release();
    this.#ways.from.release();
  }

  cut(): void {
    this.#ways.towards.cut();
    this.#ways.from.cut();
  }

  destroy(): void {
    this.#ways.towards.end();
    this.#ways.from.end();
  }
}

interface Arrival {
  readonly at: number;
  readonly happen: () => void;
}

/** One direction of one connection. All that goes through keeps its order, also the end. */
class Way {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #terms: () => Terms;
  readonly #random: () => number;
  readonly #end: () => void;
  readonly #arrivals: Arrival[] = [];
  #held = false;
  #torn = false;
  #inFlight = 0;
  #timer: Timer | undefined;
  #patience: Timer | undefined;

  constructor(from: Socket, to: Socket, terms: () => Terms, random: () => number, end: () => void) {
    this.#from = from;
    this.#to = to;
    this.#terms = terms;
    this.#random = random;
    this.#end = end;
    from.setNoDelay(true);
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => this.#send(() => to.end()));
    // Why it ended does not matter; `close` follows.
    from.on('error', () => {});
    from.on('close', () => this.#send(() => to.resetAndDestroy()));
    to.on('drain', () => this.#flow());
  }

  hold(): void {
    this.#held = true;
    this.#from.pause();
  }

  release(): void {
    this.#held = false;
    this.#arrive();
    this.#flow();
  }

  cut(): void {
    this.#torn = true;
    this.#patience = systemClock.after(CUT_PATIENCE_MS, this.#end);
  }

  end(): void {
    this.#patience?.cancel();
    this.#timer?.cancel();
    this.#from.resetAndDestroy();
  }

  #take(bytes: Buffer): void {
    if (this.#torn) {
      this.#to.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), this.#end);
      return;
    }
    this.#inFlight += bytes.length;
    if (this.#inFlight > IN_FLIGHT_BYTES) this.#from.pause();
    const { sliceBytes } = this.#terms();
    const size = sliceBytes === 0 ? bytes.length : sliceBytes;
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.subarray(at, at + size);
      this.#send(() => this.#write(piece));
    }
  }

  #write(piece: Buffer): void {
    this.#inFlight -= piece.length;
    if (this.#to.writable && !this.#to.write(piece)) this.#from.pause();
    else this.#flow();
  }

  #send(happen: () => void): void {
    const { delayMs, jitterMs } = this.#terms();
    this.#arrivals.push({ at: systemClock.monotonic() + delayMs + jitterMs * this.#random(), happen });
    if (this.#arrivals.length === 1) this.#arrive();
  }

  #arrive(): void {
    this.#timer?.cancel();
    while (!this.#held) {
      const next = this.#arrivals[0];
      if (next === undefined) return;
      const leftMs = next.at - systemClock.monotonic();
      if (leftMs > 0) {
        this.#timer = systemClock.after(leftMs, () => this.#arrive());
        return;
      }
      this.#arrivals.shift();
      next.happen();
    }
  }

  #flow(): void {
    if (!this.#held && this.#inFlight <= IN_FLIGHT_BYTES && !this.#to.writableNeedDrain) this.#from.resume();
  }
}
