/** The rule of retries, for the gateway and for executors that must know its decision beforehand. */
import type { ResolvedOptions } from './definition.ts';

/** Runs that `Reject(…, { requeue: true })` may ask for before the task is given up. */
export const MAX_REQUEUES = 100;

export interface RetryRequest {
  /** `null`: by the task's options. */
  readonly countdownMs: number | null;
  /** Overrides the task's limit for this decision; `undefined` leaves it, `null` is without end. */
  readonly maxRetries?: number | null | undefined;
}

export type RetryDecision = { readonly again: true; readonly delayMs: number } | { readonly again: false };

/**
 * Celery's rule: `maxRetries: N` allows N retries, so N + 1 runs; backoff doubles from its first wait up to its
 * maximum; jitter takes a uniform part of that (its "full jitter").
 * @param retries how many the task has had
 * @param random in [0, 1)
 */
export function decideRetry(
  options: ResolvedOptions,
  retries: number,
  request: RetryRequest,
  random: number,
): RetryDecision {
  if (isExhausted({ maxRetries: options.maxRetries, retries }, request.maxRetries)) return { again: false };
  return { again: true, delayMs: request.countdownMs ?? defaultDelay(options, retries, random) };
}

/** @param override the limit of this decision alone; `undefined` leaves the task's */
export function isExhausted(
  { retries, maxRetries }: { readonly retries: number; readonly maxRetries: number | null },
  override: number | null | undefined,
): boolean {
  const limit = override === undefined ? maxRetries : override;
  return limit !== null && retries >= limit;
}

function defaultDelay(options: ResolvedOptions, retries: number, random: number): number {
  if (options.retryBackoffMs === 0) return options.retryDelayMs;
  // 2^30 times any first wait is past every maximum; the bound keeps the number finite.
  const full = Math.min(options.retryBackoffMaxMs, options.retryBackoffMs * 2 ** Math.min(retries, 30));
  return options.retryJitter ? Math.floor(random * (full + 1)) : full;
}
