import { expect, test } from 'vitest';
import { ChunkOutbox } from './chunk-outbox.ts';

function withThree(): ChunkOutbox {
  const outbox = new ChunkOutbox();
  expect(['"a"', '"b"', '"c"'].map((chunk) => outbox.add('n1', chunk))).toEqual([0, 1, 2]);
  return outbox;
}

test('chunks are kept until the gateway has taken them over', () => {
  const outbox = withThree();
  outbox.room([['n1', 2]]);
  expect(outbox.all()).toEqual([['n1', 2, ['"c"']]]);
  outbox.room([
    ['n1', 1],
    ['nobody', 5],
  ]);
  expect(outbox.all()).toEqual([['n1', 2, ['"c"']]]);
  expect(outbox.add('n1', '"d"')).toBe(3);
  expect(outbox.count('n1')).toBe(4);
});

test('an attempt that has none left still says how many it gave', () => {
  const outbox = withThree();
  outbox.room([['n1', 3]]);
  expect(outbox.all()).toEqual([['n1', 3, []]]);
});

test('nothing of an attempt is sent again once the gateway calls it another’s', () => {
  const outbox = withThree();
  outbox.room([['n1', null]]);
  expect(outbox.add('n1', '"d"')).toBeUndefined();
  expect(outbox.all()).toEqual([]);
});

test('what is over is forgotten', () => {
  const outbox = withThree();
  outbox.drop(['n1']);
  expect([outbox.all(), outbox.count('n1')]).toEqual([[], 0]);
});
