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
import { asksWhose } from '../auth/grant.ts';
import type { ClientSocket } from './client-socket.ts';
import type { Outgoing } from './outgoing.ts';
import type { Questions } from './questions.ts';
import { forbidden, refusalOf, tooManyWatches, tooManyWatchesOfSubject } from './refusals.ts';
import { fitSnapshot, itemSize } from './sizes.ts';
import { WatchList } from './watch-list.ts';

/** Snapshots read and answered in one go; each may carry a result of 256 KB. */
const SNAPSHOTS_AT_ONCE = 100;

export interface WatchDeskOptions {
  readonly outgoing: Outgoing;
  readonly questions: Questions;
  readonly refuse: (refusal: Refusal) => void;
  /** Does what nobody waits for. */
  readonly later: (act: () => Promise<void>) => void;
}

/** The tasks that one client watches, and those that it asks about once. */
export class WatchDesk implements Subscriber {
  readonly #socket: ClientSocket;
  readonly #broker: Broker;
  readonly #options: WatchDeskOptions;
  readonly #watches: WatchList;
  /** Watched by who may read its own tasks only, and not seen to be one of those: nothing is told of them. */
  readonly #unproven = new Set<string>();
  /** Of the unproven ones, those that something has happened to. */
  readonly #stirred = new Set<string>();

  constructor(socket: ClientSocket, broker: Broker, options: WatchDeskOptions) {
    this.#socket = socket;
    this.#broker = broker;
    this.#options = options;
    this.#watches = new WatchList(broker.bus, this, socket.data.stay.quota);
  }

  /** The listener is there before the snapshot is read; the client drops what it then gets twice. @throws FrameError */
  async watch(frame: unknown): Promise<void> {
    const { epoch, tasks } = readWatch(frame);
    const known = epoch === this.#broker.epoch;
    const hidden: string[] = [];
    const crowded: string[] = [];
    const watched: (readonly [id: string, after: number])[] = [];
    const own = asksWhose(this.#socket.data.grant, 'read');
    for (const [id, sequence] of tasks) {
      const proven = this.#mayRead(id) || (own && this.has(id));
      if (!proven && !own) hidden.push(id);
      else if (!this.#watches.add(id, known && sequence > 0 ? 'resumed' : 'foreign')) crowded.push(id);
      else {
        if (!proven) this.#unproven.add(id);
        watched.push([id, known ? sequence : 0]);
      }
    }
    this.#refuse(forbidden('read this task'), hidden);
    this.#refuse(this.#crowding(), crowded);
    await this.show(watched);
  }

  /** Another token has come: what was watched by the right of the one before may be for others now. */
  async authorizeAnew(): Promise<void> {
    const asked = this.#watches.notOwn().filter((id) => !this.#mayRead(id));
    if (asked.length === 0) return;
    const { grant } = this.#socket.data;
    if (!asksWhose(grant, 'read')) return this.#hide(asked);
    // Nothing is told of them until it is known whose they are.
    for (const id of asked) this.#unproven.add(id);
    const own = await this.#broker.reader.concerned(asked, (id, caller) =>
      authorize.watch(grant, id, caller),
    );
    this.#hide(asked.filter((id) => !own.has(id)));
    await this.show([...own].map((id) => [id, 0]));
  }

  #hide(ids: readonly string[]): void {
    for (const id of ids) this.#drop(id);
    this.#refuse(forbidden('read this task any more'), ids);
  }

  /** A caller watches its own tasks whatever its token says. */
  watchOwn(id: string): void {
    if (!this.#socket.connected) return;
    this.#unproven.delete(id);
    this.#watches.add(id, 'own');
  }

  /** Whether it is watched, and may be. */
  has(id: string): boolean {
    return this.#watches.has(id) && !this.#unproven.has(id);
  }

  /** Called over this connection, and not ended. */
  isOwn(id: string): boolean {
    return this.#watches.isOwn(id);
  }

  /** @throws FrameError */
  unwatch(ids: unknown): void {
    for (const id of readIds(ids, 'unwatch')) this.#drop(id);
  }

  /** The client is gone. */
  clear(): void {
    this.#watches.clear();
    this.#unproven.clear();
    this.#stirred.clear();
  }

  deliver(event: EventItem): void {
    const [id, , , state] = event;
    if (this.#unproven.has(id)) {
      this.#stir(id);
      return;
    }
    if (state !== null && isTerminal(state)) this.#watches.ended(id);
    this.#options.outgoing.push(event);
  }

  /** A few at a time, and no faster than the client reads: all that it may ask for at once would fill the memory. */
  show(tasks: readonly (readonly [id: string, after: number])[]): Promise<void> {
    const distinct = [...new Map(tasks.map((task) => [task[0], task])).values()];
    return this.#options.questions.inTurn(() => this.#show(distinct, false));
  }

  /** @param known only of those that there are for this client */
  async #show(tasks: readonly (readonly [id: string, after: number])[], known: boolean): Promise<void> {
    const { outgoing } = this.#options;
    for (const run of cutBatch(tasks, () => 0, SNAPSHOTS_AT_ONCE, 1)) {
      await outgoing.room();
      // Its turn may come after another token has.
      const asked = run.filter(([id]) => this.#mayShow(id));
      const snapshots = await this.#broker.reader.snapshots(asked, (id, caller) => this.#prove(id, caller));
      for (const { id, state } of snapshots) if (isTerminal(state)) this.#drop(id);
      await outgoing.sendSnapshots(known ? snapshots.filter((one) => one.known) : snapshots);
    }
  }

  /** It is known by now whose task this is: from here on it is shown, or never. */
  #prove(id: string, caller: string | null): boolean {
    if (this.#watches.isOwn(id)) return true;
    const may = authorize.watch(this.#socket.data.grant, id, caller);
    if (may) this.#unproven.delete(id);
    else this.#watches.mute(id);
    return may;
  }

  #mayShow(id: string): boolean {
    return this.#watches.isOwn(id) || this.#mayRead(id) || asksWhose(this.#socket.data.grant, 'read');
  }

  /** There was no such task, or it is not known yet whose it is. All that stirred meanwhile are looked at together. */
  #stir(id: string): void {
    this.#stirred.add(id);
    if (this.#stirred.size > 1) return;
    const { later, questions } = this.#options;
    later(() =>
      questions.inTurn(() => {
        const ids = [...this.#stirred];
        this.#stirred.clear();
        const watched = ids.filter((id) => this.#watches.has(id));
        return this.#show(
          watched.map((id) => [id, 0]),
          true,
        );
      }),
    );
  }

  #drop(id: string): void {
    this.#unproven.delete(id);
    this.#watches.drop(id);
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
        const { grant } = this.#socket.data;
        const own = asksWhose(grant, 'read');
        const allowed = run.filter((id) => own || authorize.get(grant, id));
        const found = await this.#broker.reader.snapshots(
          allowed.map((id) => [id, 0]),
          (id, caller) => authorize.get(grant, id, caller),
        );
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

  #mayRead(id: string): boolean {
    return authorize.watch(this.#socket.data.grant, id);
  }

  #crowding(): RefusedError {
    const { quota } = this.#socket.data.stay;
    return quota.hasRoomForWatch ? tooManyWatches() : tooManyWatchesOfSubject(quota.limits.watches ?? 0);
  }

  #refuse(error: RefusedError, ids: readonly string[]): void {
    for (const run of cutBatch(ids, itemSize, Number.POSITIVE_INFINITY, FRAME_SOFT_LIMIT))
      this.#options.refuse({ ...refusalOf(error), ids: run });
  }
}
