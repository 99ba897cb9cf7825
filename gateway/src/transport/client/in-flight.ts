import { type Limits, payloadSize, type SubmitItem } from '@celeriac/protocol';

/** Calls of one client that have no receipt yet, within the bounds that its welcome told it. */
export class InFlight {
  readonly #limits: Limits;
  #tasks = 0;
  #size = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** @returns false where there is no room for it */
  take([, , args]: SubmitItem): boolean {
    const size = payloadSize(args);
    const { inFlightTasks, inFlightBytes } = this.#limits;
    if (this.#tasks >= inFlightTasks || this.#size + size > inFlightBytes) return false;
    this.#tasks += 1;
    this.#size += size;
    return true;
  }

  land(items: readonly SubmitItem[]): void {
    this.#tasks -= items.length;
    for (const [, , args] of items) this.#size -= payloadSize(args);
  }
}
