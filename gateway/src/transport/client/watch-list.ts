import { FOREIGN_WATCHES } from '@celeriac/protocol/internal';
import type { Bus, Subscriber } from '../../events/bus.ts';

/** All watches of one client, its own calls included: a bound on memory that no honest client meets. */
const WATCHES = 1_000_000;

/** Called over this connection · somebody else's · followed before in this store, which is believed. */
type Watched = 'own' | 'foreign' | 'resumed';

/** What its subject has of watches on tasks of others. */
export interface WatchQuota {
  /** @returns false where there is no room for another one */
  takeWatch(): boolean;
  giveWatches(count: number): void;
}

/** Which tasks one client watches, within its bounds. */
export class WatchList {
  readonly #bus: Bus;
  readonly #subscriber: Subscriber;
  readonly #quota: WatchQuota;
  readonly #watches = new Map<string, Watched>();
  /** Counted, and told nothing. */
  readonly #muted = new Set<string>();
  #foreign = 0;

  constructor(bus: Bus, subscriber: Subscriber, quota: WatchQuota) {
    this.#bus = bus;
    this.#subscriber = subscriber;
    this.#quota = quota;
  }

  /** @returns false when there is no room for it */
  add(id: string, as: Watched): boolean {
    this.unmute(id);
    if (this.#watches.has(id)) {
      if (as === 'own') {
        this.#giveBack(id);
        this.#watches.set(id, as);
      }
      return true;
    }
    const foreign = as === 'foreign';
    if ((foreign && this.#foreign >= FOREIGN_WATCHES) || this.#watches.size >= WATCHES) return false;
    if (foreign && !this.#quota.takeWatch()) return false;
    this.#watches.set(id, as);
    if (foreign) this.#foreign += 1;
    this.#bus.watch(id, this.#subscriber);
    return true;
  }

  /** What was taken for one's own is another's. @returns false when there is no room for it, and it is dropped */
  disown(id: string): boolean {
    if (this.#watches.get(id) !== 'resumed') return true;
    if (this.#foreign >= FOREIGN_WATCHES || !this.#quota.takeWatch()) {
      this.drop(id);
      return false;
    }
    this.#watches.set(id, 'foreign');
    this.#foreign += 1;
    return true;
  }

  has(id: string): boolean {
    return this.#watches.has(id) && !this.#muted.has(id);
  }

  /** It goes on to count, so that its number tells nobody what there is, but nothing is heard of it. */
  mute(id: string): void {
    if (!this.#watches.has(id)) return;
    this.#muted.add(id);
    this.#bus.unwatch(id, this.#subscriber);
  }

  unmute(id: string): void {
    if (this.#muted.size > 0 && this.#muted.delete(id)) this.#bus.watch(id, this.#subscriber);
  }

  isOwn(id: string): boolean {
    return this.#watches.get(id) === 'own';
  }

  /** What is watched by the token's right to read. */
  notOwn(): readonly string[] {
    return [...this.#watches].flatMap(([id, as]) => (as === 'own' ? [] : id));
  }

  drop(id: string): void {
    if (this.ended(id)) this.#bus.unwatch(id, this.#subscriber);
  }

  /** The bus has let go of it already. @returns whether it was watched */
  ended(id: string): boolean {
    if (this.#muted.size > 0) this.#muted.delete(id);
    this.#giveBack(id);
    return this.#watches.delete(id);
  }

  #giveBack(id: string): void {
    if (this.#watches.get(id) !== 'foreign') return;
    this.#foreign -= 1;
    this.#quota.giveWatches(1);
  }

  clear(): void {
    for (const id of this.#watches.keys()) this.#bus.unwatch(id, this.#subscriber);
    this.#watches.clear();
    this.#muted.clear();
    this.#quota.giveWatches(this.#foreign);
    this.#foreign = 0;
  }
}
