import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonBytes, textBytes, utf8Bytes } from './bytes.ts';

/** Every kind of unit: plain, escaped short and long, of two and three bytes, pairs and halves of pairs. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\u0000', '\u001f', '\u007f', 'é', '語', '😀') }),
  fc
    .array(fc.integer({ min: 0xd7f0, max: 0xe010 }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any')),
    fc.dictionary(text, fc.option(tie('any'), { nil: undefined })),
  ),
})).any;

describe('the bytes of what is put into a frame', () => {
  test('are those of any text in UTF-8', () => {
    fc.assert(fc.property(text, (one) => utf8Bytes(one) === Buffer.byteLength(one)));
  });

  test('are those of any text as JSON writes it', () => {
    fc.assert(fc.property(text, (one) => textBytes(one) === Buffer.byteLength(JSON.stringify(one))));
  });

  test('are never less than what a value takes, whatever it is made of', () => {
    fc.assert(fc.property(value, (one) => jsonBytes(one) >= Buffer.byteLength(JSON.stringify(one))));
  });

  test('are hardly more than it takes', () => {
    const call = ['0190c5a0-0000', 'add', '[2,2]', { queue: 'a', etaAt: 1_795_576_254_563 }, 0, null];
    expect(jsonBytes(call) - JSON.stringify(call).length).toBeLessThanOrEqual(3);
    expect([0, 9, 10, 999, 1000, -10, 2 ** 53 - 1].map(jsonBytes)).toEqual([1, 1, 2, 3, 4, 3, 16]);
  });
});
