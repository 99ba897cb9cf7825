import { beforeEach, expect, test } from 'vitest';
import { TestChildren } from '../../../test/test-children.ts';

let t: TestChildren;
beforeEach(() => {
  t = new TestChildren();
});

test('a run that is stopped before a child has it never begins', () => {
  const pool = t.open();
  t.enter(pool).abort('revoked', true, 5_000);
  expect(t.told).toEqual(['work rejected']);
  t.child(0).says(['ready', { rss: 5, heap: 1 }]);
  expect(t.child(0).runs).toBe(0);
});

test('an abort is named by its run, and force follows only after the grace', async () => {
  const pool = t.open();
  t.child(0).says(['ready', { rss: 5, heap: 1 }]);
  const run = t.enter(pool);
  run.abort('revoked', true, 500);
  expect(t.child(0).got.at(-1)).toEqual(['abort', expect.stringMatching(/^nonce-/), 'revoked']);
  await t.clock.advance(499);
  expect(t.child(0).killed).toBe(false);
  await t.clock.advance(1);
  expect(t.child(0).killed).toBe(true);
  expect(t.told).toEqual(['work began']);
  t.child(0).ends();
  expect(t.told).toEqual(['work began', 'work lost was ended by force (revoked)']);
  expect(t.children).toHaveLength(2);
});

test('a body that ends as it is killed has ended, and its child is not used again', async () => {
  const pool = t.open();
  t.child(0).says(['ready', { rss: 5, heap: 1 }]);
  t.enter(pool).abort('revoked', true, 0);
  t.child(0).settles();
  expect(t.told).toEqual(['work began', 'work success']);
  t.enter(pool, 'next');
  expect(t.child(0).runs).toBe(1);
  t.child(0).ends();
  t.child(1).says(['ready', { rss: 5, heap: 1 }]);
  expect(t.told.at(-1)).toBe('next began');
});
