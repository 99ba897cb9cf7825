import type { Chance } from './chance.ts';
import type { Time } from './time.ts';

/** One way, in milliseconds: what it takes at least, and by how much more it varies. */
export interface Pace {
  readonly delayMs: number;
  readonly jitterMs: number;
}

/** What is between one guest (a worker or a client) and the gateway, for all its connections. */
export class NetworkRoute {
  #pace: Pace;
  #heldTo = false;
  #heldFrom = false;
  readonly #healed: (() => void)[] = [];
  readonly connections = new Set<{ cut(): void }>();

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  speed({ delayMs, jitterMs }: Pace): void {
    this.#pace = { delayMs, jitterMs };
  }

  /** How long the next trip takes, in milliseconds. */
  delay(chance: Chance): number {
    const { delayMs, jitterMs } = this.#pace;
    return delayMs + chance.unit() * jitterMs;
  }

  /** @param towards whether what goes to the gateway is held up */
  isHeld(towards: boolean): boolean {
    return towards ? this.#heldTo : this.#heldFrom;
  }

  hold(towards: boolean, from: boolean): void {
    this.#heldTo ||= towards;
    this.#heldFrom ||= from;
  }

  heal(): void {
    this.#heldTo = false;
    this.#heldFrom = false;
    for (const go of this.#healed.splice(0)) go();
  }

  whenHealed(go: () => void): void {
    this.#healed.push(go);
  }

  /** One trip in one direction; it waits where that is held up. */
  travel(time: Time, chance: Chance, towards: boolean, arrive: () => void): void {
    if (this.isHeld(towards)) this.whenHealed(() => this.travel(time, chance, towards, arrive));
    else time.after(Math.ceil(this.delay(chance)), arrive);
  }

  cut(): void {
    for (const connection of [...this.connections]) connection.cut();
  }
}
