import {
  type EventItem,
  FRAME_ITEMS,
  FRAME_SOFT_LIMIT,
  isTerminal,
  type Refusal,
  type RefusedError,
  readIds,
  readWatch,
  type WireSnapshot,
} from '@celeriac/protocol';
import { cutBatch } from '@celeriac/runtime';
import type { Broker } from '../../broker/broker.ts';
import type { Subscriber } from '../../events/bus.ts';
import { authorize } from '../auth/authorize.ts';
import type { ClientSocket } from './client-socket.ts';
import type { Outgoing } from './outgoing.ts';
import type { Questions } from './questions.ts';
import { forbidden, refusalOf, tooManyWatches } from './refusals.ts';
import { fitSnapshot, itemSize } from './sizes.ts';
import { WatchList } from './watch-list.ts';

/** Snapshots read and answered in one go; each may carry a result of 256 KB. */
const SNAPSHOTS_AT_ONCE = 100;

export interface WatchDeskOptions {
  readonly outgoing: Outgoing;
  readonly questions: Questions;
  readonly refuse: (refusal: Refusal) => void;
}

/** The tasks that one client watches, and those that it asks about once. */
export class WatchDesk implements Subscriber {
  readonly #socket: ClientSocket;
  readonly #broker: Broker;
  readonly #options: WatchDeskOptions;
  readonly #watches: WatchList;

  constructor(socket: ClientSocket, broker: Broker, options: WatchDeskOptions) {
    this.#socket = socket;
    this.#broker = broker;
    this.#options = options;
    this.#watches = new WatchList(broker.bus, this);
  }

  /** The listener is there before the snapshot is read; the client drops what it then gets twice. @throws FrameError */
  async watch(frame: unknown): Promise<void> {
    const { epoch, tasks } = readWatch(frame);
    const known = epoch === this.#broker.epoch;
    const hidden: string[] = [];
    const crowded: string[] = [];
    const watched: (readonly [id: string, after: number])[] = [];
    for (const [id, sequence] of tasks) {
      if (!authorize.watch(this.#socket.data.grant, id)) hidden.push(id);
      else if (!this.#watches.add(id, !(known && sequence > 0))) crowded.push(id);
      else watched.push([id, known ? sequence : 0]);
    }
    this.#refuse(forbidden('read this task'), hidden);
    this.#refuse(tooManyWatches(), crowded);
    await this.show(watched);
  }

  /** A caller watches its own tasks whatever its token says. */
  watchOwn(id: string): void {
    if (this.#socket.connected) this.#watches.add(id, false);
  }

  has(id: string): boolean {
    return this.#watches.has(id);
  }

  /** @throws FrameError */
  unwatch(ids: unknown): void {
    for (const id of readIds(ids, 'unwatch')) this.#watches.drop(id);
  }

  /** The client is gone. */
  clear(): void {
    this.#watches.clear();
  }

  deliver(event: EventItem): void {
    const [id, , , state] = event;
    if (state !== null && isTerminal(state)) this.#watches.ended(id);
    this.#options.outgoing.push(event);
  }

  /** A few at a time, and no faster than the client reads: all that it may ask for at once would fill the memory. */
  show(tasks: readonly (readonly [id: string, after: number])[]): Promise<void> {
    const { outgoing, questions } = this.#options;
    const distinct = [...new Map(tasks.map((task) => [task[0], task])).values()];
    return questions.inTurn(async () => {
      for (const run of cutBatch(distinct, () => 0, SNAPSHOTS_AT_ONCE, 1)) {
        await outgoing.room();
        const snapshots = await this.#broker.reader.snapshots(run);
        for (const { id, state } of snapshots) if (isTerminal(state)) this.#watches.drop(id);
        await outgoing.sendSnapshots(snapshots);
      }
    });
  }

  /** As many as fit into one frame, and at least one. @throws FrameError */
  async get(ids: unknown): Promise<readonly (WireSnapshot | null)[]> {
    const { outgoing, questions } = this.#options;
    const wanted = readIds(ids, 'get', FRAME_ITEMS);
    return questions.inTurn(async () => {
      const answers: (WireSnapshot | null)[] = [];
      let size = 0;
      for (const run of cutBatch(wanted, () => 0, SNAPSHOTS_AT_ONCE, 1)) {
        await outgoing.room();
        const allowed = run.filter((id) => authorize.get(this.#socket.data.grant, id));
        const found = await this.#broker.reader.snapshots(allowed.map((id) => [id, 0]));
        const byId = new Map(found.map((one) => [one.id, one]));
        for (const id of run) {
          const found = byId.get(id);
          const snapshot = found === undefined ? null : fitSnapshot(found, this.#socket.data.frameLimit);
          size += itemSize(snapshot);
          if (size > FRAME_SOFT_LIMIT && answers.length > 0) return answers;
          answers.push(snapshot);
        }
      }
      return answers;
    });
  }

  #refuse(error: RefusedError, ids: readonly string[]): void {
    for (const run of cutBatch(ids, itemSize, Number.POSITIVE_INFINITY, FRAME_SOFT_LIMIT))
      this.#options.refuse({ ...refusalOf(error), ids: run });
  }
}
