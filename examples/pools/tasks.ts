import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();

/** Computes without a pause: in a pool of threads or processes nobody else waits for it. */
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

/** A mistake that somebody will make. */
export const stuck = app.task('stuck', { softTimeLimit: 1, timeLimit: 2 }, () => {
  for (;;);
});

/** Hears of its limit, and has something to show for it. */
export const patient = app.task('patient', { bind: true, softTimeLimit: 0.5, timeLimit: 5 }, async (self) => {
  const stopped = new Promise((resolve) => self.signal.addEventListener('abort', resolve));
  await stopped;
  return `half done, because of a ${self.signal.reason.name}`;
});
