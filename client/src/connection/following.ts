import { RefusedError, UnknownTaskError } from '@celeriac/protocol';
import type { EventItem, WireSnapshot } from '@celeriac/protocol/internal';
import type { GatewaySession, Taken } from '../record/changes.ts';
import type { TaskRecord } from '../record/task-record.ts';
import type { FrameSizes, Producer } from './frames.ts';
import type { Transport } from './transport.ts';
import type { Watches } from './watches.ts';

export interface FollowingOptions {
  readonly watches: Watches;
  /** Asks the gateway for all that it knows of a task. @param aside in this session alone, and nothing waits for the answer */
  readonly get: (id: string, aside?: boolean, signal?: AbortSignal) => Promise<WireSnapshot>;
  /** What was heard of a task before is of a past that the gateway's store has not had. */
  readonly replaced: (record: TaskRecord, snapshot: WireSnapshot) => void;
  /** The gateway has no task of this id any more, whose end was heard. */
  readonly gone: (record: TaskRecord) => void;
}

/** Some 5 MB of records. To look after fewer, whether anybody has their handle still, would cost each call more than it saves. */
const MANY = 10_000;

/** Tells the records of the tasks that this client follows what the gateway says of them, or why it will say no more. */
export class Following implements Producer {
  readonly #options: FollowingOptions;
  readonly #watches: Watches;
  readonly #asking = new Set<TaskRecord>();
  #session: GatewaySession = { epoch: '' };

  constructor(options: FollowingOptions) {
    this.#options = options;
    this.#watches = options.watches;
  }

  /** Whether there is nothing to be done: its task is followed, or will not change any more. */
  has(record: TaskRecord): boolean {
    return record.settled || this.#watches.has(record);
  }

  /** Whether it follows so many tasks that it should follow none without a listener. */
  get crowded(): boolean {
    return this.#watches.size > MANY;
  }

  /**
   * Follows one more. Trouble is told to the record.
   * @returns whether the gateway has to be asked about it
   */
  add(record: TaskRecord): boolean {
    if (record.standing === 'unconfirmed') {
      this.#watches.addOwn(record);
    } else if (this.#watches.hasRoom) {
      this.#watches.addForeign(record);
      return true;
    } else {
      record.break(
        new RefusedError('TOO_MANY_WATCHES', 'this client watches too many tasks that it did not call'),
      );
    }
    return false;
  }

  remove(record: TaskRecord): void {
    this.#watches.remove(record, true);
  }

  /** Asks for all that is known, and lets every handle of the task know. @returns whether the gateway has the task */
  async refresh(record: TaskRecord, aside = false, signal?: AbortSignal): Promise<boolean> {
    const snapshot = await this.#options.get(record.id, aside, signal);
    const watched = this.#watches.has(record);
    this.applySnapshot(snapshot);
    if (!watched) this.#upset(record, record.applySnapshot(snapshot, this.#session), snapshot);
    return snapshot.known;
  }

  /** As {@link refresh}, but nothing waits for it. Holds no process, is of this session alone, and never rejects. */
  async ask(record: TaskRecord): Promise<void> {
    if (this.#asking.has(record)) return;
    this.#asking.add(record);
    try {
      await this.refresh(record, true);
    } catch {
      // Nothing waits for it.
    }
    this.#asking.delete(record);
  }

  readonly applyEvents = (items: readonly EventItem[]): void => {
    for (const item of items) this.#watches.applyEvent(item, this.#session);
  };

  applySnapshot(snapshot: WireSnapshot): void {
    for (const [record, how] of this.#watches.applySnapshot(snapshot, this.#session)) {
      this.#upset(record, how, snapshot);
    }
  }

  /** A new session. */
  resume(session: GatewaySession): void {
    this.#session = session;
    this.#asking.clear();
    this.#watches.resume();
  }

  send(transport: Transport, framing?: FrameSizes): void {
    for (const frame of this.#watches.takeAsks(this.#session.epoch, framing)) transport.send('watch', frame);
    for (const frame of this.#watches.takeReleases(framing)) transport.send('unwatch', frame);
    for (const record of this.#watches.takeOfEarlierStore()) void this.#lookUp(record);
  }

  /** Those that are named will not be told of in this session (any more). */
  refused(refusal: RefusedError, ids: readonly string[]): void {
    const named = new Set(ids);
    for (const record of this.#watches.byRight()) {
      if (named.has(record.id)) this.#breakOff(record, refusal);
    }
  }

  askAgain(): void {
    this.#watches.askAgain();
  }

  /** The gateway has been away for too long. Calls without a receipt have a limit of their own. */
  unreachable(): void {
    for (const record of [...this.#watches.all()])
      if (record.standing !== 'unconfirmed') record.unreachable();
  }

  /** All are told the same, and are no longer followed. */
  end(error: Error): void {
    for (const record of [...this.#watches.all()]) {
      record.break(error);
      this.#watches.remove(record, false);
    }
  }

  async #lookUp(record: TaskRecord): Promise<void> {
    try {
      await this.refresh(record);
      this.#watches.ask(record);
    } catch (error) {
      // An unreachable gateway is told elsewhere, and the next session looks again.
      if (error instanceof RefusedError) this.#breakOff(record, error);
    }
  }

  #breakOff(record: TaskRecord, failure: Error): void {
    record.break(failure);
    this.#watches.remove(record, true);
  }

  #upset(record: TaskRecord, how: Taken, snapshot: WireSnapshot): void {
    if (how === 'replaced') this.#options.replaced(record, snapshot);
    else if (how === 'lost' && record.ended) this.#options.gone(record);
    else if (how === 'lost') this.#lose(record);
  }

  #lose(record: TaskRecord): void {
    record.lose(new UnknownTaskError(record.id, true));
    this.#watches.remove(record, true);
  }
}
