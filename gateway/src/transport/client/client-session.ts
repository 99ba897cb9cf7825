import { RefusedError, type RevokeVerdict } from '@celeriac/protocol';
import type { WireTaskOptions } from '@celeriac/protocol/internal';
import {
  type AnswerTo,
  type AskedFrame,
  CLIENT_FRAMES,
  type ClientFrame,
  type ControlItem,
  type ControlReply,
  DEFINITIONS,
  type DefineItem,
  type HeardIn,
  namesOf,
  type ReadSubmit,
  type Receipt,
  type RefusedReceipt,
  type RevokeItem,
  type SubmitItem,
  type TokenRefreshed,
} from '@celeriac/protocol/internal';
import type { Submitter } from '../../broker/admission.ts';
import { idsByCode } from '../../broker/call-refusals.ts';
import type { CallerRights } from '../../broker/call-rights.ts';
import { Audit } from '../audit.ts';
import { authorize, authorizeCommand, rightsOf } from '../auth/authorize.ts';
import { asksWhose } from '../auth/grant.ts';
import type { Stay } from '../auth/stay.ts';
import type { TransportContext } from '../context.ts';
import { forbidden, notAllowed, tooMany, toRefusal } from './client-refusals.ts';
import type { ClientSocket } from './client-socket.ts';
import { FeedSubscriptions } from './feed-subscriptions.ts';
import { Frames } from './frames.ts';
import { InFlight } from './in-flight.ts';
import { Outgoing } from './outgoing.ts';
import { RequestQueue } from './request-queue.ts';
import { cutIntoFrames, receiptSize } from './sizes.ts';
import { StreamSubscriptions } from './stream-subscriptions.ts';
import { TaskQuestions } from './task-questions.ts';
import { UnreadBytes } from './unread-bytes.ts';
import { WatchSubscriptions } from './watch-subscriptions.ts';

/** The handlers of the frames. A malformed frame throws before it gets here. */
type Handlers = {
  readonly [Name in ClientFrame]: (
    said: HeardIn<Name>,
  ) => Name extends AskedFrame ? Promise<AnswerTo<Name>> : void | Promise<void>;
};

/**
 * One client's connection. Each frame is read at one guarded point, authorised item by item, and handed to the
 * broker; what the broker returns becomes frames. A malformed frame costs its sender the connection.
 */
export class ClientSession implements Submitter {
  readonly #socket: ClientSocket;
  readonly #context: TransportContext;
  readonly #definitions = new Map<string, WireTaskOptions>();
  readonly #watches: WatchSubscriptions;
  readonly #questions: TaskQuestions;
  readonly #streams: StreamSubscriptions;
  readonly #feeds: FeedSubscriptions;
  readonly #inFlight: InFlight;
  readonly #requests = new RequestQueue();
  readonly #stay: Stay;
  readonly #audit: Audit;
  readonly #frames: Frames;
  readonly #handlers: Handlers = {
    define: (items) => this.#define(items),
    submit: (calls) => this.#submit(calls),
    watch: (frame) => this.#watches.watch(frame),
    unwatch: (ids) => this.#watches.unwatch(ids),
    get: (ids) => this.#questions.get(ids),
    revoke: (items) => this.#revoke(items),
    forget: (ids) => this.#forget(ids),
    openStreams: (items) => this.#streams.open(items),
    tookChunks: (items) => this.#streams.took(items),
    closeStreams: (readers) => this.#streams.close(readers),
    control: (items) => this.#control(items),
    openFeeds: (items) => this.#feeds.open(items),
    closeFeeds: (feeds) => this.#feeds.close(feeds),
    list: (queries) => this.#questions.list(queries),
    refresh: (token) => this.#refresh(token),
  };

  constructor(socket: ClientSocket, context: TransportContext) {
    this.#socket = socket;
    this.#context = context;
    this.#stay = socket.data.stay;
    this.#inFlight = new InFlight(context.limits);
    this.#audit = new Audit(context.telemetry, socket.data.address, () => socket.data.grant);
    this.#frames = new Frames(socket, {
      telemetry: context.telemetry,
      audit: this.#audit,
      requests: this.#requests,
      holds: () => this.#stay.holds(),
    });
    new UnreadBytes(socket, (why) => this.#sendAway(why));
    const { broker } = context;
    const outgoing = new Outgoing(socket, context.clock, (ids) => this.#watches.reread(ids));
    this.#watches = new WatchSubscriptions(socket, broker, {
      clock: context.clock,
      outgoing,
      requests: this.#requests,
      refuse: (refusal) => this.#frames.refuse('watch', refusal),
      later: (act) => this.#frames.read('watch', act),
    });
    this.#questions = new TaskQuestions(socket, {
      broker,
      outgoing,
      requests: this.#requests,
      audit: this.#audit,
    });
    this.#streams = new StreamSubscriptions(socket, broker, this.#watches);
    this.#feeds = new FeedSubscriptions(socket, broker.monitor, outgoing, this.#audit);
  }

  open(): void {
    const { broker, clock, limits } = this.#context;
    const socket = this.#socket;
    for (const name of namesOf(CLIENT_FRAMES)) this.#hear(name);
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

  /** The guarded decode point: what it says is read by the row of the table, and handled in its turn. */
  #hear<Name extends ClientFrame>(name: Name): void {
    const { read, acknowledged } = CLIENT_FRAMES[name];
    const handle: (said: never) => unknown = this.#handlers[name];
    this.#socket.on(name as ClientFrame, (said, answer) => {
      if (acknowledged)
        this.#frames.answer(name, answer, said, async () => handle(read(said, name) as never));
      else this.#frames.read(name, () => handle(read(said, name) as never) as void | Promise<void>);
    });
  }

  #define(items: readonly DefineItem[]): void {
    for (const [name, options] of items) {
      if (!authorize.define(this.#socket.data.grant, name)) throw forbidden(`define ${name}`);
      if (this.#definitions.size >= DEFINITIONS) {
        throw new RefusedError(
          'TOO_MANY_DEFINITIONS',
          `a connection may define at most ${DEFINITIONS} tasks`,
        );
      }
      this.#definitions.set(name, options);
    }
  }

  async #submit({ items, refused: unfit }: ReadSubmit): Promise<void> {
    const { grant } = this.#socket.data;
    const taken: SubmitItem[] = [];
    const refused = [...unfit];
    const flight = { tasks: 0, bytes: 0 };
    for (const item of items) {
      const [id, name] = item;
      if (!authorize.submit(grant, name)) refused.push(notAllowed(id, name));
      else if (this.#inFlight.take(item, flight)) taken.push(item);
      else refused.push(tooMany(id));
    }
    const { quota } = this.#stay;
    const calls = quota.takeCalls(taken, refused);
    if (refused.length > 0) this.refuse(refused);
    try {
      await this.#context.broker.admission.submit(this, calls, this.#context.clock.now());
    } finally {
      this.#inFlight.land(flight);
      quota.landCalls(calls);
    }
  }

  async #revoke(wanted: readonly RevokeItem[]): Promise<readonly (RevokeVerdict | null)[]> {
    const { revoker } = this.#context.broker;
    const { allowed, refused } = await this.#concerned(wanted, ([id]) => id, authorize.revoke);
    const verdicts = await revoker.revoke([...allowed]);
    if (allowed.size > 0)
      this.#audit.acted(
        'revoke',
        [...allowed].map(([id]) => id),
      );
    const byItem = new Map([...allowed].map((item, position) => [item, verdicts[position]]));
    return wanted.map((item) => byItem.get(item) ?? refused);
  }

  async #forget(wanted: readonly string[]): Promise<readonly boolean[]> {
    const { allowed, refused } = await this.#concerned(wanted, (id) => id, authorize.forget);
    const hidden = refused === null ? wanted.find((id) => !allowed.has(id)) : undefined;
    if (hidden !== undefined) throw forbidden(`forget task ${hidden}`);
    const forgotten = await this.#context.broker.forgetter.forget([...allowed]);
    if (allowed.size > 0) this.#audit.acted('forget', [...allowed]);
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
    const own = await this.#context.broker.reader.concerned(items.map(idOf), (id, caller) =>
      may(grant, id, caller),
    );
    const concerned = items.filter((item) => own.has(idOf(item)) || may(grant, idOf(item)));
    return { allowed: new Set(concerned), refused: 'unknown' };
  }

  async #control(wanted: readonly ControlItem[]): Promise<readonly ControlReply[]> {
    const { grant } = this.#socket.data;
    const hidden = wanted.find(([command]) => !authorizeCommand(grant, command));
    if (hidden !== undefined)
      throw forbidden(
        hidden[0] === 'backup'
          ? 'back up the store (needs admin:backup)'
          : 'control the gateway (needs admin:control)',
      );
    // Before acting: a client that revokes its own token does not get the answer, and an order that fails half-way was still given.
    for (const [command, about] of wanted) this.#audit.acted(command, [about]);
    return this.#context.broker.control.run(wanted);
  }

  /** Subscriptions that the new token may not read are refused; the rest continue without a gap. */
  async #refresh(token: string): Promise<TokenRefreshed> {
    await this.#context.gatekeeper.refresh(this.#stay, token);
    const before = this.#socket.data.grant;
    this.#socket.data.grant = this.#stay.grant;
    this.#feeds.authorizeAnew();
    await Promise.all([this.#watches.authorizeAnew(before), this.#streams.authorizeAnew()]);
    return this.#stay.remaining;
  }

  // What the broker calls.

  get rights(): CallerRights {
    return rightsOf(this.#socket.data.grant);
  }

  definition(name: string): WireTaskOptions | undefined {
    return this.#definitions.get(name);
  }

  watchOwn(id: string): void {
    this.#stay.quota.answered(id);
    this.#watches.watchOwn(id);
  }

  receive(receipts: readonly Receipt[]): void {
    for (const { items } of cutIntoFrames(receipts, receiptSize)) this.#socket.emit('receipts', items);
  }

  showExisting(ids: readonly string[]): void {
    this.#stay.quota.existed(ids);
    this.#frames.read('watch', () => this.#watches.show(ids.map((id) => [id, 0])));
  }

  refuse(receipts: readonly RefusedReceipt[]): void {
    for (const [code, ids] of idsByCode(receipts)) this.#audit.refused(code, 'submit', ids, ids.length);
    this.receive(receipts);
  }

  /** The client is told why when it reads again, reconnects, and resumes. */
  #sendAway(why: RefusedError): void {
    this.#audit.refused(why.code, 'connection');
    this.#socket.emit('refused', toRefusal(why));
    this.#socket.disconnect(true);
  }
}
