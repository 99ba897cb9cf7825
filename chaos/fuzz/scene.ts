import { systemClock } from '@celeriac/runtime';
import type { FuzzTally } from './tally.ts';

/** A gateway to be spoken to, and tokens of every kind for it; `null` is none. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly tokens: readonly (string | null)[];
}

/** What all sessions of a run share. */
export interface FuzzScene {
  readonly seed: number;
  readonly tally: FuzzTally;
}

export function waitMs(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve, true));
}

/** Lets what has arrived be read. */
export function turn(): Promise<void> {
  return new Promise((resolve) => systemClock.soon(resolve));
}

/** @returns false when it took too long */
export function within(ms: number, done: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = systemClock.after(ms, () => resolve(false), true);
    void done.then(() => {
      timer.cancel();
      resolve(true);
    });
  });
}
