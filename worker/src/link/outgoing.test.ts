import { expect, test } from 'vitest';
import { Outgoing } from './outgoing.ts';

test('progress that waits for a newer one goes before the end of its run all the same', () => {
  const outgoing = new Outgoing();
  outgoing.progress(['ends', 'P', '1']);
  outgoing.progress(['goes on', 'P', '1']);
  outgoing.progress(['ends', 'P', '2']);
  expect(outgoing.take([], false).progress).toEqual([]);
  outgoing.settled(['ends', 'id', 1, ['success', '1']]);
  outgoing.settled(['showed nothing', 'other', 1, ['success', '1']]);
  const turn = outgoing.take([], false);
  expect(turn.progress).toEqual([['ends', 'P', '2']]);
  expect(turn.settled).toHaveLength(2);
  expect(outgoing.take([], true).progress).toEqual([['goes on', 'P', '1']]);
  expect(outgoing.take([], true).progress).toEqual([]);
});
