/** Tasks with limits, for the tests of those. */
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();

export const rated = app.task('rated', { rateLimit: '50/s' }, () => 'done');

export const free = app.task('free', () => 'done');

/** Writes when it begins and ends, in lines that go by the key. */
export const keyed = app.task(
  'keyed',
  { concurrencyKey: (_file: string, key: string) => key },
  async (file: string, key: string) => {
    appendFileSync(file, `begin ${key}\n`);
    await pause(2);
    appendFileSync(file, `end ${key}\n`);
    return key;
  },
);
