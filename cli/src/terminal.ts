import type { Environment } from './options/flag.ts';

/** Where a command writes to and reads its environment from. */
export interface Terminal {
  readonly env: Environment;
  /** Output: a line on stdout. */
  print(line: string): void;
  /** All else: a line on stderr. */
  complain(line: string): void;
}
