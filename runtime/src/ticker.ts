import type { Clock, Timer } from './clock.ts';
import type { Service } from './service.ts';

/**
 * Runs one function again and again, `everyMs` after the last run ended, never two at once.
 * A run that throws goes to `onError` and the ticker goes on.
 */
export class Ticker implements Service {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #run: () => Promise<unknown> | unknown;
  readonly #onError: (error: unknown) => void;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #started = false;

  constructor(
    clock: Clock,
    everyMs: number,
    run: () => Promise<unknown> | unknown,
    onError: (error: unknown) => void,
  ) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#run = run;
    this.#onError = onError;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    // A run that outlasted the last stop arms the next one itself.
    if (this.#running === undefined) this.#arm();
  }

  async stop(): Promise<void> {
    this.#started = false;
    this.#timer?.cancel();
    await this.#running;
  }

  #arm(): void {
    if (this.#started) this.#timer = this.#clock.after(this.#everyMs, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    this.#running = this.#runOnce();
    await this.#running;
    this.#running = undefined;
    this.#arm();
  }

  async #runOnce(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      this.#onError(error);
    }
  }
}
