import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RequestQueue, TooManyRequests } from './request-queue.ts';

test('are answered one at a time, in order, whatever became of the last', async () => {
  const requests = new RequestQueue();
  const log: string[] = [];
  const ask = (name: string, fails = false) =>
    requests.inTurn(async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const answers = await Promise.allSettled([ask('a', true), ask('b')]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test('beyond a thousand are refused, and taken again when some were answered', async () => {
  const requests = new RequestQueue();
  let go: () => void = () => undefined;
  const first = requests.inTurn(() => new Promise<void>((resolve) => (go = resolve)));
  const others = Array.from({ length: 999 }, () => requests.inTurn(async () => undefined));
  await expect(requests.inTurn(async () => undefined)).rejects.toBeInstanceOf(TooManyRequests);
  go();
  await Promise.all([first, ...others]);
  expect(await requests.inTurn(async () => 'answered')).toBe('answered');
});

test('have all of their room again once they were answered, or were not', async () => {
  const step = fc.oneof(
    fc.constantFrom({ do: 'turn' } as const, { do: 'answers' } as const, { do: 'fails' } as const),
    fc.record({ do: fc.constant('counted' as const), weight: fc.nat(16 * 1024 * 1024) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const queue = new RequestQueue();
      const open: PromiseWithResolvers<void>[] = [];
      const asked: Promise<unknown>[] = [];
      const ask = (): Promise<void> => {
        const answer = Promise.withResolvers<void>();
        open.push(answer);
        return answer.promise;
      };
      const counted = async (weight: number): Promise<void> => queue.counted(['x'.repeat(weight)], ask);
      for (const one of steps) {
        if (one.do === 'turn') asked.push(queue.inTurn(ask));
        else if (one.do === 'counted') asked.push(counted(one.weight));
        else if (one.do === 'answers') open.shift()?.resolve();
        else open.shift()?.reject(new Error('no'));
        for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      }
      let settled = false;
      const all = Promise.allSettled(asked).then(() => {
        settled = true;
      });
      while (!settled) {
        open.shift()?.resolve();
        await Promise.resolve();
      }
      await all;
      // All that there may be, and not a character more.
      const most = 32 * 1024 * 1024 - 2 * 64;
      const whole = counted(most);
      await expect(counted(0)).rejects.toBeInstanceOf(TooManyRequests);
      open.shift()?.resolve();
      await whole;
    }),
    { numRuns: 40 },
  );
});
