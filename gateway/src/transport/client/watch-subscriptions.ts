import {
  type EventItem,
  FRAME_SOFT_LIMIT,
  isTerminal,
  type Refusal,
  type RefusedError,
  type WatchFrame,
  type WireSnapshot,
} from '@celeriac/protocol';
import { type Clock, chunksOf, cutBatch } from '@celeriac/runtime';
import type { Broker } from '../../broker/broker.ts';
import type { Subscriber } from '../../events/bus.ts';
import { authorize } from '../auth/authorize.ts';
import { asksWhose, type Grant } from '../auth/grant.ts';
import { forbidden, tooManyWatches, tooManyWatchesOfSubject, toRefusal } from './client-refusals.ts';
import type { ClientSocket } from './client-socket.ts';
import { HeldBack } from './held-back.ts';
import type { Outgoing } from './outgoing.ts';
import { Portions } from './portions.ts';
import type { RequestQueue } from './request-queue.ts';
import { itemSize } from './sizes.ts';
import { WatchList } from './watch-list.ts';

/** Snapshots read and answered in one go; each may carry a result of 256 KB. */
export const SNAPSHOTS_AT_ONCE = 100;

export interface WatchSubscriptionsOptions {
  readonly clock: Clock;
  readonly outgoing: Outgoing;
  readonly requests: RequestQueue;
  readonly refuse: (refusal: Refusal) => void;
  /** Does what nobody waits for. */
  readonly later: (act: () => Promise<void>) => void;
}

/** A task, how many history entries the client has of it, and the time of the last one if it tells. */
type Shown = readonly [id: string, after: number, lastAt?: number];

/** The tasks that one client watches. */
export class WatchSubscriptions implements Subscriber {
  readonly #socket: ClientSocket;
  readonly #broker: Broker;
  readonly #options: WatchSubscriptionsOptions;
  readonly #watches: WatchList;
  /** Watched by who may read its own tasks only, and not seen to be one of those: nothing is told of them. */
  readonly #unproven = new Set<string>();
  /** Of the unproven ones, those that something has happened to. */
  readonly #stirred = new Set<string>();
  readonly #portions: Portions;
  /** Said to be the client's own, and not looked at yet. */
  readonly #claimed = new Set<string>();
  readonly #heldBack: HeldBack;

  constructor(socket: ClientSocket, broker: Broker, options: WatchSubscriptionsOptions) {
    this.#socket = socket;
    this.#broker = broker;
    this.#options = options;
    this.#watches = new WatchList(broker.bus, this, socket.data.stay.quota);
    this.#portions = new Portions(options.clock);
    this.#heldBack = new HeldBack(socket, broker.reader);
  }

  /** The listener is there before the snapshot is read; the client drops what it then gets twice. */
  async watch({ epoch, tasks }: WatchFrame): Promise<void> {
    const known = epoch === this.#broker.epoch;
    await this.#options.requests.counted(tasks, async () => {
      const shown: Shown[] = [];
      await this.#portions.each(tasks, (portion) => shown.push(...this.#take(portion, known)));
      await this.show(shown);
    });
  }

  /** @returns those to be shown */
  #take(tasks: readonly Shown[], known: boolean): readonly Shown[] {
    if (!this.#socket.connected) return [];
    const hidden: string[] = [];
    const crowded: string[] = [];
    const shown: Shown[] = [];
    const own = asksWhose(this.#socket.data.grant, 'read');
    for (const task of tasks) {
      const [id, sequence] = task;
      const proven = this.#mayRead(id) || (own && this.has(id));
      const claimed = known && sequence > 0;
      if (!proven && !own) hidden.push(id);
      else if (!claimed && !this.#watches.add(id, 'foreign')) crowded.push(id);
      else {
        if (claimed && !this.#watches.has(id)) this.#claimed.add(id);
        if (!proven) this.#unproven.add(id);
        shown.push(known ? task : [id, 0]);
      }
    }
    this.#refuse(forbidden('read this task'), hidden);
    this.#refuse(this.#crowding(), crowded);
    return shown;
  }

  /** Another token of the same subject has come: what was seen to be its own stays so, what a scope covered may be for others now. */
  async authorizeAnew(before: Grant): Promise<void> {
    /** What was not its own, and a new scope covers. */
    const readable: string[] = [];
    const doubtful: string[] = [];
    for (const id of new Set([...this.#watches.notOwn(), ...this.#claimed])) {
      if (this.isOwn(id)) continue;
      if (!this.#mayRead(id)) doubtful.push(id);
      else if (this.#unproven.has(id) && !this.#claimed.has(id)) readable.push(id);
    }
    if (!asksWhose(this.#socket.data.grant, 'read')) this.#hide(doubtful);
    else await this.#lookUp(doubtful.filter((id) => !this.#unproven.has(id) && authorize.watch(before, id)));
    if (readable.length === 0) return;
    for (const id of readable) this.#watches.unmute(id);
    await this.show(readable.map((id) => [id, 0]));
  }

  /** Nothing is told of them until it is known whose they are. What is claimed is looked at in its turn. */
  async #lookUp(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#unproven.add(id);
    const asked = ids.filter((id) => !this.#claimed.has(id));
    if (asked.length === 0) return;
    await this.#options.requests.inTurn(async () => {
      for (const run of chunksOf(asked, SNAPSHOTS_AT_ONCE)) {
        if (!this.#socket.connected) return;
        const own = await this.#broker.reader.concerned(run, (id, caller) =>
          authorize.watch(this.#socket.data.grant, id, caller),
        );
        const waiting = run.filter((id) => this.#unproven.has(id));
        // One that has stirred meanwhile is shown in its turn.
        for (const id of waiting) if (own.has(id) && !this.#stirred.has(id)) this.#unproven.delete(id);
        this.#hide(waiting.filter((id) => !own.has(id)));
      }
    });
  }

  /** What was held back, by the rights of this moment; what goes on and may be read no more was refused when the right went. */
  async reread(ids: readonly string[]): Promise<readonly WireSnapshot[]> {
    const { snapshots, hidden } = await this.#heldBack.read(ids, this.#watches);
    this.#refuse(forbidden('read this task any longer'), hidden);
    return snapshots;
  }

  #hide(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.#options.outgoing.forget(new Set(ids));
    for (const id of ids) this.#drop(id);
    this.#refuse(forbidden('read this task any longer'), ids);
  }

  /** A caller watches its own tasks whatever its token says. */
  watchOwn(id: string): void {
    if (!this.#socket.connected) return;
    this.#unproven.delete(id);
    this.#watches.add(id, 'own');
  }

  /** Whether it is watched, and may be. */
  has(id: string): boolean {
    return (this.#watches.has(id) || this.#claimed.has(id)) && !this.#unproven.has(id);
  }

  /** Called over this connection, and not ended. */
  isOwn(id: string): boolean {
    return this.#watches.isOwn(id);
  }

  async unwatch(ids: readonly string[]): Promise<void> {
    await this.#portions.each(ids, (portion) => {
      for (const id of portion) this.#drop(id);
    });
  }

  /** The client is gone. */
  clear(): void {
    this.#claimed.clear();
    this.#heldBack.clear();
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
    const kept = this.#options.outgoing.push(event);
    if (state === null || !isTerminal(state)) return;
    if (!kept) this.#heldBack.ended(id, this.isOwn(id));
    this.#watches.ended(id);
  }

  /** A few at a time, and no faster than the client reads: all that it may ask for at once would fill the memory. */
  show(tasks: readonly Shown[]): Promise<void> {
    const distinct = [...new Map(tasks.map((task) => [task[0], task])).values()];
    return this.#options.requests.inTurn(() => this.#show(distinct, false));
  }

  /** @param known only of those that there are for this client */
  async #show(tasks: readonly Shown[], known: boolean): Promise<void> {
    const { outgoing } = this.#options;
    for (const run of chunksOf(tasks, SNAPSHOTS_AT_ONCE)) {
      await outgoing.room();
      if (!this.#socket.connected) return;
      // Its turn may come after another token has.
      const asked = run.filter(([id]) => this.#mayShow(id));
      const claimed = this.#begin(asked);
      const callers = new Map<string, string | null>();
      const shows = (id: string, caller: string | null): boolean => {
        callers.set(id, caller);
        return this.#prove(id, caller);
      };
      const snapshots = await this.#broker.reader.snapshots(asked, shows, true);
      const crowded = this.#judge(snapshots, claimed, callers);
      await outgoing.sendSnapshots(snapshots.filter((one) => !crowded.has(one.id) && (one.known || !known)));
    }
  }

  /** Watches those that are said to be the client's own, so many at a time as are then looked at. @returns them */
  #begin(tasks: readonly Shown[]): ReadonlySet<string> {
    const claimed = tasks.flatMap(([id]) => (this.#claimed.delete(id) ? [id] : []));
    this.#refuse(
      this.#crowding(),
      claimed.filter((id) => !this.#watches.add(id, 'resumed')),
    );
    return new Set(claimed);
  }

  /**
   * Ends the watches of what has ended, and counts as others' what was said to be the client's own and is another caller's, or
   * nobody's. @returns those without room
   */
  #judge(
    snapshots: readonly WireSnapshot[],
    claimed: ReadonlySet<string>,
    callers: ReadonlyMap<string, string | null>,
  ): ReadonlySet<string> {
    const crowded = new Set<string>();
    const { subject } = this.#socket.data.grant;
    for (const { id, state, known } of snapshots) {
      if (isTerminal(state)) this.#drop(id);
      else if (!claimed.has(id) || (known && callers.get(id) === subject)) continue;
      else if (!this.#watches.disown(id)) crowded.add(id);
    }
    this.#refuse(this.#crowding(), [...crowded]);
    return crowded;
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
    const { later, requests } = this.#options;
    later(() =>
      requests.inTurn(() => {
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
    this.#claimed.delete(id);
    this.#heldBack.drop(id);
    this.#unproven.delete(id);
    this.#watches.drop(id);
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
      this.#options.refuse({ ...toRefusal(error), ids: run });
  }
}
