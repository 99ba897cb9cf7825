// Tasks for connections.ts.
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();

/** Does nothing, on a worker of its own. */
export const quick = app.task('quick', { queue: 'quick' }, (value: number) => value);

/** Takes a moment, and gives a lot. */
export const weighty = app.task('weighty', { queue: 'heavy' }, async (size: number) => {
  await pause(50);
  return 'x'.repeat(size);
});

/** Writes down that it began, and ends when a file is there. */
export const hold = app.task(
  'hold',
  { queue: 'heavy', bind: true },
  async (self, log: string, release: string) => {
    appendFileSync(log, `${self.request.id}\n`);
    while (!existsSync(release)) await pause(100);
    return self.request.id;
  },
);
