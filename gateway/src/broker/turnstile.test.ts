import { describe, expect, test } from 'vitest';
import { Turnstile } from './turnstile.ts';

describe('the turnstile', () => {
  test('lets so many through at a time, in the order in which they came', async () => {
    const turnstile = new Turnstile(2);
    const log: string[] = [];
    const ends: (() => void)[] = [];
    const pass = (name: string): Promise<void> =>
      turnstile.pass(() => {
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
    const turnstile = new Turnstile(1);
    await expect(turnstile.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turnstile.pass(async () => 4)).toBe(4);
  });
});
