/** Flags of the commands that ask for a task's result. */
import type { Flag } from './flag.ts';
import { readDuration, readSwitch } from './readers.ts';

export const WAIT_FLAG: Flag<boolean> = {
  flag: 'wait',
  help: 'wait until the task has ended, and print its result',
  default: false,
  parse: readSwitch,
};

/** `undefined` waits as long as the task is alive. */
export const TIMEOUT_FLAG: Flag<number | undefined> = {
  flag: 'timeout',
  value: 'DURATION',
  help: 'how long to wait at most, such as 10s or 5m',
  default: undefined,
  parse: readDuration,
};
