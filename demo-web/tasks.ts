/** The tasks of the live page: the worker imports this file, the page only its types. */
import process from 'node:process';
import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();

export const add = app.task('add', (x: number, y: number) => x + y);

const STEPS = 20;

export const slow = app.task('slow', { bind: true }, async (self, seconds: number) => {
  for (let step = 1; step <= STEPS; step += 1) {
    await pause((seconds * 1000) / STEPS, self.signal);
    if (self.signal.aborted) return `stopped at step ${step} of ${STEPS}`;
    self.updateState({ state: 'PROGRESS', meta: { done: step, of: STEPS, at: Date.now() } });
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

const STORY = `A celeriac lay in the ground and waited. Above it the stalks talked to the wind, and whatever they
heard went down to the root, word by word. It kept everything. In the autumn somebody came, pulled once, and asked
what it knew. It told the story from the beginning, one word after the other, and left nothing out.`;

/** A generator's chunks are there to be read while it runs; what it returns is its result. */
export const story = app.task('story', { bind: true }, async function* (self, words: number) {
  const told = STORY.split(/\s+/).slice(0, words);
  for (const word of told) {
    await pause(70, self.signal);
    yield `${word} `;
  }
  return `${told.length} words`;
});

/** Takes its worker with it, as often as that; the next worker runs it again. */
export const crash = app.task('crash', { bind: true }, async (self, times: number) => {
  await pause(300, self.signal);
  if (self.request.attempt <= times) process.kill(process.pid, 'SIGKILL');
  return `survived, at attempt ${self.request.attempt}`;
});

/** A little work, of which there can be much. */
export const step = app.task('step', { bind: true }, async (self, n: number) => {
  await pause(400, self.signal);
  return n;
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
