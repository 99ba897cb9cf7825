import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Contender, FIRST_STANDING, type QueueLead, shareOut } from './shares.ts';

const queues = (ready: number, ...weights: readonly number[]): readonly Contender[] =>
  weights.map((weight, position) => ({ queue: `q${position}`, weight, ready }));

describe('a worker that serves several queues', () => {
  test('shares its room out by their weights', () => {
    const { shares } = shareOut(8, queues(100, 3, 1), FIRST_STANDING);
    expect(Object.fromEntries(shares)).toEqual({ q0: 6, q1: 2 });
  });

  test('gives what one queue has no use for to the others', () => {
    const contenders = [
      { queue: 'long', weight: 1, ready: 100 },
      { queue: 'short', weight: 9, ready: 2 },
      { queue: 'empty', weight: 9, ready: 0 },
    ];
    const { shares } = shareOut(10, contenders, FIRST_STANDING);
    expect(Object.fromEntries(shares)).toEqual({ long: 8, short: 2 });
  });

  test('goes round with a single slot as well', () => {
    let standing: QueueLead = FIRST_STANDING;
    const served: string[] = [];
    for (let turn = 0; turn < 8; turn++) {
      const given = shareOut(1, queues(100, 3, 1), standing);
      standing = given.standing;
      served.push(...given.shares.keys());
    }
    expect(served.filter((queue) => queue === 'q0')).toHaveLength(6);
    expect(served.filter((queue) => queue === 'q1')).toHaveLength(2);
  });

  test('serves one that comes back no later and no more than its share, however often it does', () => {
    let standing: QueueLead = FIRST_STANDING;
    const served: string[] = [];
    for (let turn = 0; turn < 600; turn++) {
      const guest = { queue: 'guest', weight: 1, ready: turn % 3 === 0 ? 1 : 0 };
      const given = shareOut(1, [{ queue: 'always', weight: 1, ready: 100 }, guest], standing);
      standing = given.standing;
      served.push(...given.shares.keys());
    }
    const guests = served.filter((queue) => queue === 'guest').length;
    expect(guests).toBeGreaterThanOrEqual(60);
    expect(guests).toBeLessThanOrEqual(300);
  });

  test('lets none save up turns that it had no use for', () => {
    const idle = [
      { queue: 'q0', weight: 1, ready: 1 },
      { queue: 'q1', weight: 1, ready: 100 },
    ];
    const { standing } = shareOut(40, idle, FIRST_STANDING);
    const { shares } = shareOut(8, queues(100, 1, 1), standing);
    expect(shares.get('q0')).toBeLessThanOrEqual(5);
  });

  test('starves none: no queue is ever further behind its share than one turn of each', () => {
    const weight = fc.integer({ min: 1, max: 20 });
    const rooms = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 6 }), rooms, (weights, turns) => {
        const total = weights.reduce((sum, one) => sum + one, 0);
        const given = weights.map(() => 0);
        let standing: QueueLead = FIRST_STANDING;
        let all = 0;
        for (const room of turns) {
          const next = shareOut(room, queues(1_000, ...weights), standing);
          standing = next.standing;
          for (const [queue, count] of next.shares)
            given[Number(queue.slice(1))] = (given[Number(queue.slice(1))] ?? 0) + count;
          all += room;
          // All that there is room for is used, and each has its share but for the turns that are under way.
          expect(given.reduce((sum, one) => sum + one, 0)).toBe(all);
          for (const [position, mine] of weights.entries()) {
            expect(given[position]).toBeGreaterThanOrEqual(Math.floor((all * mine) / total) - weights.length);
          }
        }
      }),
    );
  });

  test('never gives more than the room, nor more than a queue has', () => {
    const contender = fc.record({
      queue: fc.constantFrom('a', 'b', 'c', 'd'),
      weight: fc.integer({ min: 1, max: 9 }),
      ready: fc.integer({ min: 0, max: 9 }),
    });
    const contenders = fc.uniqueArray(contender, { selector: ({ queue }) => queue });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), contenders), { maxLength: 20 }), (steps) => {
        let standing: QueueLead = FIRST_STANDING;
        for (const [room, present] of steps) {
          const { shares, standing: next } = shareOut(room, present, standing);
          standing = next;
          const ready = present.reduce((sum, one) => sum + one.ready, 0);
          expect([...shares.values()].reduce((sum, one) => sum + one, 0)).toBe(Math.min(room, ready));
          for (const { queue, ready: most } of present)
            expect(shares.get(queue) ?? 0).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  test('no queue is further ahead than one turn of its own, and of none that has nothing to give a lead is kept', () => {
    const rounds = fc.array(fc.tuple(fc.nat(12), fc.array(fc.nat(9), { minLength: 4, maxLength: 4 })), {
      maxLength: 30,
    });
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(weights, rounds, (weight, turns) => {
        let lead: QueueLead = FIRST_STANDING;
        for (const [room, ready] of turns) {
          const present = weight.map((own, at) => ({ queue: `q${at}`, weight: own, ready: ready[at] ?? 0 }));
          lead = shareOut(room, present, lead).standing;
          const giving = present.filter((one) => one.ready > 0).map(({ queue }) => queue);
          expect([...lead.keys()]).toEqual(giving);
          for (const [queue, ahead] of lead)
            expect(ahead).toBeLessThanOrEqual(1 / (weight[Number(queue.slice(1))] ?? 1) + 1e-9);
        }
        expect(shareOut(5, [], lead)).toEqual({ shares: new Map(), standing: new Map() });
      }),
    );
  });
});
