/**
 * How a worker stops, in two steps: first it takes nothing new and lets its tasks end; when they do not in
 * time, or someone is in a hurry, it gives them back. A task that is given back is not blamed.
 */
import { type Clock, deadline, type Timer } from '@celeriac/runtime';
import type { Logger } from 'pino';
import type { TaskHost } from './task-host.ts';

/** How long reports may wait for their acks, and apps for their last calls, at the end; and when someone is in a hurry. */
const FLUSH_TIMEOUT_MS = 5_000;
const HURRIED_FLUSH_TIMEOUT_MS = 1_000;

export interface ShutdownSettings {
  readonly clock: Clock;
  readonly log: Logger;
  /** How long running tasks are waited for, in milliseconds. */
  readonly timeoutMs: number;
  /** Resolves when tasks are no longer waited for. */
  readonly hurry: Promise<void>;
  /** Sends what the tasks themselves called and is not confirmed yet. */
  readonly closeApps: () => Promise<unknown>;
}

/** Resolves when the session has ended; never rejects. */
export async function shutDown(host: TaskHost, settings: ShutdownSettings): Promise<void> {
  const { clock, log, timeoutMs, hurry, closeApps } = settings;
  const endsAt = clock.monotonic() + timeoutMs;
  const letEnd = async (): Promise<void> => {
    const idle = host.remains.until(({ running }) => running === 0);
    if (!(await within(clock, Math.max(0, endsAt - clock.monotonic()), idle, hurry))) host.giveBackRunning();
  };
  host.drain();
  await letEnd();
  const { impatience, calm } = impatienceAfter(hurry, clock);
  const reported = host.remains.until(({ unacked }) => unacked === 0);
  if (await within(clock, FLUSH_TIMEOUT_MS, reported, impatience)) {
    // Handlers that the last acks have let begin.
    await letEnd();
  } else {
    log.error(
      { unacked: host.remains.get().unacked },
      'outcomes could not be reported, their tasks will run again',
    );
    host.giveBackRunning();
  }
  const apps = closeApps().catch((error: unknown) => log.error({ error }, 'an app did not close'));
  if (!(await within(clock, FLUSH_TIMEOUT_MS, apps, impatience)))
    log.error('calls of tasks could not be confirmed in time');
  await host.leave();
  calm();
}

/** @returns what resolves a while after the hurry, and how to do without it, also where the hurry is still to come */
function impatienceAfter(
  hurry: Promise<void>,
  clock: Clock,
): { readonly impatience: Promise<void>; readonly calm: () => void } {
  let over = false;
  let timer: Timer | undefined;
  const impatience = Promise.withResolvers<void>();
  void hurry.then(() => {
    if (!over) timer = clock.after(HURRIED_FLUSH_TIMEOUT_MS, impatience.resolve);
  });
  const calm = (): void => {
    over = true;
    timer?.cancel();
  };
  return { impatience: impatience.promise, calm };
}

/** @returns whether `done` came before the time was over and before anybody was in a hurry, which counts first */
async function within(
  clock: Clock,
  ms: number,
  done: Promise<unknown>,
  hurry: Promise<void>,
): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = deadline(clock, ms, () => resolve(false), true);
    const end = (inTime: boolean): void => {
      timer.cancel();
      resolve(inTime);
    };
    void hurry.then(() => end(false));
    void done.then(() => end(true));
  });
}
