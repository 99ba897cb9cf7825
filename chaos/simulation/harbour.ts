import type { Timer } from '@celeriac/runtime';
import type { Chance } from './chance.ts';
import { ABNORMAL, Connection, type End, type EndListener } from './connection.ts';
import type { Ending } from './pipe.ts';
import type { ProcessClock } from './process-clock.ts';
import type { Route } from './route.ts';
import type { Time } from './time.ts';

/** Whoever can be dialled. */
export interface Host {
  readonly clock: ProcessClock;
  /** Whether it takes connections. */
  readonly open: boolean;
  /** A guest has come; what it is sent first opens the connection for it. */
  accept(guest: string, end: End): void;
}

export interface Dialled {
  /** `undefined` until it is open. */
  readonly end: End | undefined;
  /** Gives up, or hangs up, at once. Nothing is heard after it. */
  terminate(): void;
}

const OPENED = { opened: true };

/** The one address that everybody dials. */
export class Harbour {
  readonly #time: Time;
  readonly #chance: Chance;
  host: Host | undefined;

  constructor(time: Time, chance: Chance) {
    this.#time = time;
    this.#chance = chance;
  }

  /** @param patienceMs how long the handshake may take */
  dial(
    guest: string,
    clock: ProcessClock,
    route: Route,
    patienceMs: number,
    listener: EndListener & { opened(): void },
  ): Dialled {
    return new Call(this.#time, this.#chance, this, { guest, clock, route, patienceMs, listener });
  }
}

interface Dial {
  readonly guest: string;
  readonly clock: ProcessClock;
  readonly route: Route;
  readonly patienceMs: number;
  readonly listener: EndListener & { opened(): void };
}

class Call implements Dialled {
  readonly #dial: Dial;
  readonly #patience: Timer;
  #end: End | undefined;
  #opened = false;
  #over = false;

  constructor(time: Time, chance: Chance, harbour: Harbour, dial: Dial) {
    this.#dial = dial;
    const { clock, route, guest, patienceMs } = dial;
    this.#patience = clock.after(patienceMs, () => {
      this.#end?.terminate();
      this.#fail();
    });
    route.travel(time, chance, true, () => {
      const { host } = harbour;
      if (host?.open !== true) {
        route.travel(time, chance, false, () => clock.input(() => this.#fail()));
        return;
      }
      host.clock.input(() => {
        if (this.#over || !clock.alive) return;
        const connection = new Connection(time, route, chance, clock, host.clock);
        this.#end = connection.guest;
        connection.guest.listen({
          received: (frame) => this.#receive(frame),
          closed: (ending) => this.#close(ending),
        });
        connection.host.send(OPENED);
        host.accept(guest, connection.host);
      });
    });
  }

  get end(): End | undefined {
    return this.#opened ? this.#end : undefined;
  }

  terminate(): void {
    this.#over = true;
    this.#patience.cancel();
    this.#end?.terminate();
  }

  #receive(frame: unknown): void {
    if (this.#over) return;
    if (frame !== OPENED) {
      this.#dial.listener.received(frame);
      return;
    }
    this.#opened = true;
    this.#patience.cancel();
    this.#dial.listener.opened();
  }

  #close(ending: Ending): void {
    this.#patience.cancel();
    if (this.#over) return;
    this.#over = true;
    this.#dial.listener.closed(ending);
  }

  #fail(): void {
    this.#close(ABNORMAL);
  }
}
