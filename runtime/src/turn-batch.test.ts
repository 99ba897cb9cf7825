import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { cutBatch, TurnBatch } from './turn-batch.ts';

function setup() {
  const clock = new ManualClock();
  const flushed: number[][] = [];
  const batch = new TurnBatch<number>(clock, (items) => flushed.push(items));
  return { clock, flushed, batch };
}

describe('a batch of one turn', () => {
  test('leaves together at the end of the turn, in order', async () => {
    const { clock, flushed, batch } = setup();
    batch.add(1);
    batch.add(2);
    expect(flushed).toEqual([]);
    expect(batch.size).toBe(2);
    await clock.advance(0);
    expect(flushed).toEqual([[1, 2]]);
    expect(batch.size).toBe(0);
  });

  test('costs one callback, however many items', () => {
    const { clock, batch } = setup();
    for (let item = 0; item < 100; item++) batch.add(item);
    expect(clock.timers).toBe(1);
  });

  test('of the next turn is another one', async () => {
    const { clock, flushed, batch } = setup();
    batch.add(1);
    await clock.advance(0);
    batch.add(2);
    await clock.advance(0);
    expect(flushed).toEqual([[1], [2]]);
  });

  test('can be handed over at once, and is not handed over twice', async () => {
    const { clock, flushed, batch } = setup();
    batch.add(1);
    batch.flush();
    batch.flush();
    await clock.advance(0);
    expect(flushed).toEqual([[1]]);
  });

  test('keeps what its own flush adds for the next one', async () => {
    const clock = new ManualClock();
    const flushed: number[][] = [];
    const batch: TurnBatch<number> = new TurnBatch<number>(clock, (items) => {
      flushed.push(items);
      if (flushed.length === 1) batch.add(9);
    });
    batch.add(1);
    await clock.advance(0);
    expect(flushed).toEqual([[1], [9]]);
  });
});

describe('cutting a batch', () => {
  const identity = (size: number): number => size;

  test('of nothing gives nothing', () => {
    expect(cutBatch([], identity, 10, 10)).toEqual([]);
  });

  test('counts items', () => {
    expect(cutBatch([1, 1, 1, 1, 1], identity, 2, 100)).toEqual([[1, 1], [1, 1], [1]]);
  });

  test('counts sizes, and fills each run to the brim', () => {
    expect(cutBatch([4, 6, 1], identity, 10, 10)).toEqual([[4, 6], [1]]);
  });

  test('lets an item above the limit stand alone', () => {
    expect(cutBatch([1, 50, 1], identity, 10, 10)).toEqual([[1], [50], [1]]);
  });

  test('loses nothing, keeps the order, and keeps to both limits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 })),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 20 }),
        (items, maxItems, maxSize) => {
          const runs = cutBatch(items, identity, maxItems, maxSize);
          expect(runs.flat()).toEqual(items);
          for (const run of runs) {
            expect(run.length).toBeGreaterThan(0);
            expect(run.length).toBeLessThanOrEqual(maxItems);
            const size = run.reduce((sum, one) => sum + one, 0);
            expect(run.length === 1 || size <= maxSize).toBe(true);
          }
        },
      ),
    );
  });
});
