/**
 * Lets a body show its progress as often as anybody can look. One that computes may call `updateState` a million times a
 * second, and each would be a message for the event loop that all children share. The newest one counts.
 */
import type { WirePayload } from '@celeriac/protocol/internal';
import type { Clock, Timer } from '@celeriac/runtime';

const EVERY_MS = 5;

export class ProgressGate {
  readonly #clock: Clock;
  readonly #tell: (state: string, meta: WirePayload) => void;
  #toldAt = Number.NEGATIVE_INFINITY;
  #waiting: readonly [state: string, meta: WirePayload] | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock, tell: (state: string, meta: WirePayload) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** The first at once, also from a body that never gives way; the rest five milliseconds apart. */
  show(state: string, meta: WirePayload): void {
    this.#waiting = [state, meta];
    if (this.#clock.monotonic() - this.#toldAt >= EVERY_MS) this.flush();
    else this.#timer ??= this.#clock.after(EVERY_MS, () => this.flush());
  }

  /** Tells what waits; for the end of a run as well. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#waiting === undefined) return;
    this.#tell(...this.#waiting);
    this.#waiting = undefined;
    this.#toldAt = this.#clock.monotonic();
  }
}
