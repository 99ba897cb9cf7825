import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fifo } from './fifo.ts';

test('is the list that it stands for, whatever is pushed, taken, dropped and put back', () => {
  const step = fc.oneof(
    fc.record({ push: fc.nat() }),
    fc.constant({ take: true }),
    fc.record({ drop: fc.nat(5) }),
    fc.record({ putBack: fc.array(fc.nat(), { maxLength: 3 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const fifo = new Fifo<number>();
      let list: number[] = [];
      for (const one of steps) {
        if ('push' in one) {
          fifo.push(one.push);
          list.push(one.push);
        } else if ('take' in one) expect(fifo.take()).toBe(list.shift());
        else if ('drop' in one) {
          fifo.drop(one.drop);
          list = list.slice(one.drop);
        } else {
          fifo.putBack(one.putBack);
          list = [...one.putBack, ...list];
        }
        expect(fifo.size).toBe(list.length);
        expect([fifo.at(0), fifo.at(1), fifo.at(list.length)]).toEqual([list[0], list[1], undefined]);
      }
    }),
  );
});

test('keeps nothing that was taken', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const fifo = new Fifo<object>();
  for (let item = 0; item < 5; item++) fifo.push({ item });
  const [taken, left] = [fifo.at(0), fifo.at(1)].map((item) => new WeakRef(item ?? {}));
  fifo.take();
  // What a turn has looked at lives as long as the turn.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect([taken?.deref(), left?.deref()]).toEqual([undefined, { item: 1 }]);
});
