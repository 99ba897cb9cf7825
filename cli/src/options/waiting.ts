/** Flags of the commands that ask for a task's result. */
import { optional, toggle } from './flag.ts';
import { duration } from './readers.ts';

export const WAIT_FLAG = toggle('wait', 'wait until the task has ended, and print its result');
/** `undefined` waits as long as the task is alive. */
export const TIMEOUT_FLAG = optional(
  'timeout',
  'DURATION',
  'how long to wait at most, such as 10s or 5m',
  duration,
);
