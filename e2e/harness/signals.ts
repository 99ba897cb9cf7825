/** Things to wait for, each with an end. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { AsyncResult } from '@celeriac/client';
import { limit } from './child.ts';

/** Ends what hangs; how fast a machine is, is nobody's business here. */
const LIMIT_MS = 60_000;

/** Resolves when the handle shows this state. */
export async function untilState<T>(
  handle: AsyncResult<T>,
  state: string,
  withinMs = LIMIT_MS,
): Promise<void> {
  if (handle.state === state) return;
  const over = new AbortController();
  const { signal } = over;
  const late = limit(withinMs, () => {
    throw new Error(`task ${handle.id} is ${handle.state}, not ${state}, after ${withinMs} ms`);
  });
  const reached = new Promise<void>((resolve) => {
    const look = (): void => {
      if (handle.state === state) resolve();
    };
    handle.on('state', look, { signal });
    handle.on('progress', look, { signal });
  });
  try {
    await Promise.race([reached, late.promise]);
  } finally {
    over.abort();
    late.cancel();
  }
}

/** Asks again and again, at most `withinMs`, for what has no event of its own (another process's file or memory). */
export async function eventually<Value>(
  ask: () => Value | undefined | Promise<Value | undefined>,
  what: string,
  withinMs = LIMIT_MS,
): Promise<Value> {
  const until = performance.now() + withinMs;
  while (performance.now() < until) {
    const value = await ask();
    if (value !== undefined) return value;
    await pause(50);
  }
  throw new Error(`not within ${withinMs} ms: ${what}`);
}

/** For tests whose subject is time itself. */
export function pause(ms: number): Promise<void> {
  return new Promise((done) => {
    setTimeout(done, ms);
  });
}

/** Lines that tasks appended to a file: how often something really ran. */
export async function linesOf(path: string): Promise<readonly string[]> {
  if (!existsSync(path)) return [];
  return (await readFile(path, 'utf8')).split('\n').filter(Boolean);
}
