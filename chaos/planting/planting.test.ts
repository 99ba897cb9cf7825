import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { PLANTS } from './plants.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const ROOT = new URL('../../', import.meta.url);

test.each([
  [
    'a task that had not begun is blamed',
    1_000,
    /^found by seed \d+: I8: t\d+ is blamed for attempt \d+, which never began/,
  ],
  ['a single loss makes a suspect', 3, /^found by seed \d: I9: nothing began from/],
  [
    'all suspects have their trial at once',
    3,
    /^found by seed \d: I8: bad was lost \d times, 3 are the limit/,
  ],
])(
  'a bug planted in the broker is found by simulation: %s',
  { timeout: 120_000 },
  async (name, seeds, found) => {
    const args = ['--conditions', 'celeriac-source', '--no-warnings', MAIN, name, '--seeds', String(seeds)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toMatch(found);
  },
);

test.each(Object.entries(PLANTS))('the place for "%s" is there, once', (_, { file, line }) => {
  expect(readFileSync(new URL(file, ROOT), 'utf8').split(line)).toHaveLength(2);
});
