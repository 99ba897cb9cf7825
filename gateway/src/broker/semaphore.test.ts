import { describe, expect, test } from 'vitest';
import { Semaphore } from './semaphore.ts';

describe('the semaphore', () => {
  test('lets so many through at a time, in the order in which they came', async () => {
    const semaphore = new Semaphore(2);
    const log: string[] = [];
    const ends: (() => void)[] = [];
    const pass = (name: string): Promise<void> =>
      semaphore.pass(() => {
        log.push(name);
        return new Promise((resolve) => ends.push(resolve));
      });
    const passes = [pass('a'), pass('b'), pass('c'), pass('d')];
    expect(log).toEqual(['a', 'b']);
    ends[1]?.();
    await passes[1];
    expect(log).toEqual(['a', 'b', 'c']);
    ends[0]?.();
    await passes[0];
    expect(log).toEqual(['a', 'b', 'c', 'd']);
  });

  test('is not held up by one that fails', async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await semaphore.pass(async () => 4)).toBe(4);
  });
});
