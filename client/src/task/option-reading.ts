/** Reading the options that people pass, each value by its own rule. */
import { OptionError, PRIORITY_MAX, QUEUE_NAME_LENGTH, show, TASK_NAME_LENGTH } from '@celeriac/protocol';

interface TimeLimits {
  readonly timeLimitMs?: number;
  readonly softTimeLimitMs?: number;
}

export function expected(option: string, what: string, value: unknown): OptionError {
  return new OptionError(option, `expected ${option} to be ${what}, got: ${show(value)}`);
}

export function readFlag(value: unknown, option: string): boolean {
  if (typeof value === 'boolean') return value;
  throw expected(option, 'true or false', value);
}

export function readText(value: unknown, option: string, limit: number): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= limit) return value;
  throw expected(option, `a string of 1 to ${limit} characters`, value);
}

/** @throws OptionError for what no task can have as its name */
export function readTaskName(value: unknown): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= TASK_NAME_LENGTH) return value;
  throw new OptionError(
    'name',
    `expected a task's name to be a string of 1 to ${TASK_NAME_LENGTH} characters, got: ${show(value)}`,
  );
}

export function readInteger(value: unknown, option: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw expected(option, `an integer from ${min} to ${max}`, value);
}

export function readQueue(value: unknown, option: string): string {
  return readText(value, option, QUEUE_NAME_LENGTH);
}

export function readPriority(value: unknown, option: string): number {
  return readInteger(value, option, 0, PRIORITY_MAX);
}

export function readDate(value: unknown, option: string): number {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime();
  throw expected(option, 'a valid Date', value);
}

/** A limit of 0 is none. @throws OptionError when the soft limit would never be reached */
export function checkTimeLimits({ timeLimitMs = 0, softTimeLimitMs = 0 }: TimeLimits): void {
  if (timeLimitMs === 0 || softTimeLimitMs <= timeLimitMs) return;
  throw new OptionError(
    'softTimeLimit',
    `softTimeLimit must be less than or equal to timeLimit, got: ${softTimeLimitMs / 1000} s above ${timeLimitMs / 1000} s`,
  );
}
