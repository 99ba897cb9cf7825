import { afterEach, expect, test, vi } from 'vitest';
import { readAppOptions } from './app-options.ts';

afterEach(() => void vi.unstubAllGlobals());

test.each([
  ['/celeriac', 'https://app.example/celeriac'],
  ['//tasks.example/celeriac', 'https://tasks.example/celeriac'],
  ['https://tasks.example/celeriac', 'https://tasks.example/celeriac'],
])('a page on https://app.example that names %s means %s', (url, address) => {
  vi.stubGlobal('location', { origin: 'https://app.example' });
  expect(readAppOptions({ url }).url).toBe(address);
});

test.each([
  ['a program', undefined, '/celeriac'],
  ['a page of a file', { origin: 'null' }, '/celeriac'],
  ['a page', { origin: 'https://app.example' }, 'tasks.example'],
])('an address that %s cannot mean is refused', (_, location, url) => {
  vi.stubGlobal('location', location);
  expect(() => readAppOptions({ url })).toThrow("expected url to be a URL such as 'http://127.0.0.1:7600'");
});
