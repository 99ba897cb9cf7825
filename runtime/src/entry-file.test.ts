import { expect, test } from 'vitest';
import { entryFile } from './entry-file.ts';

const all = (): boolean => true;

test.each([
  ['file:///app/dist/starter.js', 'file:///app/dist/thread.js'],
  ['file:///app/src/starter.ts', 'file:///app/src/thread.ts'],
])('beside %s it is %s', (here, there) => {
  expect(entryFile(here, 'starter', 'thread', all)?.href).toBe(there);
});

test.each([
  ['in a bundle of another name', 'file:///app/out/server.js', all],
  ['in one whose format has no import.meta', undefined, all],
  ['in one that names the place of the build', 'file:///build/dist/starter.js', () => false],
  ['in a page', 'https://app.example/starter.js', all],
])('%s there is none', (_, here, exists) => {
  expect(entryFile(here, 'starter', 'thread', exists)).toBeUndefined();
});
