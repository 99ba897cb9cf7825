import type { Clock } from '@celeriac/runtime';
import type { Environment } from './options/flag.ts';

/** Where a command writes to, and where it reads its environment and the time. */
export interface Terminal {
  readonly env: Environment;
  readonly clock: Clock;
  /** Columns of the terminal that output goes to; `undefined` where it goes to a file or a pipe, which take all of it. */
  readonly width: number | undefined;
  /** Output: a line on stdout. */
  print(line: string): void;
  /** All else: a line on stderr. */
  complain(line: string): void;
}
