/** A client's link in a simulation: what the client hears comes over a simulated connection. */
import type { Link, LinkEvents } from '@celeriac/client/testing';
import type { Answer, EventItem, WireSnapshot } from '@celeriac/protocol';
import type { Recorder } from '../history/recorder.ts';
import type { Berth } from './berth.ts';
import type { Dialled } from './harbour.ts';
import type { ClientPacket } from './sockets.ts';

const HANDSHAKE_MS = 10_000;

/** Between the link and the client: notes an event whose predecessor did not come in this session. */
export class GapWatch implements LinkEvents {
  readonly #events: LinkEvents;
  readonly #recorder: Recorder;
  readonly #heard = new Map<string, number>();

  constructor(events: LinkEvents, recorder: Recorder) {
    this.#events = events;
    this.#recorder = recorder;
  }

  welcome(...facts: Parameters<LinkEvents['welcome']>): void {
    this.#events.welcome(...facts);
  }

  /** A receipt says nothing of where the task stands: one that was there before is shown by a snapshot. */
  receipts(...facts: Parameters<LinkEvents['receipts']>): void {
    this.#events.receipts(...facts);
  }

  events(items: readonly EventItem[]): void {
    for (const [id, sequence, , state] of items) {
      if (state === null) continue;
      const heard = this.#heard.get(id);
      if (heard !== undefined && sequence > heard + 1)
        this.#recorder.say({ kind: 'gap', id, expected: heard + 1, got: sequence });
      this.#note(id, sequence);
    }
    this.#events.events(items);
  }

  snapshots(snapshots: readonly WireSnapshot[]): void {
    for (const { id, sequence } of snapshots) this.#note(id, sequence);
    this.#events.snapshots(snapshots);
  }

  streams(...facts: Parameters<LinkEvents['streams']>): void {
    this.#events.streams(...facts);
  }

  refused(...facts: Parameters<LinkEvents['refused']>): void {
    this.#events.refused(...facts);
  }

  goaway(afterMs: number): void {
    this.#events.goaway(afterMs);
  }

  lost(...facts: Parameters<LinkEvents['lost']>): void {
    this.#events.lost(...facts);
  }

  #note(id: string, sequence: number): void {
    this.#heard.set(id, Math.max(sequence, this.#heard.get(id) ?? 0));
  }
}

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
