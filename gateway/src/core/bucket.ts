/**
 * A token bucket as one number: the moment at which the next run would be due if none were ever late (the generic cell
 * rate algorithm). Nothing is counted up by a timer, and a bucket that nobody looks at costs nothing.
 */

/** Runs per hour to the time between two. */
export function spacingOf(perHour: number): number {
  return 3_600_000 / perHour;
}

/**
 * How late a run may be without its place being lost. A timer is late by a millisecond or two, and so is a worker with
 * room; in a bucket that holds one token, as Celery's does, each such delay would slow the rate down for good. It is also the
 * burst: a tenth of a second's tokens beside the one that is due, 2 % of what is due in five seconds.
 */
export const LATE_MS = 100;

/**
 * @param dueAt when the next run would be due; a fresh bucket's is any moment in the past
 * @param burstMs how much earlier than due a run may begin
 */
export function tokensAt(dueAt: number, spacingMs: number, now: number, burstMs = LATE_MS): number {
  const slackMs = now + burstMs - Math.max(dueAt, now);
  return slackMs < 0 ? 0 : Math.floor(slackMs / spacingMs) + 1;
}

/** @returns when the next run is due after these */
export function take(dueAt: number, spacingMs: number, count: number, now: number): number {
  return Math.max(dueAt, now) + count * spacingMs;
}

/** @returns when the next run is due if so many of those taken were none */
export function giveBack(dueAt: number, spacingMs: number, count: number): number {
  return dueAt - count * spacingMs;
}

/** When there is a token again. */
export function nextTokenAt(dueAt: number): number {
  return dueAt - LATE_MS;
}

/**
 * Whether runs begin as fast as the bucket lets them, so that it is what the others wait for: also in the moment in which a
 * token is there and its task is on its way.
 */
export function isUsedUp(dueAt: number, spacingMs: number, now: number): boolean {
  return dueAt - now > Math.max(0, LATE_MS - spacingMs);
}
