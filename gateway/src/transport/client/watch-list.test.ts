import { FOREIGN_WATCHES } from '@celeriac/protocol';
import { expect, test } from 'vitest';
import { Bus, type Subscriber } from '../../events/bus.ts';
import { WatchList, type WatchQuota } from './watch-list.ts';

function setup(most = Number.POSITIVE_INFINITY) {
  const heard: string[] = [];
  const subscriber: Subscriber = { deliver: ([id]) => heard.push(id) };
  const hear = (id: string): void => bus.publish(id, () => [[id, 1, 0, null, 'PROGRESS', '1']]);
  const bus = new Bus();
  let taken = 0;
  const quota: WatchQuota = {
    takeWatch: () => {
      if (taken >= most) return false;
      taken += 1;
      return true;
    },
    giveWatches: (count) => {
      taken -= count;
    },
  };
  return { hear, heard, list: new WatchList(bus, subscriber, quota), taken: () => taken };
}

test('watches of others are bounded, own calls are not', () => {
  const { list } = setup();
  for (let n = 0; n < FOREIGN_WATCHES; n++) expect(list.add(`other-${n}`, 'foreign')).toBe(true);
  expect(list.add('one-too-many', 'foreign')).toBe(false);
  expect(list.add('own', 'own')).toBe(true);
});

test('a watch that ended or was dropped makes room', () => {
  const { list } = setup();
  for (let n = 0; n < FOREIGN_WATCHES; n++) list.add(`other-${n}`, 'foreign');
  list.drop('other-0');
  expect(list.add('another', 'foreign')).toBe(true);
  expect(list.ended('other-1')).toBe(true);
  expect(list.ended('other-1')).toBe(false);
  expect(list.add('and-another', 'foreign')).toBe(true);
  expect(list.add('no-more', 'foreign')).toBe(false);
});

test('watching twice counts once', () => {
  const { list } = setup();
  for (let n = 0; n < 2 * FOREIGN_WATCHES; n++) expect(list.add('same', 'foreign')).toBe(true);
});

test('a client that leaves hears nothing more', () => {
  const { hear, heard, list } = setup();
  list.add('a', 'own');
  list.add('b', 'foreign');
  hear('a');
  list.clear();
  hear('a');
  hear('b');
  expect(heard).toEqual(['a']);
});

test('what its subject has left of watches counts as well, and is given back', () => {
  const { list, taken } = setup(2);
  expect(['a', 'b', 'c'].map((id) => list.add(id, 'foreign'))).toEqual([true, true, false]);
  expect([list.add('mine', 'own'), list.add('back', 'resumed')]).toEqual([true, true]);
  expect(taken()).toBe(2);
  list.drop('a');
  list.drop('a');
  list.drop('mine');
  expect(taken()).toBe(1);
  expect(list.add('c', 'foreign')).toBe(true);
  list.clear();
  expect(taken()).toBe(0);
});

test('what is watched by a right to read is told from own calls', () => {
  const { list } = setup();
  list.add('mine', 'own');
  list.add('other', 'foreign');
  list.add('back', 'resumed');
  expect(list.notOwn()).toEqual(['other', 'back']);
  expect(['mine', 'other', 'back', 'none'].map((id) => list.isOwn(id))).toEqual([true, false, false, false]);
});
