/** A client's link in a simulation: what the client hears comes over a simulated connection. */
import type { Link, LinkEvents } from '@celeriac/client/testing';
import type { Answer } from '@celeriac/protocol';
import type { Berth } from './berth.ts';
import type { Dialled } from './harbour.ts';
import type { ClientPacket } from './sockets.ts';

const HANDSHAKE_MS = 10_000;

export class SimulatedLink implements Link {
  readonly #dialled: Dialled;
  readonly #answers = new Map<number, (answer: never) => void>();
  #numbers = 0;
  #over = false;

  constructor(name: string, { clock, harbour, route }: Berth, events: LinkEvents) {
    this.#dialled = harbour.dial(name, clock, route, HANDSHAKE_MS, {
      opened: () => {},
      received: (packet) => this.#receive(packet as ClientPacket, events),
      closed: () => {
        if (this.#over) return;
        this.#over = true;
        events.lost({ reason: new Error('connection lost'), refused: false, retryAfterMs: null });
      },
    });
  }

  send(...[name, body]: Parameters<Link['send']>): void {
    this.#send([name, body]);
  }

  get(...[ids, answer]: Parameters<Link['get']>): void {
    this.#ask('get', ids, answer);
  }

  revoke(...[items, answer]: Parameters<Link['revoke']>): void {
    this.#ask('revoke', items, answer);
  }

  forget(...[ids, answer]: Parameters<Link['forget']>): void {
    this.#ask('forget', ids, answer);
  }

  control(...[items, answer]: Parameters<Link['control']>): void {
    this.#ask('control', items, answer);
  }

  list(...[queries, answer]: Parameters<Link['list']>): void {
    this.#ask('list', queries, answer);
  }

  close(): void {
    this.#over = true;
    this.#dialled.terminate();
  }

  #send(packet: ClientPacket): void {
    if (!this.#over) this.#dialled.end?.send(packet);
  }

  #ask<Value>(event: string, body: unknown, answer: (answer: Answer<Value>) => void): void {
    this.#numbers += 1;
    this.#answers.set(this.#numbers, answer as (answer: never) => void);
    this.#send([event, body, this.#numbers]);
  }

  #receive([event, body, number]: ClientPacket, events: LinkEvents): void {
    if (this.#over) return;
    if (event === 'answer' && number !== undefined) {
      this.#answers.get(number)?.(body as never);
      this.#answers.delete(number);
      return;
    }
    if (isHeard(event)) events[event](body as never);
  }
}

const HEARD = ['welcome', 'receipts', 'events', 'snapshots', 'refused', 'goaway'] as const;

function isHeard(event: string): event is (typeof HEARD)[number] {
  return (HEARD as readonly string[]).includes(event);
}
