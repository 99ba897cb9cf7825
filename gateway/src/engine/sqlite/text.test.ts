import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formOf, fromBody, fromStoredText, toBody, toStoredText } from './text.ts';

const anyText = fc.string({ unit: 'binary' });

/** What is left of a text that went through UTF-8, as SQLite keeps it. */
const throughUtf8 = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');
const halfPairs = fc
  .array(fc.constantFrom('\ud800', '\udfff', '"', '\\', 'a', '💥'), { maxLength: 6 })
  .map((parts) => parts.join(''));

describe('text', () => {
  it('survives UTF-8, and stays different from every other', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, halfPairs), fc.oneof(anyText, halfPairs), (one, other) => {
        expect(fromStoredText(throughUtf8(toStoredText(one)))).toBe(one);
        expect(throughUtf8(toStoredText(one)) === throughUtf8(toStoredText(other))).toBe(one === other);
      }),
    );
  });

  it('keeps payloads of every type', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, halfPairs, fc.tuple(anyText, halfPairs)), (payload) => {
        const form = formOf(payload);
        expect(fromBody(throughUtf8(toBody(payload, form)), form)).toEqual(payload);
      }),
    );
  });
});
