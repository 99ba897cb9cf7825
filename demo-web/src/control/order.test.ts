import { RefusedError } from '@celeriac/client';
import { expect, test } from 'vitest';
import { countText, type Order, refused, underWay } from './order.ts';

const purge: Order = {
  word: 'Purge',
  of: 'queue media',
  doing: 'Purging media',
  send: async () => ({ text: 'Purged media.' }),
};

test('an order says that it is under way', () => {
  expect(underWay(purge)).toEqual({ kind: 'under-way', text: 'Purging media …' });
});

test('a refusal is told in words and with its code, any other trouble in words', () => {
  const refusal = new RefusedError(
    'FORBIDDEN',
    'this token may not control the gateway (needs admin:control)',
  );
  expect(refused(purge, refusal).text).toBe(
    'Purging media: not done, this token may not control the gateway (needs admin:control) (FORBIDDEN).',
  );
  expect(refused(purge, new TypeError('no')).text).toBe('Purging media: not done, no.');
});

test.each([
  [0, '0 tasks'],
  [1, '1 task'],
  [2_000, '2,000 tasks'],
])('%d tasks are %s', (count, text) => {
  expect(countText(count, 'task')).toBe(text);
});
