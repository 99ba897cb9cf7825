import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyCounts } from './key-counts.ts';

test('counts what was not given back, of each key and in all, and nothing of a key that has it all back', () => {
  const change = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean());
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const counts = new KeyCounts<string>();
      const taken: string[] = [];
      for (const [key, gives] of changes) {
        const place = taken.indexOf(key);
        if (gives && place === -1) continue;
        if (gives) taken.splice(place, 1);
        else taken.push(key);
        counts.add(key, gives ? -1 : 1);
        for (const one of ['a', 'b', 'c'])
          expect(counts.of(one)).toBe(taken.filter((other) => other === one).length);
        expect(counts.total).toBe(taken.length);
      }
      for (const key of taken) counts.add(key, -1);
      expect([counts.counts.size, counts.total]).toEqual([0, 0]);
    }),
  );
});
