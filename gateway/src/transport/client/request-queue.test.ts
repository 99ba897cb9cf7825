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
