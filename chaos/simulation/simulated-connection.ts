/** Connections between processes: a pipe in each direction. One can be cut, which loses what is on its way. */
import type { Chance } from './chance.ts';
import { type Item, Pipe, type PipeEnd } from './pipe.ts';
import type { ProcessClock } from './process-clock.ts';
import type { NetworkRoute } from './route.ts';
import type { Time } from './time.ts';

export interface EndListener {
  received(frame: unknown): void;
  /** Once, and nothing after it. */
  closed(ending: PipeEnd): void;
}

/** No closing handshake (RFC 6455, 7.1.5). */
export const ABNORMAL: PipeEnd = { code: 1006, reason: '' };

export class SimulatedConnection {
  readonly guest: End;
  readonly host: End;
  readonly #route: NetworkRoute;

  constructor(time: Time, route: NetworkRoute, chance: Chance, guest: ProcessClock, host: ProcessClock) {
    this.#route = route;
    const towards = new Pipe(time, route, chance, true);
    const from = new Pipe(time, route, chance, false);
    this.guest = new End(guest, towards, from, () => this.#over());
    this.host = new End(host, from, towards, () => this.#over());
    route.connections.add(this);
  }

  /** Both ends lose it; what is on its way arrives up to some point, and nothing after that. */
  cut(): void {
    for (const end of [this.guest, this.host]) end.cut();
  }

  #over(): void {
    if (this.guest.over && this.host.over) this.#route.connections.delete(this);
  }
}

/** One process's end of a connection. */
export class End {
  readonly #clock: ProcessClock;
  readonly #out: Pipe;
  readonly #onOver: () => void;
  #listener: EndListener | undefined;
  #over = false;
  #closing = false;
  #broken = false;

  constructor(clock: ProcessClock, out: Pipe, incoming: Pipe, onOver: () => void) {
    this.#clock = clock;
    this.#out = out;
    this.#onOver = onOver;
    incoming.deliver = (item) => clock.input(() => this.#arrive(item));
    clock.onKill(() => this.#die());
  }

  /** Nothing more comes or goes. */
  get over(): boolean {
    return this.#over;
  }

  get open(): boolean {
    return !this.#over && !this.#closing && !this.#broken;
  }

  /** How many frames have not left: while the pipe is held up, or the other end does not read. */
  get backlog(): number {
    return this.#out.waiting;
  }

  /** Calls back once what waits has left. */
  whenClear(go: () => void): void {
    this.#out.whenClear(go);
  }

  listen(listener: EndListener): void {
    this.#listener = listener;
  }

  send(frame: unknown): void {
    if (this.open) this.#out.push({ frame });
  }

  /** With the closing handshake: the other end answers, and then this one is told. */
  close(ending: PipeEnd, patienceMs: number): void {
    if (!this.open) return;
    this.#closing = true;
    this.#out.push({ ending });
    this.#clock.after(patienceMs, () => this.#end(ABNORMAL));
  }

  /** At once; the other end learns it after what was sent. */
  terminate(): void {
    if (this.#over) return;
    this.#finish();
    this.#out.push({ ending: ABNORMAL });
  }

  /** What it says from now on is lost, and some of what it said; then the other end learns that it is gone. */
  cut(): void {
    this.#broken = true;
    this.#out.lose();
    this.#out.push({ ending: ABNORMAL });
  }

  #arrive(item: Item): void {
    if (this.#over) return;
    if ('frame' in item) {
      if (!this.#closing) this.#listener?.received(item.frame);
      return;
    }
    // The answer to a close, unless this end was the first to close.
    if (this.open) this.#out.push({ ending: item.ending });
    this.#end(item.ending);
  }

  #end(ending: PipeEnd): void {
    if (this.#over) return;
    this.#finish();
    this.#listener?.closed(ending);
  }

  /** The kernel says goodbye for a process that is gone. */
  #die(): void {
    if (this.#over) return;
    this.#finish();
    this.#out.push({ ending: ABNORMAL });
  }

  #finish(): void {
    this.#over = true;
    this.#onOver();
  }
}
