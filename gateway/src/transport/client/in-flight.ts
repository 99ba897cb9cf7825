import { jsonBytes, type Limits, type SubmitItem } from '@celeriac/protocol/internal';

/** Calls of one frame that were let in, to be landed together. */
export interface Flight {
  tasks: number;
  /** Of all that they carry, in bytes. */
  bytes: number;
}

/** Calls of one client that have no receipt yet, within the bounds that its welcome told it. */
export class InFlight {
  readonly #limits: Limits;
  #tasks = 0;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** @returns false where there is no room for it */
  take(item: SubmitItem, flight: Flight): boolean {
    const bytes = jsonBytes(item);
    const { inFlightTasks, inFlightBytes } = this.#limits;
    if (this.#tasks >= inFlightTasks || this.#bytes + bytes > inFlightBytes) return false;
    this.#tasks += 1;
    this.#bytes += bytes;
    flight.tasks += 1;
    flight.bytes += bytes;
    return true;
  }

  land({ tasks, bytes }: Flight): void {
    this.#tasks -= tasks;
    this.#bytes -= bytes;
  }
}
