/**
 * One event-loop turn: those that find a slot are announced, everything that waits leaves in one write, and
 * only then are the bodies entered. A body may kill this process with its first statement, and the gateway
 * must know by then that it had started.
 */
import type { Clock } from '@celeriac/runtime';
import type { Slots } from './attempts/slots.ts';
import { encodeTurn, type Framing } from './link/frames.ts';
import type { Outgoing } from './link/outgoing.ts';
import type { Session } from './link/session.ts';

/** Bytes that the kernel has not taken, above which progress waits for the latest. */
const BACKED_UP = 1024 * 1024;

export class Turn {
  readonly #clock: Clock;
  readonly #session: Session;
  readonly #slots: Slots;
  readonly #outgoing: Outgoing;
  readonly #framing: () => Framing;
  #scheduled = false;

  constructor(clock: Clock, session: Session, slots: Slots, outgoing: Outgoing, framing: () => Framing) {
    this.#clock = clock;
    this.#session = session;
    this.#slots = slots;
    this.#outgoing = outgoing;
    this.#framing = framing;
  }

  /** Something waits. Idempotent within a turn. */
  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(() => this.flush());
  }

  /** Ends the turn now. */
  flush(): void {
    this.#scheduled = false;
    if (!this.#session.mayStart()) return;
    const announced = this.#slots.announce();
    const backedUp = this.#session.backlog > BACKED_UP;
    const reports = this.#outgoing.take(
      announced.map((attempt) => attempt.nonce),
      !backedUp,
    );
    const frames = encodeTurn(reports, this.#framing());
    if (frames.length === 0) return;
    this.#session.write(frames, () => {
      this.#slots.enter(announced);
      if (backedUp) this.wake();
    });
  }
}
