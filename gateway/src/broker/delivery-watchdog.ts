import type { Clock } from '@celeriac/runtime';
import type { Telemetry } from '../events/telemetry.ts';

/** How often it checks. */
export const CHECK_EVERY_MS = 1_000;
/** From here on the gateway reports that it is not ready: even a slow disk delivers something sooner. */
export const STALL_LIMIT_MS = 10_000;

/**
 * Notices when deliveries stop: tasks that could run, workers with room for them, and nothing handed out. Whatever the cause
 * (a disk that does not respond, a lost wake-up), it must be visible from outside.
 */
export class DeliveryWatchdog {
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #couldDeliver: () => boolean;
  #delivered = false;
  /** Monotonic; since when something could have been delivered and was not. */
  #since: number | undefined;
  #told = false;

  constructor(
    { clock, telemetry }: { readonly clock: Clock; readonly telemetry: Telemetry },
    couldDeliver: () => boolean,
  ) {
    this.#clock = clock;
    this.#telemetry = telemetry;
    this.#couldDeliver = couldDeliver;
    telemetry.on('assigned', () => {
      this.#delivered = true;
    });
  }

  runOnce(): void {
    const now = this.#clock.monotonic();
    const moves = this.#delivered || !this.#couldDeliver();
    this.#delivered = false;
    this.#since = moves ? undefined : (this.#since ?? now);
    if (moves) this.#told = false;
    else if (this.stalled && !this.#told) {
      this.#told = true;
      this.#telemetry.emit('deliveryStalled', { ms: this.stallMs });
    }
  }

  /** For how long nothing was delivered although something could be; 0 while all is well. */
  get stallMs(): number {
    return this.#since === undefined ? 0 : this.#clock.monotonic() - this.#since;
  }

  get stalled(): boolean {
    return this.stallMs >= STALL_LIMIT_MS;
  }
}
