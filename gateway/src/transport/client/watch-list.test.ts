import { FOREIGN_WATCHES } from '@celeriac/protocol/internal';
import fc from 'fast-check';
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
  return { bus, hear, heard, list: new WatchList(bus, subscriber, quota), taken: () => taken };
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

const watched = fc.constantFrom('a', 'b', 'c', 'd');
const watchStep = fc.tuple(
  fc.constantFrom('own', 'foreign', 'resumed', 'disown', 'mute', 'unmute', 'drop', 'ended'),
  watched,
);

test('gives back what it took of its subject and of the bus, whatever was muted, disowned or said to be its own', () => {
  fc.assert(
    fc.property(fc.array(watchStep, { maxLength: 40, size: 'max' }), fc.boolean(), (steps, leaves) => {
      const { bus, list, taken, hear, heard } = setup(3);
      for (const [what, id] of steps) {
        if (what === 'own' || what === 'foreign' || what === 'resumed') list.add(id, what);
        else if (what === 'ended') {
          // As the bus does when it tells of the end.
          bus.publish(id, () => [[id, 2, 0, 'SUCCESS', 'completed', 1, 'w', 0, '1']]);
          list.ended(id);
        } else list[what](id);
        const foreign = list.notOwn().length;
        expect(taken()).toBeLessThanOrEqual(Math.min(3, foreign));
        heard.length = 0;
        for (const one of ['a', 'b', 'c', 'd']) hear(one);
        expect(heard).toEqual(['a', 'b', 'c', 'd'].filter((one) => list.has(one)));
      }
      if (leaves) list.clear();
      else for (const id of ['a', 'b', 'c', 'd']) list.drop(id);
      expect([taken(), bus.size, list.notOwn()]).toEqual([0, 0, []]);
      expect(['a', 'b', 'c', 'd'].map((id) => list.has(id) || list.isOwn(id))).toEqual(Array(4).fill(false));
      // One that was muted and let go is heard of when it is watched again.
      for (const id of ['a', 'b', 'c', 'd']) list.add(id, 'own');
      expect(['a', 'b', 'c', 'd'].every((id) => list.has(id))).toBe(true);
    }),
  );
});

test.each([
  ['dropped', (list: WatchList, id: string) => list.drop(id)],
  ['ended', (list: WatchList, id: string) => list.ended(id)],
  ['called here', (list: WatchList, id: string) => list.add(id, 'own')],
  ['left all at once', (list: WatchList) => list.clear()],
] as const)('as many of others may be watched as at first when those before are %s', (_, giveBack) => {
  const { list, taken } = setup();
  for (let n = 0; n < FOREIGN_WATCHES; n++) list.add(`${n}`, n % 2 === 0 ? 'foreign' : 'resumed');
  for (let n = 1; n < FOREIGN_WATCHES; n += 2) expect(list.disown(`${n}`)).toBe(true);
  expect([taken(), list.add('more', 'foreign')]).toEqual([FOREIGN_WATCHES, false]);
  for (let n = 0; n < FOREIGN_WATCHES; n++) giveBack(list, `${n}`);
  expect(taken()).toBe(0);
  for (let n = 0; n < FOREIGN_WATCHES; n++) expect(list.add(`again ${n}`, 'foreign')).toBe(true);
  expect([taken(), list.add('more', 'foreign')]).toEqual([FOREIGN_WATCHES, false]);
});
