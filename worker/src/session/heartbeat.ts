/**
 * Beats while a session is up, from the main loop on purpose: a worker whose loop hangs must look hung.
 *
 * Silence is counted in ticks, not in time: after a block of the loop the gateway's frames lie unread in the
 * socket, and one late tick must not take them for silence.
 */
import { type Clock, Ticker } from '@celeriac/runtime';
import type { Logger } from 'pino';
import { type ClockReading, readClock } from './lease.ts';

/** Ticks in one heartbeat interval. */
const TICKS_PER_BEAT = 2;
/** Ticks without a frame after which the socket is dead: two and a half intervals, 12.5 s by default. */
const SILENT_TICKS = 5;
/** A tick this late means that something held the event loop. */
const LAG_MS = 1_000;

export interface HeartbeatSettings {
  readonly clock: Clock;
  readonly log: Logger;
  /** The event loop was blocked for about this many milliseconds. */
  readonly lagged: (ms: number) => void;
}

export class Heartbeat {
  readonly #settings: HeartbeatSettings;
  readonly #beat: (count: number) => void;
  readonly #silent: () => void;
  readonly #tickMs: number;
  readonly #ticker: Ticker;
  readonly #unanswered = new Map<number, ClockReading>();
  #count = 0;
  #ticks = 0;
  #silentTicks = 0;
  #tickedAt: number;

  constructor(
    settings: HeartbeatSettings,
    heartbeatMs: number,
    beat: (count: number) => void,
    silent: () => void,
  ) {
    const { clock, log } = settings;
    this.#settings = settings;
    this.#beat = beat;
    this.#silent = silent;
    this.#tickMs = heartbeatMs / TICKS_PER_BEAT;
    this.#tickedAt = clock.monotonic();
    this.#ticker = new Ticker(
      clock,
      this.#tickMs,
      () => this.#tick(),
      (error) => log.error({ error }, 'heartbeat failed'),
    );
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): void {
    void this.#ticker.stop();
  }

  /** Any frame shows that the gateway lives. */
  heard(): void {
    this.#silentTicks = 0;
  }

  /** @returns when the answered beat was sent, or `undefined` when no beat of ours has this number */
  answered(count: number): ClockReading | undefined {
    const sent = this.#unanswered.get(count);
    for (const older of this.#unanswered.keys()) if (older <= count) this.#unanswered.delete(older);
    return sent;
  }

  #tick(): void {
    this.#measureLag();
    this.#silentTicks++;
    this.#ticks++;
    if (this.#silentTicks > SILENT_TICKS) this.#silent();
    else if (this.#ticks % TICKS_PER_BEAT === 0) this.beat();
  }

  /** Out of turn where there is something to tell. */
  beat(): void {
    this.#count++;
    this.#unanswered.set(this.#count, readClock(this.#settings.clock));
    this.#beat(this.#count);
  }

  #measureLag(): void {
    const now = this.#settings.clock.monotonic();
    const lagMs = now - this.#tickedAt - this.#tickMs;
    this.#tickedAt = now;
    if (lagMs > LAG_MS) this.#settings.lagged(lagMs);
  }
}
