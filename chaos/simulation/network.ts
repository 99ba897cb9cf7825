import type { Timer } from '@celeriac/runtime';
import type { Chance } from './chance.ts';
import type { PipeEnd } from './pipe.ts';
import type { ProcessClock } from './process-clock.ts';
import type { NetworkRoute } from './route.ts';
import { ABNORMAL, type End, type EndListener, SimulatedConnection } from './simulated-connection.ts';
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
export class Network {
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
    route: NetworkRoute,
    patienceMs: number,
    listener: EndListener & { opened(): void },
  ): Dialled {
    return new DialAttempt(this.#time, this.#chance, this, { guest, clock, route, patienceMs, listener });
  }
}

interface Dial {
  readonly guest: string;
  readonly clock: ProcessClock;
  readonly route: NetworkRoute;
  readonly patienceMs: number;
  readonly listener: EndListener & { opened(): void };
}

class DialAttempt implements Dialled {
  readonly #dial: Dial;
  readonly #patience: Timer;
  #end: End | undefined;
  #opened = false;
  #over = false;

  constructor(time: Time, chance: Chance, network: Network, dial: Dial) {
    this.#dial = dial;
    const { clock, route, guest, patienceMs } = dial;
    this.#patience = clock.after(patienceMs, () => {
      this.#end?.terminate();
      this.#fail();
    });
    route.travel(time, chance, true, () => {
      const { host } = network;
      if (host?.open !== true) {
        route.travel(time, chance, false, () => clock.input(() => this.#fail()));
        return;
      }
      host.clock.input(() => {
        if (this.#over || !clock.alive) return;
        const connection = new SimulatedConnection(time, route, chance, clock, host.clock);
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

  #close(ending: PipeEnd): void {
    this.#patience.cancel();
    if (this.#over) return;
    this.#over = true;
    this.#dial.listener.closed(ending);
  }

  #fail(): void {
    this.#close(ABNORMAL);
  }
}
