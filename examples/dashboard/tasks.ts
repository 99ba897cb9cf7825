import { setTimeout as pause } from 'node:timers/promises';
import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();

/** Ten steps of a third of a second; stops when it is revoked. */
export const encode = app.task('encode', { bind: true }, async (self, film: string) => {
  for (let done = 1; done <= 10; done += 1) {
    await pause(300, undefined, { signal: self.signal });
    self.updateState({ state: 'PROGRESS', meta: { done, of: 10 } });
  }
  return `${film}.mp4`;
});
