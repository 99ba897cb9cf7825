import type { Definition } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defined } from '../../test/broker-setup.ts';
import { Catalog } from './catalog.ts';

const BOUNDS = { names: 6, ofQueue: 3 };
const QUEUES = ['a', 'b', 'c'];

const step = fc.array(
  fc.record({ name: fc.nat(9), queue: fc.constantFrom(...QUEUES), revision: fc.nat(2) }),
  { maxLength: 4 },
);

test('a queue has as many names as it may, also after some have moved to another one', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const catalog = new Catalog(BOUNDS);
      const queueOf = new Map<string, string>();
      const countOf = (queue: string): number => [...queueOf.values()].filter((one) => one === queue).length;
      for (const one of steps) {
        // The last of each name, as a worker has it.
        const given = new Map<string, Definition>();
        for (const { name, queue, revision } of one)
          given.set(`t${name}`, defined(`t${name}`, { queue, maxRetries: revision }));
        const { taken, crowded } = catalog.update([...given.values()], () => true);
        expect(taken.length + crowded.length).toBe(given.size);
        for (const { name, options } of taken) queueOf.set(name, options.queue ?? '');
        expect(queueOf.size).toBeLessThanOrEqual(BOUNDS.names);
      }
      for (const queue of QUEUES) {
        const room = Math.max(0, Math.min(BOUNDS.ofQueue - countOf(queue), BOUNDS.names - queueOf.size));
        const more = Array.from({ length: 4 }, (_, number) => defined(`${queue}${number}`, { queue }));
        const { taken } = catalog.update(more, () => true);
        expect(taken).toHaveLength(room);
        for (const { name } of taken) queueOf.set(name, queue);
      }
    }),
  );
});
