import {
  type Answer,
  CeleriacError,
  type ControlReply,
  DEFINITIONS,
  FRAME_ITEMS,
  type ListPage,
  type Receipt,
  type Refusal,
  RefusedError,
  type RefusedReceipt,
  type RevokeVerdict,
  readControl,
  readDefine,
  readIds,
  readListQueries,
  readRevoke,
  readSubmit,
  type SubmitItem,
  type TaskOptions,
} from '@celeriac/protocol';
import type { Submitter } from '../../broker/admission.ts';
import { countByCode } from '../../broker/refusals.ts';
import { authorize } from '../auth/authorize.ts';
import type { House } from '../house.ts';
import type { ClientSocket } from './client-socket.ts';
import { FeedDesk } from './feed-desk.ts';
import { InFlight } from './in-flight.ts';
import { Outgoing } from './outgoing.ts';
import { Questions, TooManyQuestions } from './questions.ts';
import { forbidden, notAllowed, refusalOf, tooMany } from './refusals.ts';
import { StreamDesk } from './stream-desk.ts';
import { Unread } from './unread.ts';
import { WatchDesk } from './watch-desk.ts';

/**
 * One client's connection. Each frame is read at one guarded point, authorised item by item, and handed to the
 * broker; what the broker returns becomes frames. A malformed frame costs its sender the connection.
 */
export class ClientSession implements Submitter {
  readonly #socket: ClientSocket;
  readonly #house: House;
  readonly #definitions = new Map<string, TaskOptions>();
  readonly #watches: WatchDesk;
  readonly #streams: StreamDesk;
  readonly #feeds: FeedDesk;
  readonly #inFlight: InFlight;
  readonly #questions = new Questions();
  #begun: Promise<void> = Promise.resolve();

  constructor(socket: ClientSocket, house: House) {
    this.#socket = socket;
    this.#house = house;
    this.#inFlight = new InFlight(house.limits);
    new Unread(socket, (why) => this.#sendAway(why));
    const { broker } = house;
    const outgoing = new Outgoing(socket, house.clock, (ids) =>
      broker.reader.snapshots(ids.map((id) => [id, 0])),
    );
    this.#watches = new WatchDesk(socket, broker, {
      clock: house.clock,
      outgoing,
      questions: this.#questions,
      refuse: (refusal) => this.#refuse(refusal),
    });
    this.#streams = new StreamDesk(socket, broker.streams, this.#watches);
    this.#feeds = new FeedDesk(socket, broker.monitor, outgoing);
  }

  open(): void {
    const { broker, clock, limits } = this.#house;
    const socket = this.#socket;
    socket.on('define', (items) => this.#read(() => this.#define(items)));
    socket.on('submit', (items) => this.#read(() => this.#submit(items)));
    socket.on('watch', (frame) => this.#read(() => this.#watches.watch(frame)));
    socket.on('unwatch', (ids) => this.#read(() => this.#watches.unwatch(ids)));
    socket.on('openStreams', (items) => this.#read(() => this.#streams.open(items)));
    socket.on('tookChunks', (items) => this.#read(() => this.#streams.took(items)));
    socket.on('closeStreams', (readers) => this.#read(() => this.#streams.close(readers)));
    socket.on('openFeeds', (items) => this.#read(() => this.#feeds.open(items)));
    socket.on('closeFeeds', (feeds) => this.#read(() => this.#feeds.close(feeds)));
    socket.on('list', (queries, answer) => this.#answer(answer, queries, () => this.#list(queries)));
    socket.on('get', (ids, answer) => this.#answer(answer, ids, () => this.#watches.get(ids)));
    socket.on('revoke', (items, answer) => this.#answer(answer, items, () => this.#revoke(items)));
    socket.on('forget', (ids, answer) => this.#answer(answer, ids, () => this.#forget(ids)));
    socket.on('control', (items, answer) => this.#answer(answer, items, () => this.#control(items)));
    socket.on('disconnect', () => {
      this.#watches.clear();
      this.#streams.clear();
      this.#feeds.clear();
    });
    socket.emit('welcome', { protocol: socket.data.protocol, epoch: broker.epoch, now: clock.now(), limits });
  }

  // What it sends. Parameters are typed by the protocol but come from outside: each is read by its guard.

  #define(items: unknown): void {
    for (const [name, options] of readDefine(items)) {
      if (!authorize.define(this.#socket.data.grant, name)) throw forbidden(`define ${name}`);
      if (this.#definitions.size >= DEFINITIONS) {
        throw new RefusedError('TOO_MANY_DEFINITIONS', `at most ${DEFINITIONS} definitions per connection`);
      }
      this.#definitions.set(name, options);
    }
  }

  async #submit(items: unknown): Promise<void> {
    const { grant } = this.#socket.data;
    const taken: SubmitItem[] = [];
    const refused: RefusedReceipt[] = [];
    for (const item of readSubmit(items)) {
      const [id, name] = item;
      if (!authorize.submit(grant, name)) refused.push(notAllowed(id, name));
      else if (this.#inFlight.take(item)) taken.push(item);
      else refused.push(tooMany(id));
    }
    if (refused.length > 0) this.#refuseCalls(refused);
    try {
      await this.#house.broker.admission.submit(this, taken, this.#house.clock.now());
    } finally {
      this.#inFlight.land(taken);
    }
  }

  async #revoke(items: unknown): Promise<readonly (RevokeVerdict | null)[]> {
    const wanted = readRevoke(items);
    const allowed = wanted.filter(([id]) => authorize.revoke(this.#socket.data.grant, id));
    const verdicts = await this.#house.broker.revoker.revoke(allowed);
    return wanted.map((item) => verdicts[allowed.indexOf(item)] ?? null);
  }

  async #forget(ids: unknown): Promise<readonly boolean[]> {
    const wanted = readIds(ids, 'forget', FRAME_ITEMS);
    const hidden = wanted.find((id) => !authorize.forget(this.#socket.data.grant, id));
    if (hidden !== undefined) throw forbidden(`forget task ${hidden}`);
    return this.#house.broker.forgetter.forget(wanted);
  }

  async #control(items: unknown): Promise<readonly ControlReply[]> {
    const wanted = readControl(items);
    if (!authorize.control(this.#socket.data.grant, 'control')) throw forbidden('change how tasks run');
    return this.#house.broker.controller.control(wanted);
  }

  /** One page at a time, and no more of them than fit into one frame. */
  async #list(queries: unknown): Promise<readonly ListPage[]> {
    const [first] = readListQueries(queries);
    if (!authorize.list(this.#socket.data.grant, 'read')) throw forbidden('read the history of all tasks');
    if (first === undefined) return [];
    return this.#questions.inTurn(async () => [await this.#house.broker.monitor.list(first)]);
  }

  // What the broker asks of it.

  definition(name: string): TaskOptions | undefined {
    return this.#definitions.get(name);
  }

  watchOwn(id: string): void {
    this.#watches.watchOwn(id);
  }

  receive(receipts: readonly Receipt[]): void {
    this.#socket.emit('receipts', receipts);
  }

  showExisting(ids: readonly string[]): void {
    this.#read(() => this.#watches.show(ids.map((id) => [id, 0])));
  }

  // The guarded decode point.

  #read(handle: () => void | Promise<void>): void {
    const tell = (refusal: Refusal): void => this.#refuse(refusal);
    this.#begin(() => void handle()?.catch((error: unknown) => this.#failed(error, tell)), tell);
  }

  #answer<Value>(answer: unknown, items: unknown, handle: () => Promise<readonly Value[]>): void {
    // The client decides whether it asks for an answer; one that does not is malformed.
    if (typeof answer !== 'function') {
      this.#read(() => {
        throw new CeleriacError('BAD_FRAME', 'expected to be asked for an answer');
      });
      return;
    }
    const reply = answer as (answer: Answer<readonly Value[]>) => void;
    const tell = (refusal: Refusal): void => reply({ refused: refusal });
    this.#begin(() => {
      const told = this.#questions.counted(items, handle).then(
        (value) => reply({ ok: value }),
        (error: unknown) => this.#failed(error, tell),
      );
      told.catch((error: unknown) => this.#note(error));
    }, tell);
  }

  /**
   * Frames begin one after the other. A malformed one throws before it waits for anything, so that it has ended the connection
   * before the next one begins, also where both came at once.
   */
  #begin(handle: () => void, tell: (refusal: Refusal) => void): void {
    this.#begun = this.#begun.then(() => {
      if (!this.#socket.connected) return;
      try {
        handle();
      } catch (error) {
        this.#failed(error, tell);
      }
    });
  }

  #failed(error: unknown, tell: (refusal: Refusal) => void): void {
    this.#note(error);
    const refusal = refusalOf(error);
    tell(refusal);
    if (refusal.code === 'BAD_FRAME' || error instanceof TooManyQuestions) this.#socket.disconnect(true);
  }

  /** A refusal is said to the client; what is no refusal is a fault of ours, and said to the operator. */
  #note(error: unknown): void {
    if (error instanceof CeleriacError) return;
    this.#house.telemetry.emit('serviceFailed', { service: 'client session', error });
  }

  #refuseCalls(receipts: readonly RefusedReceipt[]): void {
    for (const [code, count] of countByCode(receipts)) this.#house.telemetry.emit('refused', { code, count });
    this.receive(receipts);
  }

  /** Hears why when it reads again; comes back, and resumes. */
  #sendAway(why: RefusedError): void {
    this.#refuse(refusalOf(why));
    this.#socket.disconnect(true);
  }

  #refuse(refusal: Refusal): void {
    this.#house.telemetry.emit('refused', { code: refusal.code, count: 1 });
    this.#socket.emit('refused', refusal);
  }
}
