import fc from 'fast-check';
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

test('as many pass at a time as at first, whatever became of those before', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.constantFrom('comes', 'ends', 'fails'), { maxLength: 30 }),
      async (atOnce, steps) => {
        const semaphore = new Semaphore(atOnce);
        const inside: PromiseWithResolvers<void>[] = [];
        const all: Promise<unknown>[] = [];
        const come = (): void => {
          const one = Promise.withResolvers<void>();
          const act = (): Promise<void> => {
            inside.push(one);
            return one.promise;
          };
          all.push(semaphore.pass(act).catch(() => {}));
        };
        let came = 0;
        for (const what of steps) {
          if (what === 'comes') {
            come();
            came += 1;
          } else if (what === 'ends') inside.shift()?.resolve();
          else inside.shift()?.reject(new Error('no'));
          for (let turn = 0; turn < 6; turn++) await Promise.resolve();
          expect(inside.length).toBeLessThanOrEqual(atOnce);
        }
        for (let one = 0; one <= came; one++) {
          for (const pass of inside.splice(0)) pass.resolve();
          for (let turn = 0; turn < 6; turn++) await Promise.resolve();
        }
        await Promise.all(all);
        for (let one = 0; one <= atOnce; one++) come();
        expect(inside).toHaveLength(atOnce);
      },
    ),
  );
});
