import { expect, test } from 'vitest';
import { callingWith, literalOf, NO_OPTIONS, optionsOf } from './options.ts';

test('options that are not chosen are not there', () => {
  expect(optionsOf(NO_OPTIONS)).toEqual({});
  expect(optionsOf({ queue: 'lopri', countdown: '1.5', priority: '9', retries: '0' })).toEqual({
    queue: 'lopri',
    countdown: 1.5,
    priority: 9,
    retryPolicy: { maxRetries: 0 },
  });
});

test('a call is delay until it has options', () => {
  expect(callingWith({})).toEqual({ open: '.delay(', close: ')' });
  expect(callingWith({ queue: 'lopri', retryPolicy: { maxRetries: 2 } })).toEqual({
    open: '.applyAsync([',
    close: "], { queue: 'lopri', retryPolicy: { maxRetries: 2 } })",
  });
});

test('values are written as a reader would', () => {
  expect(literalOf(["it's", '\\', 'a\nb'])).toBe('["it\'s","\\\\","a\\nb"]');
  expect(literalOf("it's")).toBe("'it\\'s'");
  expect(literalOf({ 'a-b': 1, c: undefined })).toBe("{ 'a-b': 1, c: undefined }");
});
