import { constants } from 'node:os';
import { systemClock, type Timer } from '@celeriac/runtime';
import { isNpm, npmAbove, readProcess, waitsFor } from './npm-above.ts';

/** The last one comes when the terminal is closed. */
const ENDING = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

const LOOK_EVERY_MS = 250;
/** npm that is right above us passes the terminal's Ctrl-C on although it has arrived already: that echo is no second signal. */
const ECHO_MS = 500;

let npmIsNext = false;
let nextLook: Timer | undefined;

/**
 * From now on the end of npm above us, whatever ended it, counts as a SIGTERM, unless another signal came before. So does one
 * while this process was still being loaded, where npm's script was nothing but to wait for it.
 */
export function heedNpm(): void {
  const { watched, orphaned } = npmAbove(process.pid, readProcess);
  const [parent, ...others] = watched;
  const end = (): void => void process.kill(process.pid, 'SIGTERM');
  if (parent === undefined) {
    const { npm_lifecycle_script: script = '' } = process.env;
    if (orphaned && waitsFor(script, process.argv[1] ?? '')) end();
    return;
  }
  const next = readProcess(parent);
  npmIsNext = next !== undefined && isNpm(next);
  const look = (): void => {
    if (process.ppid !== parent || others.some(isGone)) end();
    else nextLook = systemClock.after(LOOK_EVERY_MS, look);
  };
  look();
}

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/**
 * Calls one step per SIGTERM, SIGINT or SIGHUP, in order; a signal more than there are steps ends the process at once, with
 * the exit code of one that the signal killed.
 */
export function onSignals(...steps: readonly (() => void)[]): void {
  const left = [...steps];
  let firstAt: number | undefined;
  for (const signal of ENDING) {
    process.on(signal, () => {
      nextLook?.cancel();
      firstAt ??= systemClock.monotonic();
      if (npmIsNext && left.length < steps.length && systemClock.monotonic() - firstAt < ECHO_MS) return;
      const step = left.shift();
      if (step === undefined) process.exit(128 + constants.signals[signal]);
      step();
    });
  }
}
