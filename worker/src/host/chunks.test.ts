import { beforeEach, expect, test } from 'vitest';
import { Chunks } from './chunks.ts';

let given: unknown[][];
beforeEach(() => {
  given = [];
});

function withThree(): Chunks {
  const chunks = new Chunks({ chunk: (...chunk) => void given.push(chunk) });
  for (const chunk of ['"a"', '"b"', '"c"']) chunks.add('n1', chunk);
  expect(given.splice(0)).toEqual([
    ['n1', 0, '"a"'],
    ['n1', 1, '"b"'],
    ['n1', 2, '"c"'],
  ]);
  return chunks;
}

test('chunks are kept until the gateway has taken them over', () => {
  const chunks = withThree();
  chunks.room([['n1', 2]]);
  expect(chunks.all()).toEqual([['n1', 2, ['"c"']]]);
  chunks.room([
    ['n1', 1],
    ['nobody', 5],
  ]);
  expect(chunks.all()).toEqual([['n1', 2, ['"c"']]]);
  chunks.add('n1', '"d"');
  expect(given).toEqual([['n1', 3, '"d"']]);
  expect(chunks.count('n1')).toBe(4);
});

test('an attempt that has none left still says how many it gave', () => {
  const chunks = withThree();
  chunks.room([['n1', 3]]);
  expect(chunks.all()).toEqual([['n1', 3, []]]);
});

test('nothing of an attempt is sent again once the gateway calls it another’s', () => {
  const chunks = withThree();
  chunks.room([['n1', null]]);
  chunks.add('n1', '"d"');
  expect([given, chunks.all()]).toEqual([[], []]);
});

test('what is over is forgotten', () => {
  const chunks = withThree();
  chunks.drop('n1');
  expect([chunks.all(), chunks.count('n1')]).toEqual([[], 0]);
});
