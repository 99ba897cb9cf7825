import { FOREIGN_WATCHES } from '@celeriac/protocol';
import { expect, test } from 'vitest';
import { Bus, type Subscriber } from '../../events/bus.ts';
import { WatchList } from './watch-list.ts';

function setup() {
  const heard: string[] = [];
  const subscriber: Subscriber = { deliver: ([id]) => heard.push(id) };
  const hear = (id: string): void => bus.publish(id, () => [[id, 1, 0, null, 'PROGRESS', '1']]);
  const bus = new Bus();
  return { hear, heard, list: new WatchList(bus, subscriber) };
}

test('watches of others are bounded, own calls are not', () => {
  const { list } = setup();
  for (let n = 0; n < FOREIGN_WATCHES; n++) expect(list.add(`other-${n}`, true)).toBe(true);
  expect(list.add('one-too-many', true)).toBe(false);
  expect(list.add('own', false)).toBe(true);
});

test('a watch that ended or was dropped makes room', () => {
  const { list } = setup();
  for (let n = 0; n < FOREIGN_WATCHES; n++) list.add(`other-${n}`, true);
  list.drop('other-0');
  expect(list.add('another', true)).toBe(true);
  expect(list.ended('other-1')).toBe(true);
  expect(list.ended('other-1')).toBe(false);
  expect(list.add('and-another', true)).toBe(true);
  expect(list.add('no-more', true)).toBe(false);
});

test('watching twice counts once', () => {
  const { list } = setup();
  for (let n = 0; n < 2 * FOREIGN_WATCHES; n++) expect(list.add('same', true)).toBe(true);
});

test('a client that leaves hears nothing more', () => {
  const { hear, heard, list } = setup();
  list.add('a', false);
  list.add('b', true);
  hear('a');
  list.clear();
  hear('a');
  hear('b');
  expect(heard).toEqual(['a']);
});
