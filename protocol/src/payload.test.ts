import { describe, expect, test } from 'vitest';
import { contentTypeOf, payloadSize } from './payload.ts';

describe('a payload on the wire', () => {
  test('measures its label as well', () => {
    expect(payloadSize('12345')).toBe(5);
    expect(payloadSize(['a/b', '12345'])).toBe(8);
  });

  test('says what wrote it', () => {
    expect(contentTypeOf('[1]')).toBe('application/json');
    expect(contentTypeOf(['text/x-mine', 'abc'])).toBe('text/x-mine');
  });
});
