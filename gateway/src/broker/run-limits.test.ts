import { ManualClock } from '@celeriac/runtime/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defined, setup } from '../../test/broker-setup.ts';
import { submitted } from '../../test/records.ts';
import { lease } from '../core/transitions.ts';
import { Catalog } from './catalog.ts';
import { type HeldTask, Leases } from './leases.ts';
import { RunLimits } from './run-limits.ts';

describe('what an operator set', () => {
  test('holds after a restart, above the definition', async () => {
    const world = await setup();
    await world.worker('w1', { tasks: { add: { ratePerHour: 5, taskLimit: 2 } } });
    await world.broker.control.run([
      ['rateLimit', 'add', 7],
      ['concurrencyLimit', 'add', null],
    ]);
    const after = await world.restarts([], { settings: (await world.engine.open()).settings });
    await after.worker('w1', { tasks: { add: { ratePerHour: 5, taskLimit: 2 } } });
    const [limits] = await after.broker.control.run([['concurrencyLimit', 'add', {}]]);
    expect(limits).toEqual({ ratePerHour: 7, taskLimit: null, keyLimit: null });
  });

  test('of a name that nobody has defined is refused', async () => {
    const world = await setup();
    await expect(world.broker.control.run([['rateLimit', 'typo', 7]])).rejects.toMatchObject({
      code: 'TASK_NOT_DEFINED',
    });
    expect((await world.engine.open()).settings).toEqual([]);
  });
});

describe('what was reserved', () => {
  const PER_HOUR = 10 * 3_600;
  const MOST = 4;
  const step = fc.oneof(
    fc.record({ reserves: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ settles: fc.nat(5), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ ends: fc.nat(5) }),
    fc.record({ passes: fc.nat(1_000) }),
    fc.record({
      tuned: fc.constantFrom<readonly (number | null)[]>([null, null], [PER_HOUR, MOST], [PER_HOUR, null]),
    }),
  );

  test('is given back: with nothing on its way or held, as many may be handed out as at first', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50, size: 'max' }), (steps) => {
        const clock = new ManualClock();
        const catalog = new Catalog();
        const leases = new Leases();
        const limits = new RunLimits(clock, catalog, leases);
        catalog.load([defined('add', { ratePerHour: PER_HOUR, taskLimit: MOST })]);
        const atFirst = limits.room('add');
        const reserved: number[] = [];
        const held: HeldTask[] = [];
        let tuned = false;
        let nonces = 0;
        const settle = (count: number, share: number): void => {
          const found = Math.round(count * share);
          for (let one = 0; one < found; one++) {
            const record = submitted({}, { id: `t${nonces}` });
            const got = leases.hold(lease(record, { session: 's', worker: 'w', nonce: `n${nonces++}` }));
            if (got !== undefined) held.push(got);
          }
          limits.settle('add', count, found);
        };
        for (const one of steps) {
          if ('reserves' in one) {
            const count = Math.min(one.reserves, limits.room('add'));
            if (count === 0) continue;
            limits.reserve('add', count);
            reserved.push(count);
          } else if ('settles' in one) {
            for (const count of reserved.splice(one.settles, 1)) settle(count, one.share);
          } else if ('ends' in one) for (const gone of held.splice(one.ends, 1)) leases.drop(gone);
          else if ('passes' in one) clock.hold(one.passes);
          else {
            tuned = true;
            const [ratePerHour, taskLimit] = one.tuned;
            const all = {
              ...(ratePerHour == null ? {} : { ratePerHour }),
              ...(taskLimit == null ? {} : { taskLimit }),
            };
            catalog.load([defined('add', all)]);
          }
          const onTheWay = reserved.reduce((sum, count) => sum + count, 0);
          // A limit that is set while tasks are out counts those that are held, and what is reserved from there on.
          if (!tuned) expect(held.length + onTheWay).toBeLessThanOrEqual(MOST);
        }
        for (const count of reserved.splice(0)) settle(count, 0);
        for (const gone of held.splice(0)) leases.drop(gone);
        clock.hold(60_000);
        catalog.load([defined('add', { ratePerHour: PER_HOUR, taskLimit: MOST })]);
        expect(limits.room('add')).toBe(atFirst);
        expect(limits.rateWaitMs('add')).toBeUndefined();
        catalog.load([defined('add', { taskLimit: MOST })]);
        expect(limits.room('add')).toBe(MOST);
      }),
    );
  });

  test('stays reserved when a definition changes meanwhile', () => {
    const catalog = new Catalog();
    const limits = new RunLimits(new ManualClock(), catalog, new Leases());
    catalog.load([defined('add', { taskLimit: MOST })]);
    limits.reserve('add', 3);
    catalog.load([defined('add', { taskLimit: MOST + 1 }), defined('mul')]);
    expect(limits.room('add')).toBe(MOST + 1 - 3);
    limits.settle('add', 3, 0);
    expect(limits.room('add')).toBe(MOST + 1);
  });

  test('comes back at once where a claim brought nothing, tokens and room alike', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 10 }), (counts) => {
        const catalog = new Catalog();
        const limits = new RunLimits(new ManualClock(), catalog, new Leases());
        catalog.load([defined('add', { ratePerHour: PER_HOUR, taskLimit: MOST })]);
        const atFirst = limits.room('add');
        const asked = counts.map((count) => {
          const most = Math.min(count, limits.room('add'));
          limits.reserve('add', most);
          return most;
        });
        for (const most of asked) limits.settle('add', most, 0);
        expect(limits.room('add')).toBe(atFirst);
        expect(limits.isRated('add')).toBe(false);
      }),
    );
  });
});
