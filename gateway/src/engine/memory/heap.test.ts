import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap } from './heap.ts';

describe('Heap', () => {
  it('gives what was pushed in order, whatever is pushed in between', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer())), (steps) => {
        const heap = new Heap<number>((one, other) => one < other);
        let model: number[] = [];
        for (const step of steps) {
          if (step === null) {
            const [least, ...rest] = model.sort((one, other) => one - other);
            expect(heap.peek()).toBe(least);
            expect(heap.pop()).toBe(least);
            model = rest;
          } else {
            heap.push(step);
            model.push(step);
          }
          expect(heap.size).toBe(model.length);
        }
      }),
    );
  });
});
