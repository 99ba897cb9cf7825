/** The tasks of the live page: the worker imports this file, the page only its types. */
import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();

export const add = app.task('add', (x: number, y: number) => x + y);

const STEPS = 20;

export const slow = app.task('slow', { bind: true }, async (self, seconds: number) => {
  for (let step = 1; step <= STEPS; step += 1) {
    await pause((seconds * 1000) / STEPS, self.signal);
    if (self.signal.aborted) return `stopped at step ${step} of ${STEPS}`;
    self.updateState({ state: 'PROGRESS', meta: { done: step, of: STEPS } });
  }
  return `worked for ${seconds} s`;
});

export const flaky = app.task('flaky', { bind: true, maxRetries: 3 }, (self, failures: number) => {
  const { retries } = self.request;
  if (retries < failures) {
    self.retry({ exc: new Error(`upstream answered 503 at try ${retries + 1}`), countdown: '800ms' });
  }
  return `worked at try ${retries + 1}`;
});

export const broken = app.task('broken', (order: number): string => {
  try {
    return JSON.parse(`{ "order": ${order}, "items": [`);
  } catch (cause) {
    throw new TypeError(`order ${order} cannot be read`, { cause });
  }
});

/** Resolves early when the signal aborts; the task then sees to it. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
