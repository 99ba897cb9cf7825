import {
  type ClientWelcome,
  ClosedError,
  type ControlItem,
  type ControlReplies,
  DEFAULT_LIMITS,
  GatewayUnreachableError,
  type ListPage,
  type ListQuery,
  RefusedError,
  type RevokeVerdict,
  type TaskOptions,
  UnknownTaskError,
  type WireSnapshot,
} from '@celeriac/protocol';
import type { Clock, StateBox, Timer } from '@celeriac/runtime';
import { onReturn } from '../environment.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { ChunkSource } from '../streams/chunk-source.ts';
import { Streams } from '../streams/streams.ts';
import { type ConnectionStatus, Dialer } from './dialer.ts';
import { Feeds } from './feeds.ts';
import type { Link, OpenLink } from './link.ts';
import type { Call } from './outbox.ts';
import { ProcessHold } from './process-hold.ts';
import { Questions } from './questions.ts';
import type { Requests } from './requests.ts';
import { Submissions } from './submissions.ts';
import { Watches } from './watches.ts';

export interface ConnectionOptions {
  readonly openLink: OpenLink;
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly acceptTimeoutMs: number;
  readonly giveUpAfterMs: number;
  /** Options of a task that is defined here; sent once per session before its first submit. */
  readonly definitionOf: (name: string) => TaskOptions | undefined;
}

/** What an app says to its gateway and hears from it; opened by the first call or watch. */
export class Connection {
  readonly clock: Clock;
  readonly giveUpAfterMs: number;
  /** Held while a call is unconfirmed or somebody waits. */
  readonly hold: ProcessHold;
  readonly #dialer: Dialer;
  readonly #watches = new Watches();
  readonly #streams = new Streams(() => this.#soon());
  readonly #feeds: Feeds;
  readonly #submissions: Submissions;
  readonly #questions: Questions;
  #payloadLimit = DEFAULT_LIMITS.payload;
  #epoch = '';
  #flushing = false;
  #giveUp: Timer | undefined;
  #unreachable = false;
  #closed: Promise<void> | undefined;
  #stopListening: () => void = () => {};

  constructor(options: ConnectionOptions) {
    const { clock, random, acceptTimeoutMs } = options;
    this.clock = clock;
    this.giveUpAfterMs = options.giveUpAfterMs;
    this.hold = new ProcessHold(clock);
    this.#questions = new Questions(this.hold, () => this.#soon());
    this.#feeds = new Feeds(this.hold, () => this.#soon());
    this.#submissions = new Submissions({
      clock,
      random,
      acceptTimeoutMs,
      definitionOf: options.definitionOf,
      hold: this.hold,
      watches: this.#watches,
      ready: () => this.#soon(),
      trouble: () => this.status.get().reason,
    });
    this.#dialer = new Dialer(options.openLink, clock, random, {
      opened: (welcome) => this.#onOpened(welcome),
      ended: () => this.#onAway(),
      failed: () => this.#submissions.away(),
      receipts: (receipts) => this.#submissions.receive(receipts),
      events: (items) => {
        for (const item of items) this.#watches.applyEvent(item, this.#epoch);
        if (this.#watches.asking) this.#soon();
      },
      snapshots: (snapshots) => {
        for (const snapshot of snapshots) this.#onSnapshot(snapshot);
      },
      streams: (items) => this.#streams.receive(items),
      feeds: (items) => this.#feeds.receive(items),
      refused: ({ code, message, retryAfterMs, ids }) =>
        this.#onRefused(new RefusedError(code, message, retryAfterMs), ids),
    });
  }

  get status(): StateBox<ConnectionStatus> {
    return this.#dialer.status;
  }

  /** Whether the gateway has been away for `giveUpAfter`, and still is. */
  get unreachable(): boolean {
    return this.#unreachable;
  }

  /** The largest payload the gateway takes, in UTF-16 units. */
  get payloadLimit(): number {
    return this.#payloadLimit;
  }

  /** @throws ClosedError after `close()`; every other trouble is told to the record */
  submit(call: Call, record: TaskRecord): void {
    if (this.#closed !== undefined) throw new ClosedError(`${call.name} was called after its app was closed`);
    this.#submissions.add(call, record);
    this.#open();
  }

  /**
   * Follows a task from now on; idempotent. Trouble is told to the record.
   * @returns whether the gateway is only now asked about it, so that what is known may be old
   */
  watch(record: TaskRecord): boolean {
    if (record.settled || this.#watches.has(record)) return false;
    if (this.#closed !== undefined) {
      record.break(new ClosedError('the app was closed'));
    } else if (record.standing === 'unconfirmed') {
      this.#watches.addOwn(record);
    } else if (this.#watches.hasRoom) {
      this.#watches.addForeign(record);
      this.#open();
      this.#soon();
      return true;
    } else {
      record.break(new RefusedError('TOO_MANY_WATCHES', 'this client watches too many tasks of others'));
    }
    return false;
  }

  unwatch(record: TaskRecord): void {
    this.#watches.remove(record, true);
    this.#soon();
  }

  /** Reads a task's stream from its start. Trouble is told to the reader. */
  readStream({ id, standing }: TaskRecord): ChunkSource {
    const reader = this.#streams.read(id);
    if (this.#closed !== undefined) reader.fail(new ClosedError('the app was closed'));
    else if (this.#unreachable && standing !== 'unconfirmed') reader.fail(this.describeUnreachable(id));
    else this.#open();
    return reader;
  }

  /**
   * Asks for all that is known, and lets every handle of the task know. Rejects as {@link Requests.add} does.
   * @returns whether the gateway has the task
   */
  async refresh(record: TaskRecord): Promise<boolean> {
    const snapshot = await this.#request(this.#questions.gets, record.id);
    const watched = this.#watches.has(record);
    this.#onSnapshot(snapshot);
    if (!watched && !record.applySnapshot(snapshot, this.#epoch))
      this.#breakOff(record, new UnknownTaskError(record.id, true));
    return snapshot.known;
  }

  /** @returns whether there was something to drop */
  forget(id: string): Promise<boolean> {
    return this.#request(this.#questions.forgets, id);
  }

  revoke(id: string, terminate: boolean, graceMs: number): Promise<RevokeVerdict> {
    return this.#request(this.#questions.revokes, [id, terminate, graceMs]);
  }

  /** Rejects as {@link Requests.add} does. */
  control<Item extends ControlItem>(item: Item): Promise<ControlReplies[Item[0]]> {
    // The gateway answers each command with its own kind of reply.
    return this.#request(this.#questions.controls, item) as Promise<ControlReplies[Item[0]]>;
  }

  /** Feeds of what an operator sees; reading one opens the line. */
  get feeds(): Feeds {
    if (this.#closed === undefined) this.#open();
    return this.#feeds;
  }

  /** A page of history. */
  list(query: ListQuery): Promise<ListPage> {
    return this.#request(this.#questions.lists, query);
  }

  /** Resolves when every call made so far is confirmed or refused. */
  flush(): Promise<void> {
    return this.#submissions.drained();
  }

  /** Another home: leaves the present gateway if it has one. */
  redial(): void {
    this.#dialer.redial();
  }

  /** Waits for receipts, no longer than `drainMs`; then everybody who waits for anything gets a ClosedError. */
  close(drainMs: number): Promise<void> {
    this.#closed ??= this.#close(drainMs);
    return this.#closed;
  }

  async #close(drainMs: number): Promise<void> {
    let timer: Timer | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = this.clock.after(drainMs, resolve);
    });
    await Promise.race([this.flush(), tooLong]);
    timer?.cancel();
    const error = new ClosedError('the app was closed');
    this.#submissions.abandon(error);
    for (const record of [...this.#watches.all()]) {
      record.break(error);
      this.#watches.remove(record, false);
    }
    this.#streams.fail(() => error);
    this.#questions.fail(() => error);
    this.#feeds.end(error);
    this.#stopListening();
    this.#dialer.close();
    this.#giveUp?.cancel();
  }

  #request<Item, Value>(requests: Requests<Item, Value>, item: Item): Promise<Value> {
    if (this.#closed !== undefined) return Promise.reject(new ClosedError('the app was closed'));
    this.#open();
    this.#soon();
    return requests.add(item);
  }

  #open(): void {
    if (this.status.get().state !== 'idle') return;
    this.#onAway();
    this.#dialer.open();
    this.#stopListening = onReturn(() => this.#dialer.hurry());
  }

  /** The end of this microtask turn: a lone call leaves at once, the calls of a loop leave together. */
  #soon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      const { link } = this.#dialer;
      if (link !== undefined) this.#send(link);
    });
  }

  /** Submits before watches: a watch must never overtake the task it is about. */
  #send(link: Link): void {
    this.#submissions.send(link);
    for (const frame of this.#watches.takeAsks(this.#epoch)) link.send('watch', frame);
    for (const frame of this.#watches.takeReleases()) link.send('unwatch', frame);
    const { opens, credits, closes } = this.#streams.takeFrames();
    for (const frame of opens) link.send('openStreams', frame);
    for (const frame of credits) link.send('tookChunks', frame);
    for (const frame of closes) link.send('closeStreams', frame);
    const feeds = this.#feeds.takeFrames();
    for (const frame of feeds.closes) link.send('closeFeeds', frame);
    for (const frame of feeds.opens) link.send('openFeeds', frame);
    for (const stray of this.#watches.takeStrays(this.#epoch)) void this.#lookUp(stray);
    this.#questions.send(link);
  }

  #onOpened(welcome: ClientWelcome): void {
    this.#epoch = welcome.epoch;
    this.#payloadLimit = welcome.limits.payload;
    this.#unreachable = false;
    this.#giveUp?.cancel();
    this.#giveUp = undefined;
    this.#submissions.resume(welcome);
    this.#watches.resume();
    this.#streams.resume();
    this.#feeds.resume();
    this.#questions.resend();
    this.#soon();
  }

  #onAway(): void {
    this.#feeds.away();
    if (this.#closed !== undefined) return;
    this.#giveUp ??= this.clock.after(this.giveUpAfterMs, () => {
      this.#unreachable = true;
      for (const record of [...this.#watches.all()])
        if (record.standing !== 'unconfirmed') record.unreachable();
      this.#streams.fail((id) => this.describeUnreachable(id));
      this.#questions.fail((id) => this.describeUnreachable(id));
    });
  }

  describeUnreachable(id: string): GatewayUnreachableError {
    return new GatewayUnreachableError(id, this.giveUpAfterMs, { cause: this.status.get().reason });
  }

  #onSnapshot(snapshot: WireSnapshot): void {
    for (const record of this.#watches.applySnapshot(snapshot, this.#epoch))
      this.#breakOff(record, new UnknownTaskError(record.id, true));
  }

  async #lookUp(record: TaskRecord): Promise<void> {
    try {
      await this.refresh(record);
      this.#watches.ask(record);
      this.#soon();
    } catch (error) {
      // An unreachable gateway is told elsewhere, and the next session looks again.
      if (error instanceof RefusedError) this.#breakOff(record, error);
    }
  }

  /** Watches that were refused are named. What may pass later is sent again; calls and questions have answers of their own. */
  #onRefused(refusal: RefusedError, ids: readonly string[] = []): void {
    const named = new Set(ids);
    for (const record of this.#watches.unanswered()) {
      if (named.has(record.id)) this.#breakOff(record, refusal);
    }
    if (refusal.retryAfterMs === null) return;
    const { link } = this.#dialer;
    this.clock.after(refusal.retryAfterMs, () => {
      if (this.#dialer.link !== link) return;
      this.#submissions.resend();
      this.#watches.askAgain();
      this.#soon();
    });
  }

  #breakOff(record: TaskRecord, failure: Error): void {
    record.break(failure);
    this.#watches.remove(record, true);
  }
}
