import { type Clock, systemClock } from '@celeriac/runtime';

/**
 * The system's clock, but for two things. Its monotonic time counts from the machine's start and not from the process's,
 * so that the processes of one history agree; and its wall time can be told to jump.
 */
export class MachineClock implements Clock {
  /** How far its wall time is from the machine's, in milliseconds. */
  offsetMs: number;
  readonly after = systemClock.after;
  readonly soon = systemClock.soon;

  constructor(offsetMs = 0) {
    this.offsetMs = offsetMs;
  }

  now(): number {
    return systemClock.now() + this.offsetMs;
  }

  monotonic(): number {
    return Number(process.hrtime.bigint() / 1_000n) / 1_000;
  }
}

/** Resolves no sooner than after so long; holds the process. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => void systemClock.after(ms, resolve, true));
}
