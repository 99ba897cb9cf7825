/** How long to wait before the next attempt to connect. */
export interface BackoffLimits {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Short: a gateway that restarts must be resumed before its leases are given to others. */
export const RECONNECT: BackoffLimits = { baseMs: 100, capMs: 2_000 };

/**
 * Doubles up to the cap; jitter takes away up to half, so that many workers do not come back at once.
 * @param tries failed attempts so far, from 1
 * @param random from 0 to below 1
 */
export function backoffMs(
  tries: number,
  random: number,
  { baseMs, capMs }: BackoffLimits = RECONNECT,
): number {
  const fullMs = Math.min(capMs, baseMs * 2 ** Math.min(tries - 1, 30));
  return Math.round(fullMs * (1 - random / 2));
}
