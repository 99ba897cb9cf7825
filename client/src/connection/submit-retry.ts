/** How often, and after which pauses, the submit of one call is tried again. The call itself knows nothing of it. */

import type { Duration } from '@celeriac/protocol';
import { option } from '@celeriac/protocol/calling';
import type { OptionReader } from '@celeriac/protocol/internal';

/** Names as in Celery's `retry_policy`. If the gateway asks for a longer pause, that one applies. */
export interface SubmitRetryPolicy {
  /**
   * Tries after the first one.
   * @default as many as `acceptTimeout` has room for
   */
  readonly maxRetries?: number | null | undefined;
  /**
   * The first pause after a refusal: seconds or `'200ms'`.
   * @default 0
   */
  readonly intervalStart?: Duration | null | undefined;
  /**
   * How much longer each further pause is: seconds or `'200ms'`.
   * @default 0.2 s
   */
  readonly intervalStep?: Duration | null | undefined;
  /**
   * The longest pause: seconds or `'200ms'`.
   * @default 0.2 s
   */
  readonly intervalMax?: Duration | null | undefined;
}

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
export const NO_RETRY: SubmitRetry = { ...PATIENT, maxRetries: 0 };

const POLICY = {
  maxRetries: option.orNull(option.integer(0)),
  intervalStart: option.duration(),
  intervalStep: option.duration(),
  intervalMax: option.duration(),
} satisfies { readonly [Name in keyof Required<SubmitRetryPolicy>]: OptionReader<unknown> };
const readFields = option.object(POLICY);

/** Defaults of the pauses are Celery's `task_publish_retry_policy`. @throws OptionError */
export function readRetryPolicy(given: unknown, name: string): SubmitRetry {
  const {
    maxRetries = null,
    intervalStart = 0,
    intervalStep = 200,
    intervalMax = 200,
  } = readFields(given, name);
  return { maxRetries, startMs: intervalStart, stepMs: intervalStep, maxMs: intervalMax };
}

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
