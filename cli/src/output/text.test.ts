import { expect, test } from 'vitest';
import { cutText, printable } from './text.ts';

test.each([
  ['short', 5, 'short'],
  ['longer', 5, 'long…'],
  ['🥬🥬🥬', 3, '🥬🥬🥬'],
  ['🥬🥬🥬', 2, '🥬…'],
  ['gone', 0, '…'],
])('%s in %d characters is %s', (text, most, cut) => {
  expect(cutText(text, most)).toBe(cut);
});

test('no text moves the cursor', () => {
  expect(printable('a\u001b[2J\nb')).toBe('a?[2J?b');
});
