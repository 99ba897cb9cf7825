import { setTimeout as pause } from 'node:timers/promises';
import { Celeriac } from '@celeriac/client';
import { now, TICK_EVERY_MS, TICK_FIRST_MS, TICKS } from './peers/peer.ts';

export const app = new Celeriac();

/** Does nothing, so that what is measured is the way there and back. */
export const noop = app.task('noop', (value: number) => value);

/** Gives a result of so many characters. */
export const sized = app.task('sized', (size: number) => 'x'.repeat(size));

/** Tells what time it is, again and again. */
export const ticks = app.task('ticks', { bind: true }, async (self) => {
  await pause(TICK_FIRST_MS);
  for (let tick = 0; tick < TICKS; tick++) {
    await self.updateState({ state: 'PROGRESS', meta: { at: now() } });
    await pause(TICK_EVERY_MS);
  }
});
