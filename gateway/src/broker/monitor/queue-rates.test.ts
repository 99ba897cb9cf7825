import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QueueRates } from './queue-rates.ts';

function pass(rates: QueueRates, seconds: number): void {
  for (let second = 0; second < seconds; second++) rates.tick();
}

describe('the rates of queues', () => {
  test('are those of the last minute, or of as long as there is anything to count', () => {
    const rates = new QueueRates();
    rates.came('a');
    rates.came('a');
    rates.left('a');
    pass(rates, 1);
    expect(rates.perSecond('a')).toEqual([2, 1]);
    pass(rates, 9);
    rates.came('a');
    expect(rates.perSecond('a')).toEqual([0.2, 0.1]);
    pass(rates, 51);
    expect(rates.perSecond('a')).toEqual([1 / 60, 0]);
    expect(rates.perSecond('b')).toEqual([0, 0]);
  });

  test('finding 5: are forgotten a minute after the last task, and kept for so many names', () => {
    const rates = new QueueRates();
    for (let count = 0; count < 30_000; count++) rates.came(`q${count}`);
    expect([...rates.names()]).toHaveLength(10_000);
    pass(rates, 60);
    expect(rates.perSecond('q1')).toEqual([1 / 60, 0]);
    pass(rates, 1);
    expect([...rates.names()]).toEqual([]);
    rates.came('new');
    expect([...rates.names()]).toEqual(['new']);
  });

  test('are nothing again a minute after the last task, whatever came and left', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const step = fc.tuple(fc.constantFrom('came', 'left', 'tick'), name, fc.integer({ min: 1, max: 70 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const rates = new QueueRates();
        for (const [what, queue, count] of steps) {
          if (what === 'tick') pass(rates, count);
          else for (let one = 0; one < count; one++) rates[what](queue);
          for (const one of ['a', 'b', 'c'])
            expect(rates.perSecond(one).every((rate) => rate >= 0)).toBe(true);
        }
        pass(rates, 61);
        expect([...rates.names()]).toEqual([]);
        rates.came('a');
        pass(rates, 1);
        expect(rates.perSecond('a')).toEqual([1 / Math.min(60, 62), 0]);
      }),
    );
  });
});
