import type {
  CallOptions,
  EventItem,
  Receipt,
  RefusedReceipt,
  SubmitItem,
  WireTaskOptions,
} from '@celeriac/protocol/internal';
import type { Submitter } from '../src/broker/admission.ts';
import type { Broker } from '../src/broker/broker.ts';
import type { CallerRights } from '../src/broker/call-rights.ts';
import type { Subscriber } from '../src/events/bus.ts';

/** Of whom nothing is asked. */
export const ANYBODY: CallerRights = {
  subject: null,
  call: () => true,
  queue: () => true,
  read: () => true,
  work: () => true,
  family: () => true,
};

/** A client without a socket: submits, and writes down what it is told. */
export class TestCaller implements Submitter, Subscriber {
  readonly receipts: Receipt[] = [];
  readonly events: EventItem[] = [];
  readonly shown: string[] = [];
  /** Receipts and events in the order in which they came. */
  readonly log: string[] = [];
  readonly definitions = new Map<string, WireTaskOptions>();
  readonly #broker: Broker;
  readonly #now: () => number;
  readonly rights: CallerRights;

  constructor(broker: Broker, now: () => number, rights: Partial<CallerRights> = {}) {
    this.rights = { ...ANYBODY, ...rights };
    this.#broker = broker;
    this.#now = now;
  }

  async submits(...items: readonly SubmitItem[]): Promise<void> {
    await this.#broker.admission.submit(this, items, this.#now());
  }

  /** Calls `add` under these ids. */
  async calls(ids: string | readonly string[], options: CallOptions | null = null): Promise<void> {
    const list = typeof ids === 'string' ? [ids] : ids;
    await this.submits(...list.map((id): SubmitItem => [id, 'add', '[2,2]', options, 0]));
  }

  watches(...ids: readonly string[]): void {
    for (const id of ids) this.#broker.bus.watch(id, this);
  }

  /** Its receipts, short: id, 1 or 0, and the queue or the code. */
  get answers(): readonly (readonly [string, 0 | 1, string | null])[] {
    return this.receipts.map(([id, accepted, what]) => [id, accepted, what]);
  }

  /** What it heard of one task: states with their reasons, and progress. */
  heard(id: string): readonly string[] {
    return this.events
      .filter(([about]) => about === id)
      .map((event) => (event[3] === null ? `${event[4]} ${event[5]}` : `${event[3]} ${event[4]}`));
  }

  definition(name: string): WireTaskOptions | undefined {
    return this.definitions.get(name);
  }

  watchOwn(id: string): void {
    this.#broker.bus.watch(id, this);
  }

  refuse(receipts: readonly RefusedReceipt[]): void {
    this.receive(receipts);
  }

  receive(receipts: readonly Receipt[]): void {
    this.receipts.push(...receipts);
    for (const [id, accepted] of receipts) this.log.push(`${id} ${accepted === 1 ? 'accepted' : 'refused'}`);
  }

  showExisting(ids: readonly string[]): void {
    this.shown.push(...ids);
  }

  deliver(event: EventItem): void {
    this.events.push(event);
    this.log.push(`${event[0]} ${event[3] ?? event[4]}`);
  }
}
