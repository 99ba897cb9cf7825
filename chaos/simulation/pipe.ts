import type { Chance } from './chance.ts';
import type { NetworkRoute } from './route.ts';
import type { Time } from './time.ts';

/** How a connection ended, as one end learns it. */
export interface PipeEnd {
  readonly code: number;
  readonly reason: string;
}

export type Item = { readonly frame: unknown } | { readonly ending: PipeEnd };

/**
 * One direction of a connection: it keeps its order, with a delay. It can be held up (what is on its way waits, as TCP
 * sends again), and what is on its way can be lost.
 */
export class Pipe {
  deliver: (item: Item) => void = () => {};
  readonly #time: Time;
  readonly #route: NetworkRoute;
  readonly #chance: Chance;
  readonly #towards: boolean;
  /** On its way, in order; `at` is when it arrives. */
  #flying: { readonly item: Item; dead: boolean }[] = [];
  readonly #held: Item[] = [];
  /** How many of those held were on their way when that began: they go first. */
  #stopped = 0;
  #lastAt = 0;

  constructor(time: Time, route: NetworkRoute, chance: Chance, towards: boolean) {
    this.#time = time;
    this.#route = route;
    this.#chance = chance;
    this.#towards = towards;
  }

  get waiting(): number {
    return this.#held.length;
  }

  whenClear(go: () => void): void {
    if (this.#held.length === 0) go();
    else this.#route.whenHealed(go);
  }

  push(item: Item): void {
    if (this.#route.isHeld(this.#towards)) this.#hold(item, this.#held.length);
    else this.#fly(item);
  }

  /** Some of the last that is on its way never arrives. */
  lose(): void {
    this.#held.length = 0;
    this.#stopped = 0;
    const kept = this.#chance.between(0, this.#flying.length);
    for (const flight of this.#flying.slice(kept)) flight.dead = true;
  }

  #hold(item: Item, position: number): void {
    this.#held.splice(position, 0, item);
    if (this.#held.length > 1) return;
    this.#route.whenHealed(() => {
      this.#stopped = 0;
      for (const waiting of this.#held.splice(0)) this.#fly(waiting);
    });
  }

  #fly(item: Item): void {
    // Whole milliseconds: times in a history are easier to read.
    const arrivesAt = Math.ceil(this.#time.now + this.#route.delay(this.#chance));
    this.#lastAt = Math.max(this.#lastAt, arrivesAt);
    const flight = { item, dead: false };
    this.#flying.push(flight);
    this.#time.at(this.#lastAt, () => {
      this.#flying = this.#flying.filter((one) => one !== flight);
      if (flight.dead) return;
      if (this.#route.isHeld(this.#towards)) this.#hold(item, this.#stopped++);
      else this.deliver(item);
    });
  }
}
