import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PayloadError } from './errors.ts';
import { decodeValue, encodeValue, fromWirePayload, payloadSize, toWirePayload } from './payload.ts';

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
});

describe('a value', () => {
  test('that JSON can carry comes back as it went', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(decodeValue(encodeValue(value, 'x'), 'x')).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('undefined is the empty body, and comes back', () => {
    expect(encodeValue(undefined, 'x')).toBe('');
    expect(decodeValue('', 'x')).toBeUndefined();
  });

  test('with a cycle is refused by name', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(() => encodeValue(cycle, 'result of add')).toThrow(PayloadError);
    expect(() => encodeValue(cycle, 'result of add')).toThrow(/^result of add cannot be written as JSON/);
  });

  test.each([[1n], [() => 1], [Symbol('s')]])('of a kind that JSON lacks is refused: %s', (value) => {
    expect(() => encodeValue(value, 'arguments of add')).toThrow(PayloadError);
  });

  test('in a serializer that this end cannot read is refused, naming both', () => {
    expect(() => decodeValue(['text/x-mine', 'abc'], 'result')).toThrow(
      "result came as 'text/x-mine', expected 'application/json'",
    );
  });

  test('that is no JSON is refused with its cause', () => {
    expect(() => decodeValue('{', 'result')).toThrow(PayloadError);
    expect(() => decodeValue('{', 'result')).toThrow(
      expect.objectContaining({ cause: expect.any(SyntaxError) }),
    );
  });
});
