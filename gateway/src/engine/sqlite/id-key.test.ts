import { describe, expect, it } from 'vitest';
import { NOW, uuid } from '../conformance/tasks.ts';
import { idKey, keyedHash } from './id-key.ts';

describe('idKey', () => {
  it('puts UUIDv7 in the order of their time', () => {
    expect(idKey(uuid(1), 'secret').time).toBe(NOW);
    expect(idKey(uuid(1, NOW + 1), 'secret').time).toBe(NOW + 1);
  });

  it.each(['', 'a', 'f47ac10b-58cc-4372-a567-0e02b2c3d479', 'zzzzzzzz-zzzz-7zzz-8zzz-zzzzzzzzzzzz'])(
    'gives %j no time',
    (id) => {
      expect(idKey(id, 'secret').time).toBe(0);
    },
  );

  it('spreads ids of one millisecond, differently in each store', () => {
    const ids = Array.from({ length: 10_000 }, (_, count) => uuid(count));
    const hashes = new Set(ids.map((id) => idKey(id, 'secret').hash));
    expect(hashes.size).toBe(ids.length);
    expect(ids.filter((id) => hashes.has(idKey(id, 'another').hash))).toEqual([]);
    for (const hash of hashes) expect(Number.isSafeInteger(hash)).toBe(true);
  });
});

describe('keyedHash', () => {
  it('gives what stands in the stores that exist', () => {
    expect(keyedHash('a text', 'secret')).toBe(2829_422_980_719_220);
  });
});
