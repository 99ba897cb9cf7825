/** How often, and after which pauses, the submit of one call is tried again. The call itself knows nothing of it. */

/** Read options of one call; times in milliseconds. */
export interface SubmitRetry {
  /** Tries after the first one; `null` is as many as `acceptTimeout` has room for. */
  readonly maxRetries: number | null;
  /** The pause before the second try. */
  readonly startMs: number;
  /** What each further pause is longer. */
  readonly stepMs: number;
  /** What no pause is longer than. */
  readonly maxMs: number;
}

export const PATIENT: SubmitRetry = { maxRetries: null, startMs: 0, stepMs: 0, maxMs: 0 };

/** @param tries how often it was tried, in vain every time */
export function mayResubmit({ maxRetries }: SubmitRetry, tries: number): boolean {
  return maxRetries === null || tries <= maxRetries;
}

/**
 * What the gateway asks for counts for more than a shorter pause of ours; up to a quarter is added by chance, so that
 * many do not come back at the same moment.
 * @param tries 1 after the first one
 * @param random from 0 to below 1
 * @returns milliseconds
 */
export function resubmitPause(policy: SubmitRetry, tries: number, askedMs: number, random: number): number {
  const own = Math.min(policy.startMs + policy.stepMs * (tries - 1), policy.maxMs);
  return Math.max(askedMs, own) * (1 + random / 4);
}
