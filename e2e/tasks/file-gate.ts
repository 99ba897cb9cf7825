import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** Resolves once the test has made this file. @throws when the signal is aborted first */
export async function untilThere(path: string, signal: AbortSignal): Promise<void> {
  while (!existsSync(path)) await wait(20, undefined, { signal });
}
