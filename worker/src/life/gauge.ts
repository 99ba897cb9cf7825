/** How this process does between two looks at it: its event loop, its memory, its processors. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { WorkerVitals } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';

export type Measured = Pick<WorkerVitals, 'lagMs' | 'rssBytes' | 'cpuPercent'>;

/** How often libuv looks whether the loop still turns; the lag is known this exactly. */
const LOOK_EVERY_MS = 20;
const NS_PER_MS = 1e6;

export class Gauge {
  readonly #clock: Clock;
  readonly #loop = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
  #cpu = process.cpuUsage();
  #lookedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lookedAt = clock.monotonic();
  }

  /** Idempotent. It holds no process alive. */
  start(): void {
    this.#loop.enable();
  }

  stop(): void {
    this.#loop.disable();
  }

  /** For how long the loop was held at most since the last {@link measure}. */
  get lagMs(): number {
    // The histogram has the time from look to look.
    return Math.max(0, Math.round(this.#loop.max / NS_PER_MS - LOOK_EVERY_MS));
  }

  /**
   * Since the last call, or since it was made.
   * @param elsewhere memory of other processes that belong to this one
   */
  measure(elsewhere: number): Measured {
    const now = this.#clock.monotonic();
    const { user, system } = process.cpuUsage(this.#cpu);
    const elapsedMs = Math.max(1, now - this.#lookedAt);
    const measured = {
      lagMs: this.lagMs,
      rssBytes: process.memoryUsage.rss() + elsewhere,
      cpuPercent: Math.round((user + system) / 10 / elapsedMs),
    };
    this.#loop.reset();
    this.#cpu = process.cpuUsage();
    this.#lookedAt = now;
    return measured;
  }
}
