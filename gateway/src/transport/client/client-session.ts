import {
  type Answer,
  CeleriacError,
  type ControlReply,
  DEFINITIONS,
  type EventItem,
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  isTerminal,
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
  readWatch,
  type SubmitItem,
  type TaskOptions,
  type WireSnapshot,
} from '@celeriac/protocol';
import { cutBatch } from '@celeriac/runtime';
import type { Submitter } from '../../broker/admission.ts';
import { countByCode } from '../../broker/refusals.ts';
import type { Subscriber } from '../../events/bus.ts';
import { authorize } from '../auth/authorize.ts';
import type { House } from '../house.ts';
import type { ClientSocket } from './client-socket.ts';
import { FeedDesk } from './feed-desk.ts';
import { InFlight } from './in-flight.ts';
import { Outgoing } from './outgoing.ts';
import { Questions } from './questions.ts';
import { forbidden, notAllowed, refusalOf, tooMany, tooManyWatches } from './refusals.ts';
import { answerSize, pagesSize, receiptsSize, snapshotSize, VERDICT_SIZE } from './sizes.ts';
import { StreamDesk } from './stream-desk.ts';
import { Unread } from './unread.ts';
import { WatchList } from './watch-list.ts';

/** Snapshots read and answered in one go; each may carry a result of 256 KB. */
const SNAPSHOTS_AT_ONCE = 100;

/**
 * One client's connection. Each frame is read at one guarded point, authorised item by item, and handed to the
 * broker; what the broker returns becomes frames. A malformed frame costs its sender the connection.
 */
export class ClientSession implements Submitter, Subscriber {
  readonly #socket: ClientSocket;
  readonly #house: House;
  readonly #outgoing: Outgoing;
  readonly #unread: Unread;
  readonly #definitions = new Map<string, TaskOptions>();
  readonly #watches: WatchList;
  readonly #streams: StreamDesk;
  readonly #feeds: FeedDesk;
  readonly #inFlight: InFlight;
  readonly #questions = new Questions();

  constructor(socket: ClientSocket, house: House) {
    this.#socket = socket;
    this.#house = house;
    this.#watches = new WatchList(house.broker.bus, this);
    this.#streams = new StreamDesk(socket, house.broker.streams, this.#watches);
    this.#inFlight = new InFlight(house.limits);
    this.#unread = new Unread(socket, (why) => this.#sendAway(why));
    this.#outgoing = new Outgoing(socket, house.clock, this.#unread, (ids) =>
      this.#snapshots(ids.map((id) => [id, 0])),
    );
    this.#feeds = new FeedDesk(socket, house.broker.monitor, this.#outgoing);
  }

  open(): void {
    const { broker, clock, limits } = this.#house;
    const socket = this.#socket;
    socket.on('define', (items) => this.#read(() => this.#define(items)));
    socket.on('submit', (items) => this.#read(() => this.#submit(items)));
    socket.on('watch', (frame) => this.#read(() => this.#watch(frame)));
    socket.on('unwatch', (ids) => this.#read(() => this.#unwatch(ids)));
    socket.on('openStreams', (items) => this.#read(() => this.#streams.open(items)));
    socket.on('tookChunks', (items) => this.#read(() => this.#streams.took(items)));
    socket.on('closeStreams', (readers) => this.#read(() => this.#streams.close(readers)));
    socket.on('openFeeds', (items) => this.#read(() => this.#feeds.open(items)));
    socket.on('closeFeeds', (feeds) => this.#read(() => this.#feeds.close(feeds)));
    socket.on('list', (queries, answer) => this.#answer(answer, () => this.#list(queries), pagesSize));
    socket.on('get', (ids, answer) => this.#answer(answer, () => this.#get(ids), answerSize));
    socket.on('revoke', (items, answer) => this.#answer(answer, () => this.#revoke(items)));
    socket.on('forget', (ids, answer) => this.#answer(answer, () => this.#forget(ids)));
    socket.on('control', (items, answer) => this.#answer(answer, () => this.#control(items)));
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

  /** The listener is there before the snapshot is read; the client drops what it then gets twice. */
  async #watch(frame: unknown): Promise<void> {
    const { epoch, tasks } = readWatch(frame);
    const { broker } = this.#house;
    const known = epoch === broker.epoch;
    const hidden: string[] = [];
    const crowded: string[] = [];
    const watched: (readonly [id: string, after: number])[] = [];
    for (const [id, sequence] of tasks) {
      if (!authorize.watch(this.#socket.data.grant, id)) hidden.push(id);
      else if (!this.#watches.add(id, !(known && sequence > 0))) crowded.push(id);
      else watched.push([id, known ? sequence : 0]);
    }
    this.#refuseSome(forbidden('read this task'), hidden);
    this.#refuseSome(tooManyWatches(), crowded);
    await this.#show(watched);
  }

  /** A few at a time, and no faster than the client reads: all that it may ask for at once would fill the memory. */
  #show(tasks: readonly (readonly [id: string, after: number])[]): Promise<void> {
    const distinct = [...new Map(tasks.map((task) => [task[0], task])).values()];
    return this.#inTurn(async () => {
      for (const run of cutBatch(distinct, () => 0, SNAPSHOTS_AT_ONCE, 1)) {
        await this.#outgoing.room();
        const snapshots = await this.#snapshots(run);
        for (const { id, state } of snapshots) if (isTerminal(state)) this.#watches.drop(id);
        await this.#outgoing.sendSnapshots(snapshots);
      }
    });
  }

  async #inTurn<Value>(answer: () => Promise<Value>): Promise<Value> {
    try {
      return await this.#questions.inTurn(answer);
    } catch (error) {
      // Who asks so much without reading is not waited for.
      if (error instanceof RefusedError && error.code === 'OVERLOADED') this.#socket.disconnect(true);
      throw error;
    }
  }

  #refuseSome(error: RefusedError, ids: readonly string[]): void {
    if (ids.length > 0) this.#refuse({ ...refusalOf(error), ids });
  }

  #unwatch(ids: unknown): void {
    for (const id of readIds(ids, 'unwatch')) this.#watches.drop(id);
  }

  /** As many as fit into one frame, and at least one. */
  async #get(ids: unknown): Promise<readonly (WireSnapshot | null)[]> {
    const wanted = readIds(ids, 'get', FRAME_ITEMS);
    return this.#inTurn(async () => {
      const answers: (WireSnapshot | null)[] = [];
      let size = 0;
      for (const run of cutBatch(wanted, () => 0, SNAPSHOTS_AT_ONCE, 1)) {
        await this.#outgoing.room();
        const allowed = run.filter((id) => authorize.get(this.#socket.data.grant, id));
        const found = new Map(
          (await this.#snapshots(allowed.map((id) => [id, 0]))).map((one) => [one.id, one]),
        );
        for (const id of run) {
          const snapshot = found.get(id) ?? null;
          size += snapshot === null ? 0 : snapshotSize(snapshot);
          if (size > FRAME_SOFT_LIMIT && answers.length > 0) return answers;
          answers.push(snapshot);
        }
      }
      return answers;
    });
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
    return this.#inTurn(async () => [await this.#house.broker.monitor.list(first)]);
  }

  // What the broker asks of it.

  definition(name: string): TaskOptions | undefined {
    return this.#definitions.get(name);
  }

  watchOwn(id: string): void {
    if (this.#socket.connected) this.#watches.add(id, false);
  }

  receive(receipts: readonly Receipt[]): void {
    this.#unread.say(receiptsSize(receipts), () => this.#socket.emit('receipts', receipts));
  }

  showExisting(ids: readonly string[]): void {
    this.#read(() => this.#show(ids.map((id) => [id, 0])));
  }

  deliver(event: EventItem): void {
    const [id, , , state] = event;
    if (state !== null && isTerminal(state)) this.#watches.ended(id);
    this.#outgoing.push(event);
  }

  #snapshots(tasks: readonly (readonly [string, number])[]): Promise<readonly WireSnapshot[]> {
    return this.#house.broker.reader.snapshots(tasks);
  }

  // The guarded decode point.

  #read(handle: () => void | Promise<void>): void {
    this.#guarded(async () => handle());
  }

  #answer<Value>(
    answer: unknown,
    handle: () => Promise<readonly Value[]>,
    size = (values: readonly Value[]) => values.length * VERDICT_SIZE,
  ): void {
    // The client decides whether it asks for an answer; one that does not is malformed.
    if (typeof answer !== 'function') {
      this.#refuse({
        code: 'BAD_FRAME',
        message: 'expected to be asked for an answer',
        retryAfterMs: null,
      });
      return;
    }
    const reply = answer as (answer: Answer<readonly Value[]>) => void;
    handle().then(
      (value) => this.#guarded(async () => this.#unread.say(size(value), () => reply({ ok: value }))),
      (error: unknown) => {
        this.#note(error);
        reply({ refused: refusalOf(error) });
        if (refusalOf(error).code === 'BAD_FRAME') this.#socket.disconnect(true);
      },
    );
  }

  #guarded(handle: () => Promise<void>): void {
    handle().catch((error: unknown) => {
      this.#note(error);
      this.#refuse(refusalOf(error));
    });
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
    if (refusal.code === 'BAD_FRAME') this.#socket.disconnect(true);
  }
}
