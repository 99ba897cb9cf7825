/** Says who held the event loop, so that a heartbeat was late. */
import type { Logger } from 'pino';

/** From here on a body that does not give way is worth a line, in milliseconds. */
const HELD_MS = 1_000;

export class LoopWatch {
  readonly #log: Logger;
  readonly #running: () => readonly string[];
  #blamed = false;

  constructor(log: Logger, running: () => readonly string[]) {
    this.#log = log;
    this.#running = running;
  }

  /** A body held the loop until its first `await`, or its end. */
  held(task: string, ms: number): void {
    if (ms < HELD_MS) return;
    this.#blamed = true;
    this.#warn(ms, [task]);
  }

  /** A heartbeat came late. Whoever held the loop after an `await` is among those that run. */
  lagged(ms: number): void {
    if (!this.#blamed) this.#warn(ms, this.#running());
    this.#blamed = false;
  }

  #warn(ms: number, tasks: readonly string[]): void {
    this.#log.warn(
      { ms: Math.round(ms), tasks },
      'the event loop was held; no heartbeat leaves meanwhile, and after 28 s the lease is lost',
    );
  }
}
