import { setTimeout as pause } from 'node:timers/promises';
import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();

export const add = app.task('add', (x: number, y: number) => x + y);

/** Reports its progress ten times. */
export const bake = app.task('bake', { bind: true }, async (self, cake: string) => {
  for (let percent = 10; percent <= 100; percent += 10) {
    await pause(50, undefined, { signal: self.signal });
    self.updateState({ state: 'PROGRESS', meta: { percent } });
  }
  return `one ${cake} cake`;
});
