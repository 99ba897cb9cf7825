import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkRing } from './chunk-ring.ts';

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ push: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ dropBefore: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ restart: fc.nat(40) }) },
);

test('a ring is the list of what was pushed, less what was dropped', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const ring = new ChunkRing<string>();
      let kept: { readonly index: number; readonly size: number }[] = [];
      let next = 0;
      for (const one of steps) {
        if ('push' in one) {
          ring.push(`${next}`, one.push);
          kept.push({ index: next, size: one.push });
          next += 1;
        } else if ('dropBefore' in one) {
          ring.dropBefore(one.dropBefore);
          kept = kept.filter(({ index }) => index >= one.dropBefore);
        } else {
          ring.restart(one.restart);
          kept = [];
          next = one.restart;
        }
        expect([ring.next, ring.count, ring.first]).toEqual([next, kept.length, kept[0]?.index ?? next]);
        expect(ring.size).toBe(kept.reduce((sum, { size }) => sum + size, 0));
        expect(ring.read(ring.first, 1_000, 10_000)).toEqual(kept.map(({ index }) => `${index}`));
        const [, second] = kept;
        if (second !== undefined) expect(ring.sizeBetween(ring.first, second.index)).toBe(kept[0]?.size);
      }
    }),
  );
});

describe('what is read', () => {
  test('has as many as the limits allow, and one at least', () => {
    const ring = new ChunkRing<string>();
    for (const chunk of ['aaa', 'b', 'cc', 'd']) ring.push(chunk, chunk.length);
    expect(ring.read(0, 10, 100)).toEqual(['aaa', 'b', 'cc', 'd']);
    expect(ring.read(0, 2, 100)).toEqual(['aaa', 'b']);
    expect(ring.read(0, 10, 4)).toEqual(['aaa', 'b']);
    expect(ring.read(0, 10, 1)).toEqual(['aaa']);
    expect(ring.read(4, 10, 100)).toEqual([]);
  });
});
