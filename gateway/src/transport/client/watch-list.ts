import { FOREIGN_WATCHES } from '@celeriac/protocol';
import type { Bus, Subscriber } from '../../events/bus.ts';

/** All watches of one client, its own calls included: a bound on memory that no honest client meets. */
const WATCHES = 1_000_000;

/** Which tasks one client watches, within its bounds. */
export class WatchList {
  readonly #bus: Bus;
  readonly #subscriber: Subscriber;
  /** `true` for a task that the client was not seen to submit. */
  readonly #watches = new Map<string, boolean>();
  #foreign = 0;

  constructor(bus: Bus, subscriber: Subscriber) {
    this.#bus = bus;
    this.#subscriber = subscriber;
  }

  /** @returns false when there is no room for it */
  add(id: string, foreign: boolean): boolean {
    if (this.#watches.has(id)) return true;
    if ((foreign && this.#foreign >= FOREIGN_WATCHES) || this.#watches.size >= WATCHES) return false;
    this.#watches.set(id, foreign);
    if (foreign) this.#foreign += 1;
    this.#bus.watch(id, this.#subscriber);
    return true;
  }

  /** What was taken for one's own is another's. @returns false when there is no room for it, and it is dropped */
  disown(id: string): boolean {
    if (this.#watches.get(id) !== false) return true;
    if (this.#foreign >= FOREIGN_WATCHES) {
      this.drop(id);
      return false;
    }
    this.#watches.set(id, true);
    this.#foreign += 1;
    return true;
  }

  has(id: string): boolean {
    return this.#watches.has(id);
  }

  drop(id: string): void {
    if (this.ended(id)) this.#bus.unwatch(id, this.#subscriber);
  }

  /** The bus has let go of it already. @returns whether it was watched */
  ended(id: string): boolean {
    if (this.#watches.get(id) === true) this.#foreign -= 1;
    return this.#watches.delete(id);
  }

  clear(): void {
    for (const id of this.#watches.keys()) this.#bus.unwatch(id, this.#subscriber);
    this.#watches.clear();
    this.#foreign = 0;
  }
}
