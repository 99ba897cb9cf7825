/** A client's link in a simulation: what the client hears comes over a simulated connection. */
import type { Transport, TransportEvents } from '@celeriac/client/testing';
import { GATEWAY_FRAMES, type GatewayFrame } from '@celeriac/protocol/internal';
import type { Dialled } from './network.ts';
import type { ProcessEnv } from './process-env.ts';
import type { ClientPacket } from './sockets.ts';

const HANDSHAKE_MS = 10_000;

export class SimulatedTransport implements Transport {
  readonly #dialled: Dialled;
  readonly #answers = new Map<number, (answer: never) => void>();
  #numbers = 0;
  #over = false;

  constructor(name: string, { clock, network, route }: ProcessEnv, events: TransportEvents) {
    this.#dialled = network.dial(name, clock, route, HANDSHAKE_MS, {
      opened: () => {},
      received: (packet) => this.#receive(packet as ClientPacket, events),
      closed: () => {
        if (this.#over) return;
        this.#over = true;
        events.lost({ reason: new Error('connection lost'), refused: false, retryAfterMs: null });
      },
    });
  }

  readonly send: Transport['send'] = (name, body) => this.#send([name, body]);

  readonly ask: Transport['ask'] = (name, body, answer) => {
    this.#numbers += 1;
    this.#answers.set(this.#numbers, answer as (answer: never) => void);
    this.#send([name, body, this.#numbers]);
  };

  close(): void {
    this.#over = true;
    this.#dialled.terminate();
  }

  #send(packet: ClientPacket): void {
    if (!this.#over) this.#dialled.end?.send(packet);
  }

  #receive([event, body, number]: ClientPacket, events: TransportEvents): void {
    if (this.#over) return;
    if (event === 'answer' && number !== undefined) {
      this.#answers.get(number)?.(body as never);
      this.#answers.delete(number);
      return;
    }
    if (isHeard(event)) events[event](body as never);
  }
}

function isHeard(event: string): event is GatewayFrame {
  return Object.hasOwn(GATEWAY_FRAMES, event);
}
