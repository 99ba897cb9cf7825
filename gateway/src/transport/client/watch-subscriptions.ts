import type { RefusedError } from '@celeriac/protocol';
import {
  type EventItem,
  FRAME_SOFT_LIMIT,
  isTerminal,
  type Refusal,
  type WatchFrame,
  type WireSnapshot,
} from '@celeriac/protocol/internal';
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

/** Snapshots read and sent together; each may carry a result of 256 KB. */
export const SNAPSHOTS_AT_ONCE = 100;

export interface WatchSubscriptionsOptions {
  readonly clock: Clock;
  readonly outgoing: Outgoing;
  readonly requests: RequestQueue;
  readonly refuse: (refusal: Refusal) => void;
  /** Runs what nobody waits for. */
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
  /** Watched with the right to own tasks only, and not yet known to be own: nothing is told of them. */
  readonly #unproven = new Set<string>();
  /** The unproven ones that had an event meanwhile. */
  readonly #stirred = new Set<string>();
  readonly #portions: Portions;
  /** Claimed by the client as its own, and not checked yet. */
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

  /** The listener is registered before the snapshot is read; the client drops duplicates. */
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

  /** Another token of the same subject: tasks proven to be own stay so; tasks covered by a scope may not be covered any longer. */
  async authorizeAnew(before: Grant): Promise<void> {
    /** Not own, but covered by a new scope. */
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

  /** Nothing is told of them until their owner is known. Claimed ones are checked in their turn. */
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
        // One with an event meanwhile is shown in its turn.
        for (const id of waiting) if (own.has(id) && !this.#stirred.has(id)) this.#unproven.delete(id);
        this.#hide(waiting.filter((id) => !own.has(id)));
      }
    });
  }

  /** Snapshots of what was held back, by the present rights. Tasks that still run were refused when the right was lost. */
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

  /** A few at a time, and no faster than the client reads: everything it may ask for at once would fill the memory. */
  show(tasks: readonly Shown[]): Promise<void> {
    const distinct = [...new Map(tasks.map((task) => [task[0], task])).values()];
    return this.#options.requests.inTurn(() => this.#show(distinct, false));
  }

  /** @param known only tasks that exist for this client */
  async #show(tasks: readonly Shown[], known: boolean): Promise<void> {
    const { outgoing } = this.#options;
    for (const run of chunksOf(tasks, SNAPSHOTS_AT_ONCE)) {
      await outgoing.room();
      if (!this.#socket.connected) return;
      // By its turn there may be another token.
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

  /** Watches those claimed as own, as many at a time as are then checked. @returns them */
  #begin(tasks: readonly Shown[]): ReadonlySet<string> {
    const claimed = tasks.flatMap(([id]) => (this.#claimed.delete(id) ? [id] : []));
    this.#refuse(
      this.#crowding(),
      claimed.filter((id) => !this.#watches.add(id, 'resumed')),
    );
    return new Set(claimed);
  }

  /**
   * Ends the watches of ended tasks. A task claimed as own that is another caller's, or nobody's, now counts as a task of
   * others. @returns those for which there is no room
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

  /** The owner of this task is known now: it is shown from here on, or never. */
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

  /** An event of a task that did not exist, or whose owner is not known yet. All such tasks are checked together. */
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
