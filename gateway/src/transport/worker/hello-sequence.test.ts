import { DEFINITIONS, type Definition, HELLO_LIMIT, WORKER_CAPACITY } from '@celeriac/protocol/internal';
import { expect, test } from 'vitest';
import { HELLO } from '../../../test/raw-worker.ts';
import { HelloParts } from './hello-sequence.ts';

const DEFINITION: Definition = { name: 'add', options: {}, arity: null, params: null };

test('what was said before a hello is part of it', () => {
  const parts = new HelloParts();
  parts.add([DEFINITION], []);
  parts.add([], [['1', 1, 'n', true, null]]);
  expect(parts.whole(HELLO)).toMatchObject({
    definitions: [DEFINITION, ...HELLO.definitions],
    held: [['1', 1, 'n', true, null]],
  });
});

test('it has bounds: so many definitions, attempts, and characters in all', () => {
  const many = <Item>(count: number, item: Item): readonly Item[] =>
    Array.from({ length: count }, () => item);
  expect(() => new HelloParts().add(many(DEFINITIONS, DEFINITION), [])).not.toThrow();
  expect(() => new HelloParts().add(many(DEFINITIONS + 1, DEFINITION), [])).toThrow('at most 10000 tasks');
  expect(() =>
    new HelloParts().add([], many(2 * WORKER_CAPACITY + 1, ['1', 1, 'n', true, null] as const)),
  ).toThrow('at most 20000 attempts');
  const talkative = new HelloParts();
  const half = 'x'.repeat(HELLO_LIMIT / 2);
  talkative.heard(half);
  talkative.heard(half);
  expect(() => talkative.add([DEFINITION], [])).not.toThrow();
  talkative.heard('x');
  expect(() => talkative.add([], [])).toThrow(`${HELLO_LIMIT} characters in all`);
});
