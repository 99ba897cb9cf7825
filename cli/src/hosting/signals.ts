import { constants } from 'node:os';

const ENDING = ['SIGTERM', 'SIGINT'] as const;

/**
 * Calls one step per SIGTERM or SIGINT, in order; a signal more than there are steps ends the process at once, with
 * the exit code of one that the signal killed.
 */
export function onSignals(...steps: readonly (() => void)[]): void {
  const left = [...steps];
  for (const signal of ENDING) {
    process.on(signal, () => {
      const step = left.shift();
      if (step === undefined) process.exit(128 + constants.signals[signal]);
      step();
    });
  }
}
