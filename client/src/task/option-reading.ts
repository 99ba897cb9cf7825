/** Readers of options that several kinds of calls have. */
import { OptionError } from '@celeriac/protocol';
import { option, PRIORITY_MAX, QUEUE_NAME_LENGTH, show, TASK_NAME_LENGTH } from '@celeriac/protocol/internal';

export const queueOption = option.text(QUEUE_NAME_LENGTH);
export const priority = option.integer(0, PRIORITY_MAX);

interface TimeLimits {
  readonly timeLimitMs?: number;
  readonly softTimeLimitMs?: number;
}

/** @throws OptionError for what no task can have as its name */
export function readTaskName(value: unknown): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= TASK_NAME_LENGTH) return value;
  throw new OptionError(
    'name',
    `expected a task's name to be a string of 1 to ${TASK_NAME_LENGTH} characters, got: ${show(value)}`,
  );
}

/** A limit of 0 is none. @throws OptionError when the soft limit would never be reached */
export function checkTimeLimits({ timeLimitMs = 0, softTimeLimitMs = 0 }: TimeLimits): void {
  if (timeLimitMs === 0 || softTimeLimitMs <= timeLimitMs) return;
  throw new OptionError(
    'softTimeLimit',
    `softTimeLimit must be less than or equal to timeLimit, got: ${softTimeLimitMs / 1000} s above ${timeLimitMs / 1000} s`,
  );
}
