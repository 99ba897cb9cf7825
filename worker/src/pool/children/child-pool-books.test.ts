import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HandMade, TestChildren } from '../../../test/test-children.ts';
import type { Run } from '../pool.ts';

const which = fc.nat(9);
const step = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('enters', 'ready'), which) },
  fc.tuple(fc.constantFrom('settles', 'settles before handlers', 'followed', 'recorded'), which),
  fc.tuple(fc.constantFrom('broken', 'falls', 'has ended', 'asked to stop', 'to be ended'), which),
  fc.tuple(fc.constantFrom('resized', 'passes'), which),
);

test('whatever children do: each run ends once, and a pool that has stopped has no timer and no child', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), fc.boolean(), async (steps, kills) => {
      const t = new TestChildren();
      const pool = t.open({ size: 2, maxTasks: 3 });
      const runs: Run[] = [];
      /** How many of a child's bodies have, and whether handlers are left of the last. */
      const ended = new Map<HandMade, number>();
      const following = new Set<HandMade>();
      for (const [what, number] of steps) {
        const child = t.children[number % t.children.length];
        const run = runs[number % Math.max(1, runs.length)];
        if (what === 'enters') runs.push(t.enter(pool, `run${runs.length}`));
        else if (what === 'resized') pool.resize(1 + (number % 4));
        else if (what === 'passes') await t.clock.advance(2_000 * number);
        else if (what === 'asked to stop') run?.abort('revoked', false, 0);
        else if (what === 'to be ended') run?.abort('revoked', true, 500 * number);
        else if (what === 'recorded') t.follow?.(number % 2 === 0);
        else if (child === undefined) continue;
        else if (what === 'ready') child.says(['ready', { rss: 5, heap: 1 }]);
        else if (what === 'followed') {
          if (following.delete(child)) child.says(['followed', { rss: 5, heap: 1 }]);
        } else if (what === 'settles' || what === 'settles before handlers') {
          if (child.runs === (ended.get(child) ?? 0) || following.has(child)) continue;
          ended.set(child, child.runs);
          if (what === 'settles') child.settles();
          else {
            following.add(child);
            child.settlesBeforeHandlers();
          }
        } else if (what === 'broken') child.says(['broken', 'no such table', number === 0]);
        else if (what === 'falls') child.ends();
        else child.says(['ended']);
      }
      // As a worker stops: what still runs is given back, and the pool is left.
      for (const run of runs) run.abort('shutdown', true, 0);
      let stopped = false;
      void pool.stop().then(() => {
        stopped = true;
      });
      if (kills) pool.kill();
      const before = t.children.length;
      for (const child of t.children) {
        child.says(['ended']);
        if (child.killed) child.ends();
      }
      await t.clock.advance(0);
      expect([stopped, t.clock.timers, t.children.length]).toEqual([true, 0, before]);
      for (const [number] of runs.entries()) {
        const ends = t.told.filter((line) => /^\S+ (success|failure|lost|rejected)/.test(line));
        expect(ends.filter((line) => line.startsWith(`run${number} `))).toHaveLength(1);
      }
    }),
  );
});
