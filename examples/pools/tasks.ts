import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();

/** Computes without a pause: in a pool of threads or processes other tasks do not have to wait for it. */
export const primes = app.task('primes', { bind: true }, (self, below: number) => {
  const composite = new Uint8Array(below);
  let count = 0;
  for (let number = 2; number < below; number++) {
    if (number % Math.ceil(below / 4) === 0) self.updateState({ state: 'PROGRESS', meta: { number } });
    if (composite[number] === 1) continue;
    count += 1;
    for (let multiple = number * number; multiple < below; multiple += number) composite[multiple] = 1;
  }
  return count;
});

/** A bug: it never ends. */
export const stuck = app.task('stuck', { softTimeLimit: 1, timeLimit: 2 }, () => {
  for (;;);
});

/** Stops when its soft limit is over, and returns what it has done by then. */
export const patient = app.task('patient', { bind: true, softTimeLimit: 0.5, timeLimit: 5 }, async (self) => {
  const stopped = new Promise((resolve) => self.signal.addEventListener('abort', resolve));
  await stopped;
  return `half done, because of a ${self.signal.reason.name}`;
});
