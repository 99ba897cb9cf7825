import {
  type Answer,
  CeleriacError,
  type ControlReply,
  DEFINITIONS,
  FRAME_ITEMS,
  type ListPage,
  type ListQuery,
  type Receipt,
  type Refusal,
  RefusedError,
  type RefusedReceipt,
  type RevokeVerdict,
  readControl,
  readDefine,
  readIds,
  readListQueries,
  readRefresh,
  readRevoke,
  readSubmit,
  type SubmitItem,
  type TaskOptions,
  type TokenRefreshed,
} from '@celeriac/protocol';
import type { Submitter } from '../../broker/admission.ts';
import type { CallerRights } from '../../broker/caller-rights.ts';
import type { Whose } from '../../broker/monitor/monitor.ts';
import { countByCode } from '../../broker/refusals.ts';
import { authorize, authorizeCommand, rightsOf, whoseTasks } from '../auth/authorize.ts';
import { asksWhose } from '../auth/grant.ts';
import type { Stay } from '../auth/stay.ts';
import type { House } from '../house.ts';
import type { ClientSocket } from './client-socket.ts';
import { FeedDesk } from './feed-desk.ts';
import { InFlight } from './in-flight.ts';
import { Outgoing } from './outgoing.ts';
import { Questions, TooManyQuestions } from './questions.ts';
import { forbidden, notAllowed, refusalOf, tooMany } from './refusals.ts';
import { frameSize, inFrames, receiptSize } from './sizes.ts';
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
  readonly #stay: Stay;
  #begun: Promise<void> = Promise.resolve();

  constructor(socket: ClientSocket, house: House) {
    this.#socket = socket;
    this.#house = house;
    this.#stay = socket.data.stay;
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
      later: (act) => this.#read(act),
    });
    this.#streams = new StreamDesk(socket, broker, this.#watches);
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
    socket.on('refresh', (token, answer) => this.#answer(answer, token, () => this.#refresh(token)));
    socket.on('control', (items, answer) => this.#answer(answer, items, () => this.#control(items)));
    socket.on('disconnect', () => {
      this.#stay.leave();
      this.#watches.clear();
      this.#streams.clear();
      this.#feeds.clear();
    });
    this.#stay.onEnd((why) => this.#sendAway(why));
    if (!this.#stay.holds()) return;
    socket.emit('welcome', {
      protocol: socket.data.protocol,
      epoch: broker.epoch,
      now: clock.now(),
      limits,
      ...this.#stay.remaining,
    });
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
    const read = readSubmit(items);
    const refused = [...read.refused];
    const flight = { tasks: 0, bytes: 0 };
    for (const item of read.items) {
      const [id, name] = item;
      if (!authorize.submit(grant, name)) refused.push(notAllowed(id, name));
      else if (this.#inFlight.take(item, flight)) taken.push(item);
      else refused.push(tooMany(id));
    }
    const { quota } = this.#stay;
    const calls = quota.takeCalls(taken, refused);
    if (refused.length > 0) this.#refuseCalls(refused);
    try {
      await this.#house.broker.admission.submit(this, calls, this.#house.clock.now());
    } finally {
      this.#inFlight.land(flight);
      quota.landCalls(calls);
    }
  }

  async #revoke(items: unknown): Promise<readonly (RevokeVerdict | null)[]> {
    const wanted = readRevoke(items);
    const { revoker } = this.#house.broker;
    const { allowed, refused } = await this.#concerned(wanted, ([id]) => id, authorize.revoke);
    const verdicts = await revoker.revoke([...allowed]);
    const byItem = new Map([...allowed].map((item, position) => [item, verdicts[position]]));
    return wanted.map((item) => byItem.get(item) ?? refused);
  }

  async #forget(ids: unknown): Promise<readonly boolean[]> {
    const wanted = readIds(ids, 'forget', FRAME_ITEMS);
    const { allowed, refused } = await this.#concerned(wanted, (id) => id, authorize.forget);
    const hidden = refused === null ? wanted.find((id) => !allowed.has(id)) : undefined;
    if (hidden !== undefined) throw forbidden(`forget task ${hidden}`);
    const forgotten = await this.#house.broker.forgetter.forget([...allowed]);
    const byId = new Map([...allowed].map((id, position) => [id, forgotten[position]]));
    return wanted.map((id) => byId.get(id) ?? false);
  }

  /**
   * Which of the items concern tasks that this client may revoke or forget, as this entry of the table says.
   * @returns those, and what is told of the others: `null` for what is not allowed; `unknown` where own tasks are, since a
   * task of another caller is to look like none
   */
  async #concerned<Item>(
    items: readonly Item[],
    idOf: (item: Item) => string,
    may: typeof authorize.revoke,
  ): Promise<{ readonly allowed: ReadonlySet<Item>; readonly refused: 'unknown' | null }> {
    const { grant } = this.#socket.data;
    const allowed = items.filter((item) => may(grant, idOf(item)));
    if (allowed.length === items.length || !asksWhose(grant, 'revoke'))
      return { allowed: new Set(allowed), refused: null };
    const own = await this.#house.broker.reader.concerned(items.map(idOf), (id, caller) =>
      may(grant, id, caller),
    );
    const concerned = items.filter((item) => own.has(idOf(item)) || may(grant, idOf(item)));
    return { allowed: new Set(concerned), refused: 'unknown' };
  }

  async #control(items: unknown): Promise<readonly ControlReply[]> {
    const wanted = readControl(items);
    const { grant } = this.#socket.data;
    const hidden = wanted.find(([command]) => !authorizeCommand[command](grant, 'control'));
    if (hidden !== undefined) throw forbidden('change how tasks run');
    return this.#house.broker.controller.control(wanted);
  }

  /** What it follows and may read no more is refused; the rest goes on without a gap. */
  async #refresh(token: unknown): Promise<TokenRefreshed> {
    await this.#house.gatekeeper.refresh(this.#stay, readRefresh(token));
    this.#socket.data.grant = this.#stay.grant;
    this.#feeds.authorizeAnew();
    await Promise.all([this.#watches.authorizeAnew(), this.#streams.authorizeAnew()]);
    return this.#stay.remaining;
  }

  /** One page at a time, and no more of them than fit into one frame. */
  async #list(queries: unknown): Promise<readonly ListPage[]> {
    const [first] = readListQueries(queries);
    const { grant } = this.#socket.data;
    const whose = whoseTasks(grant, authorize.list);
    if (whose === 'none') throw forbidden('read the history of all tasks');
    if (first === undefined) return [];
    return this.#questions.inTurn(async () => [await this.#page(first, whose)]);
  }

  /** With fewer rows, where those that were asked for are too large together. */
  async #page(query: ListQuery, whose: Whose): Promise<ListPage> {
    const page = await this.#house.broker.monitor.list(query, whose);
    const size = frameSize([page]);
    const { frameLimit } = this.#socket.data;
    if (size <= frameLimit || page.rows.length <= 1) return page;
    const rows = Math.max(1, Math.floor((page.rows.length * frameLimit) / size) - 1);
    return this.#page({ ...query, rows }, whose);
  }

  // What the broker asks of it.

  get rights(): CallerRights {
    return rightsOf(this.#socket.data.grant);
  }

  definition(name: string): TaskOptions | undefined {
    return this.#definitions.get(name);
  }

  watchOwn(id: string): void {
    this.#stay.quota.answered(id);
    this.#watches.watchOwn(id);
  }

  receive(receipts: readonly Receipt[]): void {
    for (const { items } of inFrames(receipts, receiptSize)) this.#socket.emit('receipts', items);
  }

  showExisting(ids: readonly string[]): void {
    this.#stay.quota.existed(ids);
    this.#read(() => this.#watches.show(ids.map((id) => [id, 0])));
  }

  // The guarded decode point.

  #read(handle: () => void | Promise<void>): void {
    const tell = (refusal: Refusal): void => this.#refuse(refusal);
    this.#begin(() => void handle()?.catch((error: unknown) => this.#failed(error, tell)), tell);
  }

  #answer<Value>(answer: unknown, items: unknown, handle: () => Promise<Value>): void {
    // The client decides whether it asks for an answer; one that does not is malformed.
    if (typeof answer !== 'function') {
      this.#read(() => {
        throw new CeleriacError('BAD_FRAME', 'expected to be asked for an answer');
      });
      return;
    }
    const reply = answer as (answer: Answer<Value>) => void;
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
      if (!this.#socket.connected || !this.#stay.holds()) return;
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
