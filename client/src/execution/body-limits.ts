/** The time limits of a body, and the words for one that was too long. */

import { SoftTimeLimitExceeded, TimeLimitExceeded } from '@celeriac/protocol';
import type { Assignment } from '@celeriac/protocol/internal';
import { afterReading, type Clock, type Timer } from '@celeriac/runtime';

/** A limit of 0 is none. */
export function hasLimits([, , , , , { timeLimitMs = 0, softTimeLimitMs = 0 }]: Assignment): boolean {
  return timeLimitMs > 0 || softTimeLimitMs > 0;
}

/**
 * Counts from now on. A limit of 0 is none.
 * @param soft the body is to be asked to stop
 * @param hard the body has no say any more
 * @returns what is pending, to be cancelled when the body has ended
 */
export function startLimits(
  clock: Clock,
  [, , , , , { timeLimitMs = 0, softTimeLimitMs = 0 }]: Assignment,
  soft: () => void,
  hard: () => void,
): readonly Timer[] {
  return [
    ...(softTimeLimitMs > 0 ? [afterReading(clock, softTimeLimitMs, soft)] : []),
    ...(timeLimitMs > 0 ? [afterReading(clock, timeLimitMs, hard)] : []),
  ];
}

/** What the signal of a body carries, or of the handlers after it, and what a run that was too long fails with. */
export function limitError(
  limit: 'soft' | 'hard' | 'handlers',
  [, id, , name, , context]: Assignment,
): Error {
  const { timeLimitMs = 0, softTimeLimitMs = 0 } = context;
  switch (limit) {
    case 'soft':
      return new SoftTimeLimitExceeded(
        `${name}[${id}] ran longer than its softTimeLimit of ${softTimeLimitMs / 1000} s`,
      );
    case 'hard':
      return new TimeLimitExceeded(`${name}[${id}] ran longer than its timeLimit of ${timeLimitMs / 1000} s`);
    case 'handlers':
      return new TimeLimitExceeded(`the handlers of ${name}[${id}] ran longer than their handlerTimeout`);
  }
}
