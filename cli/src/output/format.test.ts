import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ageText, cutText, formatDuration, jsonOrText, printable, shownText, valueText } from './format.ts';

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
  expect(printable('user\u202egpj.exe')).toBe('user?gpj.exe');
});

describe('text on a terminal', () => {
  const anyText = fc
    .array(fc.integer({ min: 0, max: 0x10ffff }))
    .map((points) => points.map((point) => String.fromCodePoint(point)).join(''));

  test.each([
    ['a cursor that moves', '\u001b[2J\u001b[Hroot#', '\\u001b[2J\\u001b[Hroot#'],
    ['a bell, a return and a delete', 'a\u0007b\rc\u007f', 'a\\u0007b\\u000dc\\u007f'],
    ['a control character of eight bits', '\u009b2J', '\\u009b2J'],
    ['what turns the direction of text', 'user\u202egpj.exe', 'user\\u202egpj.exe'],
    ['what isolates it', '\u2066a\u2069', '\\u2066a\\u2069'],
    ['what cannot be seen', 'pay\u200bpal\ufeff', 'pay\\u200bpal\\ufeff'],
    ['what is beyond the first plane', 'a\u{e0041}', 'a\\udb40\\udc41'],
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
  ])('finding 15: is free of %s', (_, given, shown) => {
    expect(shownText(given)).toBe(shown);
  });

  test('keeps its lines, and what people write', () => {
    const text = 'Grüße, 世界 🎉\n\tat file.ts:1 "quoted" \\u001b';
    expect(shownText(text)).toBe(text);
  });

  test('that is JSON stays the same JSON', () => {
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        const value = { [one]: other };
        const shown = shownText(JSON.stringify(value));
        expect(JSON.parse(shown)).toEqual(value);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }),
    );
  });
});

test.each([
  [0, '0ms'],
  [250, '250ms'],
  [1_500, '1500ms'],
  [30_000, '30s'],
  [90_000, '90s'],
  [900_000, '15m'],
  [86_400_000, '1d'],
])('%d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

const NOW = Date.UTC(2026, 0, 1);

test.each([
  [0, 'now'],
  [999, 'now'],
  [1_000, '1 s ago'],
  [119_999, '119 s ago'],
  [120_000, '2 min ago'],
  [7_199_000, '119 min ago'],
  [7_200_000, '2 h ago'],
  [172_800_000, '2 d ago'],
  [-500, 'now'],
  [-3_599_000, 'in 59 min'],
])('%d ms before is %s', (ms, text) => {
  expect(ageText(new Date(NOW - ms), NOW)).toBe(text);
});

const cycle: { self?: unknown } = {};
cycle.self = cycle;

test.each([
  ['text', 'text'],
  [4, '4'],
  [{ a: [1, null] }, '{"a":[1,null]}'],
  [new Map([['a', new Date(0)]]), "Map(1) { 'a' => 1970-01-01T00:00:00.000Z }"],
  [Number.NaN, 'NaN'],
  [12n, '12n'],
  [cycle, '<ref *1> { self: [Circular *1] }'],
])('a value is one line: %#', (value, line) => {
  expect(valueText(value)).toBe(line);
});

test('what JSON tells stays data, the rest is text', () => {
  expect(jsonOrText({ a: 1 })).toEqual({ a: 1 });
  expect(jsonOrText(undefined)).toBeUndefined();
  expect(jsonOrText(new Set([1]))).toBe('Set(1) { 1 }');
});
