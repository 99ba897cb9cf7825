import { expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { VERSION } from './version.ts';

test('a worker says the version that its package has', () => {
  expect(VERSION).toBe(manifest.version);
});
