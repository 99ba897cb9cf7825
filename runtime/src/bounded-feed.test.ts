import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BoundedFeed } from './bounded-feed.ts';

describe('a feed', () => {
  test('gives what was pushed, in order, once', () => {
    const feed = new BoundedFeed<string>(10);
    expect(feed.empty).toBe(true);
    feed.push('a', 'a1', 1);
    feed.push('b', 'b1', 1);
    feed.push('a', 'a2', 1);
    expect(feed.empty).toBe(false);
    expect(feed.take()).toMatchObject({ items: ['a1', 'b1', 'a2'], stale: [] });
    expect(feed.empty).toBe(true);
    expect(feed.take()).toMatchObject({ items: [], stale: [] });
  });

  test('above its limit remembers which keys to read anew, each once', () => {
    const feed = new BoundedFeed<string>(2);
    feed.push('a', 'a1', 1);
    feed.push('b', 'b1', 1);
    feed.push('c', 'c1', 1);
    feed.push('c', 'c2', 1);
    expect(feed.take()).toMatchObject({ items: ['a1', 'b1'], stale: ['c'] });
  });

  test('drops the later items of a stale key even where they would fit: they would be out of order', () => {
    const feed = new BoundedFeed<string>(10);
    feed.push('a', 'a1', 8);
    feed.push('b', 'large', 5);
    feed.push('b', 'small', 1);
    feed.push('a', 'a2', 2);
    expect(feed.take()).toMatchObject({ items: ['a1', 'a2'], stale: ['b'] });
  });

  test('takes a single item above its limit: it could never be sent otherwise', () => {
    const feed = new BoundedFeed<string>(2);
    feed.push('a', 'large', 5);
    expect(feed.take()).toMatchObject({ items: ['large'], stale: [] });
  });

  test('has its whole room again after it was read', () => {
    const feed = new BoundedFeed<string>(1);
    feed.push('a', 'a1', 1);
    feed.push('a', 'a2', 1);
    feed.take();
    feed.push('a', 'a3', 1);
    expect(feed.take()).toMatchObject({ items: ['a3'], stale: [] });
  });

  test('gives each key all of its items in order, or a prefix of them and says so', () => {
    const push = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(fc.array(push), fc.integer({ min: 1, max: 20 }), (pushes, limit) => {
        const feed = new BoundedFeed<readonly [string, number]>(limit);
        for (const [position, [key, size]] of pushes.entries()) feed.push(key, [key, position], size);
        const { items, stale } = feed.take();
        for (const wanted of ['a', 'b', 'c']) {
          const sent = pushes.flatMap(([key], position) => (key === wanted ? [position] : []));
          const got = items.flatMap(([key, position]) => (key === wanted ? [position] : []));
          expect(got).toEqual(sent.slice(0, got.length));
          expect(stale.includes(wanted)).toBe(got.length < sent.length);
        }
      }),
    );
  });
});

test('forgets what waits under some keys, and has their room again', () => {
  const feed = new BoundedFeed<string>(2);
  expect(['a1', 'b1', 'a2', 'c1'].map((item) => feed.push(item.slice(0, 1), item, 1))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  feed.forget(new Set(['a']), (item) => item.slice(0, 1));
  expect(feed.push('a', 'a3', 1)).toBe(true);
  expect(feed.take()).toEqual({ items: ['b1', 'a3'], sizes: [1, 1], stale: ['c'] });
});

test('has all of its room again once everything was taken or forgotten', () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof(
    fc.tuple(fc.constant('push'), key, fc.nat(60)),
    fc.tuple(fc.constant('forget'), key, fc.constant(0)),
    fc.tuple(fc.constant('take'), key, fc.constant(0)),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, byTaking) => {
      const feed = new BoundedFeed<readonly [string, number]>(100);
      const forget = (...keys: readonly string[]): void => feed.forget(new Set(keys), ([key]) => key);
      for (const [what, name, size] of steps) {
        if (what === 'push') feed.push(name, [name, size], size);
        else if (what === 'forget') forget(name);
        else feed.take();
      }
      if (byTaking) feed.take();
      else forget('a', 'b', 'c');
      expect(feed.empty).toBe(true);
      expect([
        feed.push('a', ['a', 60], 60),
        feed.push('b', ['b', 40], 40),
        feed.push('c', ['c', 1], 1),
      ]).toEqual([true, true, false]);
    }),
  );
});
