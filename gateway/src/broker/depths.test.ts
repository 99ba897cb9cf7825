import fc from 'fast-check';
import { expect, test } from 'vitest';
import { submitted } from '../../test/records.ts';
import type { StoredTask } from '../core/record.ts';
import { Depths } from './depths.ts';

const RULES = { maxDepth: 3, maxQueues: 2, maxLanes: 4 };
const QUEUES = ['a', 'b', 'c'];

const step = fc.oneof(
  fc.record({ queue: fc.constantFrom(...QUEUES), forced: fc.boolean() }),
  fc.record({ arrives: fc.nat(6), taken: fc.boolean() }),
  fc.record({ leaves: fc.nat(6) }),
);

test('counts nothing as coming once all has arrived or was not taken, and never lets more wait than may', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const waiting = new Map<string, number>();
      const engine = { waiting, lanes: 0 };
      const nobody = { queue: () => false, name: () => false };
      const depths = new Depths(engine, RULES, nobody);
      const coming: StoredTask[] = [];
      const wait = (queue: string, by: number): void => {
        const count = (waiting.get(queue) ?? 0) + by;
        if (count === 0) waiting.delete(queue);
        else waiting.set(queue, count);
        engine.lanes += by;
      };
      let forced = 0;
      for (const one of steps) {
        if ('queue' in one) {
          const record = submitted({ queue: one.queue });
          if (one.forced) {
            depths.come(record);
            forced += 1;
          }
          if (one.forced || depths.enter(record) === undefined) coming.push(record);
        } else if ('arrives' in one) {
          const arrived = coming.splice(one.arrives, 2);
          if (one.taken) for (const { options } of arrived) wait(options.queue, 1);
          depths.arrived(arrived);
        } else {
          const [queue] = [...waiting.keys()].slice(one.leaves % Math.max(1, waiting.size));
          if (queue !== undefined) wait(queue, -1);
        }
        if (forced > 0) continue;
        const there = coming.map(({ options }) => options.queue);
        for (const queue of QUEUES) {
          const depth = (waiting.get(queue) ?? 0) + there.filter((other) => other === queue).length;
          expect(depth).toBeLessThanOrEqual(RULES.maxDepth);
        }
        expect(new Set([...waiting.keys(), ...there]).size).toBeLessThanOrEqual(RULES.maxQueues);
        expect(engine.lanes + coming.length).toBeLessThanOrEqual(RULES.maxLanes);
      }
      depths.arrived(coming);
      waiting.clear();
      engine.lanes = 0;
      const enters = (queue: string) => depths.enter(submitted({ queue }));
      // All that there may be: so many in one queue, so many queues, so many lanes.
      expect(['c', 'c', 'c', 'c'].map(enters)).toEqual([undefined, undefined, undefined, 'QUEUE_FULL']);
      expect(['b', 'b', 'a'].map(enters)).toEqual([undefined, 'TOO_MANY_NAMES', 'TOO_MANY_QUEUES']);
    }),
  );
});

test('a task that does not wait takes no place and gives none back', () => {
  const depths = new Depths({ waiting: new Map(), lanes: 0 }, RULES, { queue: () => true, name: () => true });
  const ended = { ...submitted(), phase: 'ended' } as const;
  for (let turn = 0; turn < 9; turn++) expect(depths.enter(ended)).toBeUndefined();
  depths.arrived([ended, ended]);
  const enters = (): unknown => depths.enter(submitted());
  expect([enters(), enters(), enters(), enters()]).toEqual([undefined, undefined, undefined, 'QUEUE_FULL']);
});
