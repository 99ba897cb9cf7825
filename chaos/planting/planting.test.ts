import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { PLANTS } from './plants.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const ROOT = new URL('../../', import.meta.url);

test('a bug planted in the broker is found by simulation within 1,000 seeds', {
  timeout: 60_000,
}, async () => {
  const args = ['--conditions', 'celeriac-source', '--no-warnings', MAIN];
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...args,
    'a suspect has company after a restart',
    '--seeds',
    '1000',
  ]);
  expect(stdout).toMatch(/^found by seed \d+: I8: t\d+ was lost, and ran on worker-\d beside t\d+/);
});

test.each(Object.entries(PLANTS))('the place for "%s" is there, once', (_, { file, line }) => {
  expect(readFileSync(new URL(file, ROOT), 'utf8').split(line)).toHaveLength(2);
});
