import { ClosedError, GatewayUnreachableError, type RevokeVerdict } from '@celeriac/protocol';
import type {
  ClientWelcome,
  ControlItem,
  ControlReplies,
  ListPage,
  ListQuery,
  WireTaskOptions,
} from '@celeriac/protocol/internal';
import type { Clock, StateBox, Timer } from '@celeriac/runtime';
import { abortable, deadline } from '@celeriac/runtime/calling';
import { onReturn } from '../environment.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { ChunkSource } from '../streams/stream-reader.ts';
import { Conversation, type MakeFeeds, type MakeStreams } from './conversation.ts';
import { ClientDialer, type ConnectionStatus } from './dialer.ts';
import type { Feeds } from './feeds.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import type { PendingQuestions } from './pending-questions.ts';
import { ProcessHold } from './process-hold.ts';
import { Reach } from './reach.ts';
import { refusedForGood } from './refusals.ts';
import type { Requests } from './requests.ts';
import type { Submissions } from './submissions.ts';
import type { OpenTransport } from './transport.ts';

export interface ConnectionOptions {
  readonly openTransport: OpenTransport;
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly acceptTimeoutMs: number;
  /** Of all calls without a receipt, in bytes. */
  readonly outboxLimit?: number | undefined;
  readonly giveUpAfterMs: number;
  /** Options of a task that is defined here; sent once per session before its first submit. */
  readonly definitionOf: (name: string) => WireTaskOptions | undefined;
}

/** What an app says to its gateway and hears from it; opened by the first call or watch. */
export class Connection {
  readonly clock: Clock;
  readonly giveUpAfterMs: number;
  /** Held while a call is unconfirmed or somebody waits. */
  readonly hold: ProcessHold;
  readonly status: StateBox<ConnectionStatus>;
  readonly #dialer: ClientDialer;
  readonly #conversation: Conversation;
  readonly #reach: Reach;
  #opened = false;
  #closed: Promise<void> | undefined;
  /** Ends the waiting for receipts at its close. */
  #hurry: () => void = () => {};
  /** Why the gateway will never be reached, though the app is not closed. */
  #refused: Error | undefined;
  #stopListening: () => void = () => {};

  constructor(options: ConnectionOptions) {
    const { clock, random, acceptTimeoutMs, outboxLimit } = options;
    this.clock = clock;
    this.giveUpAfterMs = options.giveUpAfterMs;
    this.hold = new ProcessHold(clock);
    this.#reach = new Reach(clock, options.giveUpAfterMs, () =>
      this.#conversation.unreachable((id) => this.describeUnreachable(id)),
    );
    this.#conversation = new Conversation({
      clock,
      random,
      acceptTimeoutMs,
      outboxLimit,
      definitionOf: options.definitionOf,
      hold: this.hold,
      transport: () => this.#dialer.transport,
      trouble: () => this.status.get().reason,
      get: (id, aside = false, signal) =>
        this.#request(aside ? this.#questions.asides : this.#questions.of('get'), id, id, signal),
    });
    this.#dialer = new ClientDialer(options.openTransport, clock, random, {
      ...this.#conversation.heard,
      opened: (welcome) => this.#onOpened(welcome),
      ended: () => this.#onAway(),
      failed: (choked) => {
        this.#reach.failed(this.status.get().reason);
        this.#conversation.failed(choked);
      },
      refusedForGood: (reason) => this.#refuseForGood(reason),
    });
    this.status = this.#dialer.status;
  }

  /** Whether the gateway has been away for `giveUpAfter`, and still is. */
  get unreachable(): boolean {
    return this.#reach.gone;
  }

  /** What the gateway takes: of a payload in UTF-16 units. */
  get limits(): { readonly payload: number } {
    return this.#conversation.limits;
  }

  /** Calls that are not confirmed yet. */
  get calls(): Pick<Submissions, 'flushed' | 'drained'> {
    return this.#conversation.submissions;
  }

  /** @throws ClosedError after `close()`, PayloadError for a call that is too large; other trouble is told to the record */
  submit(call: OutgoingCall, record: TaskRecord): void {
    if (this.#closed !== undefined) throw new ClosedError(`${call.name} was called after its app was closed`);
    if (this.#refused !== undefined) {
      record.break(refusedForGood(call.id, false, this.#refused));
      return;
    }
    this.#conversation.submissions.add(call, record);
    this.#open();
  }

  /**
   * Follows a task from now on; idempotent. Trouble is told to the record.
   * @returns whether the gateway is only now asked about it, so that what is known may be old
   */
  watch(record: TaskRecord): boolean {
    if (this.#conversation.following.has(record)) return false;
    const over = this.#over();
    if (over !== undefined) record.break(over);
    else if (this.#conversation.following.add(record)) {
      this.#open();
      return true;
    }
    return false;
  }

  /** Whether so many tasks are followed that a handle without references should let go of its own. */
  get crowded(): boolean {
    return this.#conversation.following.crowded;
  }

  unwatch(record: TaskRecord): void {
    this.#conversation.following.remove(record);
  }

  /** Reads a task's stream from its start. Trouble is told to the reader. */
  readStream(record: TaskRecord, make: MakeStreams): ChunkSource {
    const over = this.#over();
    const reader = this.#conversation.streams(make).read(record);
    if (over !== undefined) reader.fail(over);
    else if (this.#reach.gone && record.standing !== 'unconfirmed')
      reader.fail(this.describeUnreachable(record.id));
    else this.#open();
    return reader;
  }

  /**
   * Asks for all that is known, and lets every handle of the task know. Rejects as {@link Requests.add} does.
   * @returns whether the gateway has the task
   */
  refresh(record: TaskRecord, signal?: AbortSignal): Promise<boolean> {
    return this.#conversation.following.refresh(record, false, signal);
  }

  /** Asks what a task waits for, where a gateway is there to be asked. */
  ask(record: TaskRecord): void {
    if (this.#dialer.transport !== undefined) void this.#conversation.following.ask(record);
  }

  /** @returns whether there was something to delete */
  forget(id: string, signal?: AbortSignal): Promise<boolean> {
    return this.#request(this.#questions.of('forget'), id, id, signal);
  }

  revoke(id: string, terminate: boolean, graceMs: number, signal?: AbortSignal): Promise<RevokeVerdict> {
    return this.#request(this.#questions.of('revoke'), [id, terminate, graceMs], id, signal);
  }

  /** Rejects as {@link Requests.add} does. */
  control<Item extends ControlItem>(item: Item, signal?: AbortSignal): Promise<ControlReplies[Item[0]]> {
    const about = item[0] === 'retry' ? item[1] : null;
    // The gateway answers each command with its own kind of reply.
    return this.#request(this.#questions.of('control'), item, about, signal) as Promise<
      ControlReplies[Item[0]]
    >;
  }

  /** Feeds of what an operator sees; reading one opens the connection. */
  feeds(make: MakeFeeds): Feeds {
    if (this.#over() === undefined) this.#open();
    return this.#conversation.feeds(make);
  }

  /** A page of history. */
  list(query: ListQuery, signal?: AbortSignal): Promise<ListPage> {
    return this.#request(this.#questions.of('list'), query, null, signal);
  }

  /** Another home: leaves the present gateway if it has one. */
  redial(): void {
    this.#conversation.moved();
    if (this.#refused === undefined || this.#closed !== undefined) {
      this.#dialer.redial();
      return;
    }
    // What the last home said of us is no word of this one's.
    this.#refused = undefined;
    this.#opened = false;
    this.#dialer.reset();
  }

  /**
   * Waits for receipts, at most `drainMs`; then everything that still waits is rejected with a ClosedError.
   * @param signal ends the waiting for receipts, and rejects with its reason; an aborted one closes nothing
   */
  async close(drainMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const hurry = (): void => this.#hurry();
    this.#closed ??= this.#close(drainMs);
    signal?.addEventListener('abort', hurry);
    try {
      await abortable(signal, () => this.#closed ?? Promise.resolve());
    } finally {
      signal?.removeEventListener('abort', hurry);
    }
  }

  async #close(drainMs: number): Promise<void> {
    let timer: Timer | undefined;
    const tooLong = new Promise<void>((resolve) => {
      this.#hurry = resolve;
      timer = deadline(this.clock, drainMs, resolve);
    });
    await Promise.race([this.calls.flushed(), tooLong]);
    timer?.cancel();
    const error = new ClosedError('the app was closed');
    this.#conversation.submissions.abandon(() => error);
    this.#end(error);
    this.#dialer.close();
  }

  /** Nothing hangs: what waits is told why, and so is whatever comes later. */
  #refuseForGood(reason: Error): void {
    this.#refused = reason;
    this.#conversation.submissions.abandon(({ call, pending }) => refusedForGood(call.id, pending, reason));
    this.#end(reason);
  }

  /** For everybody but calls. */
  #end(error: Error): void {
    this.#conversation.end(error);
    this.#stopListening();
    this.#reach.close();
  }

  /** Why nothing can be asked any more. */
  #over(): Error | undefined {
    return this.#closed === undefined ? this.#refused : new ClosedError('the app was closed');
  }

  #request<Item, Value>(
    requests: Requests<Item, Value>,
    item: Item,
    about: string | null,
    signal: AbortSignal | undefined,
  ): Promise<Value> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const over = this.#over();
    if (over !== undefined) return Promise.reject(over);
    if (this.#reach.gone) return Promise.reject(this.describeUnreachable(about));
    this.#open();
    return requests.add(item, about, signal);
  }

  #open(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#onAway();
    this.#dialer.open();
    this.#stopListening = onReturn(() => this.#dialer.hurry());
  }

  get #questions(): PendingQuestions {
    return this.#conversation.questions;
  }

  #onOpened(welcome: ClientWelcome): void {
    this.#reach.opened();
    this.#conversation.resume(welcome);
  }

  #onAway(): void {
    this.#conversation.away();
    if (this.#over() === undefined) this.#reach.away();
  }

  describeUnreachable(id: string | null): GatewayUnreachableError {
    return new GatewayUnreachableError(id, this.giveUpAfterMs, { cause: this.status.get().reason });
  }
}
