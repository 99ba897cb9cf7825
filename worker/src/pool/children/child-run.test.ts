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

test('a run whose handlers are to hear of its outcome keeps its child until they have', () => {
  const pool = t.open();
  const child = t.child(0).says(['ready', { rss: 5, heap: 1 }]);
  t.enter(pool);
  child.says(['entered']).settlesBeforeHandlers();
  expect(t.told).toEqual(['work began', 'work entered', 'work success']);
  t.follow?.(true);
  expect(child.got.at(-1)).toEqual(['follow', expect.stringMatching(/^nonce-/), true]);
  child.says(['followed', { rss: 5, heap: 1 }]);
  expect(t.told.slice(3)).toEqual(['work followed']);
  t.enter(pool, 'next');
  expect([t.told.at(-1), child.runs]).toEqual(['next began', 2]);
});

test('handlers that do not heed their limit end with their child, and the outcome stands', async () => {
  const pool = t.open();
  const child = t.child(0).says(['ready', { rss: 5, heap: 1 }]);
  const run = t.enter(pool);
  child.settlesBeforeHandlers();
  t.follow?.(true);
  run.abort('handler-limit', true, 1_000);
  await t.clock.advance(999);
  expect(child.killed).toBe(false);
  await t.clock.advance(1);
  expect(child.killed).toBe(true);
  child.ends();
  expect(t.told).toEqual([
    'work began',
    'work success',
    'work followed: child 0 was ended by force (handler-limit)',
  ]);
});

test('handlers that heed their limit in time keep their child', async () => {
  const pool = t.open();
  const child = t.child(0).says(['ready', { rss: 5, heap: 1 }]);
  const run = t.enter(pool);
  child.settlesBeforeHandlers();
  run.abort('handler-limit', true, 1_000);
  child.says(['followed', { rss: 5, heap: 1 }]);
  await t.clock.advance(10_000);
  expect(child.killed).toBe(false);
  expect(t.told).toEqual(['work began', 'work success', 'work followed']);
});
