import { describe, expect, test } from 'vitest';
import { contentTypeOf, fromWirePayload, payloadSize, toWirePayload } from './payload.ts';

describe('a payload on the wire', () => {
  test('is its bare body when it is JSON', () => {
    expect(toWirePayload({ contentType: 'application/json', body: '[1]' })).toBe('[1]');
  });

  test('carries its label when it is not', () => {
    expect(toWirePayload({ contentType: 'text/x-mine', body: 'abc' })).toEqual(['text/x-mine', 'abc']);
  });

  test.each([
    { contentType: 'application/json', body: '{"a":1}' },
    { contentType: 'text/x-mine', body: '' },
  ])('comes back as it went: %j', (payload) => {
    expect(fromWirePayload(toWirePayload(payload))).toEqual(payload);
  });

  test('measures its label as well', () => {
    expect(payloadSize('12345')).toBe(5);
    expect(payloadSize(['a/b', '12345'])).toBe(8);
  });

  test('says what wrote it', () => {
    expect(contentTypeOf('[1]')).toBe('application/json');
    expect(contentTypeOf(['text/x-mine', 'abc'])).toBe('text/x-mine');
  });
});
