/**
 * Tasks by the names of those of the live page, and of the dashboard's example, which take a step only when a test
 * lets them. For a worker with the pool `inline`, whose bodies share this module.
 */
import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();

/** Steps that a task may take, and what waits for the next. */
class Gate {
  #steps = 0;
  #wake = (): void => {};

  open(steps: number): void {
    this.#steps += steps;
    this.#wake();
  }

  /** @throws the signal's reason when that is aborted first */
  async pass(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake);
    while (this.#steps === 0 && !signal.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    signal.removeEventListener('abort', wake);
    signal.throwIfAborted();
    this.#steps -= 1;
  }
}

const gates = new Map<string, Gate>();

function gateOf(name: string): Gate {
  const gate = gates.get(name) ?? new Gate();
  gates.set(name, gate);
  return gate;
}

/** Lets the task with this id, or the film with this name, take so many steps more. */
export const allow = app.task('allow', (name: string, steps: number) => gateOf(name).open(steps));

/** Tells each of twenty steps. */
export const slow = app.task('slow', { bind: true }, async (self, seconds: number) => {
  for (let done = 1; done <= 20; done += 1) {
    await gateOf(self.request.id).pass(self.signal);
    self.updateState({ state: 'PROGRESS', meta: { done, of: 20, at: Date.now() } });
  }
  return `worked for ${seconds} s`;
});

/** A step is a try. */
export const flaky = app.task('flaky', { bind: true, maxRetries: 3 }, async (self, failures: number) => {
  await gateOf(self.request.id).pass(self.signal);
  const { retries } = self.request;
  if (retries < failures)
    self.retry({ exc: new Error(`upstream answered 503 at try ${retries + 1}`), countdown: 0 });
  return `worked at try ${retries + 1}`;
});

/** A step is a word. */
export const story = app.task('story', { bind: true }, async function* (self, words: number) {
  for (let word = 1; word <= words; word += 1) {
    await gateOf(self.request.id).pass(self.signal);
    yield `word${word} `;
  }
  return `${words} words`;
});

/** Tells each of ten steps. */
export const encode = app.task('encode', { bind: true }, async (self, film: string) => {
  for (let done = 1; done <= 10; done += 1) {
    await gateOf(film).pass(self.signal);
    self.updateState({ state: 'PROGRESS', meta: { done, of: 10 } });
  }
  return `${film}.mp4`;
});
