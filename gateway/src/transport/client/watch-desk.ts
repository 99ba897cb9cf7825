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
import { type Clock, cutBatch } from '@celeriac/runtime';
import type { Broker } from '../../broker/broker.ts';
import type { Subscriber } from '../../events/bus.ts';
import { authorize } from '../auth/authorize.ts';
import type { ClientSocket } from './client-socket.ts';
import type { Outgoing } from './outgoing.ts';
import { Portions } from './portions.ts';
import type { Questions } from './questions.ts';
import { forbidden, refusalOf, tooManyWatches } from './refusals.ts';
import { snapshotSize } from './sizes.ts';
import { WatchList } from './watch-list.ts';

/** Snapshots read and answered in one go; each may carry a result of 256 KB. */
const SNAPSHOTS_AT_ONCE = 100;

export interface WatchDeskOptions {
  readonly clock: Clock;
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
  readonly #portions: Portions;
  /** Said to be the client's own, and not looked at yet. */
  readonly #claimed = new Set<string>();

  constructor(socket: ClientSocket, broker: Broker, options: WatchDeskOptions) {
    this.#socket = socket;
    this.#broker = broker;
    this.#options = options;
    this.#watches = new WatchList(broker.bus, this);
    this.#portions = new Portions(options.clock);
  }

  /** The listener is there before the snapshot is read; the client drops what it then gets twice. @throws FrameError */
  async watch(frame: unknown): Promise<void> {
    const { epoch, tasks } = readWatch(frame);
    const known = epoch === this.#broker.epoch;
    await this.#options.questions.counted(tasks, async () => {
      const shown: (readonly [id: string, after: number])[] = [];
      await this.#portions.each(tasks, (portion) => shown.push(...this.#take(portion, known)));
      await this.show(shown);
    });
  }

  /** @returns those to be shown */
  #take(
    tasks: readonly (readonly [id: string, sequence: number])[],
    known: boolean,
  ): readonly (readonly [id: string, after: number])[] {
    if (!this.#socket.connected) return [];
    const hidden: string[] = [];
    const crowded: string[] = [];
    const shown: (readonly [id: string, after: number])[] = [];
    for (const [id, sequence] of tasks) {
      if (!authorize.watch(this.#socket.data.grant, id)) hidden.push(id);
      else if (known && sequence > 0) {
        if (!this.#watches.has(id)) this.#claimed.add(id);
        shown.push([id, sequence]);
      } else if (this.#watches.add(id, true)) shown.push([id, known ? sequence : 0]);
      else crowded.push(id);
    }
    this.#refuse(forbidden('read this task'), hidden);
    this.#refuse(tooManyWatches(), crowded);
    return shown;
  }

  /** A caller watches its own tasks whatever its token says. */
  watchOwn(id: string): void {
    if (this.#socket.connected) this.#watches.add(id, false);
  }

  has(id: string): boolean {
    return this.#watches.has(id) || this.#claimed.has(id);
  }

  /** @throws FrameError */
  async unwatch(ids: unknown): Promise<void> {
    await this.#portions.each(readIds(ids, 'unwatch'), (portion) => {
      for (const id of portion) {
        this.#claimed.delete(id);
        this.#watches.drop(id);
      }
    });
  }

  /** The client is gone. */
  clear(): void {
    this.#claimed.clear();
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
        if (!this.#socket.connected) return;
        const claimed = this.#begin(run);
        const snapshots = await this.#broker.reader.snapshots(run);
        const crowded = this.#judge(snapshots, claimed);
        await outgoing.sendSnapshots(snapshots.filter(({ id }) => !crowded.has(id)));
      }
    });
  }

  /** Watches those that are said to be the client's own, so many at a time as are then looked at. @returns them */
  #begin(tasks: readonly (readonly [id: string, after: number])[]): ReadonlySet<string> {
    const claimed = tasks.flatMap(([id]) => (this.#claimed.delete(id) ? [id] : []));
    this.#refuse(
      tooManyWatches(),
      claimed.filter((id) => !this.#watches.add(id, false)),
    );
    return new Set(claimed);
  }

  /** Ends the watches of what has ended, and counts as others' what is not the client's own. @returns those without room */
  #judge(snapshots: readonly WireSnapshot[], claimed: ReadonlySet<string>): ReadonlySet<string> {
    const crowded = new Set<string>();
    for (const { id, state, known } of snapshots) {
      if (isTerminal(state)) this.#watches.drop(id);
      else if (claimed.has(id) && !known && !this.#watches.disown(id)) crowded.add(id);
    }
    this.#refuse(tooManyWatches(), [...crowded]);
    return crowded;
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
          const snapshot = byId.get(id) ?? null;
          size += snapshot === null ? 0 : snapshotSize(snapshot);
          if (size > FRAME_SOFT_LIMIT && answers.length > 0) return answers;
          answers.push(snapshot);
        }
      }
      return answers;
    });
  }

  #refuse(error: RefusedError, ids: readonly string[]): void {
    if (ids.length > 0) this.#options.refuse({ ...refusalOf(error), ids });
  }
}
