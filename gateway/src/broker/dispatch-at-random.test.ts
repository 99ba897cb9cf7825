import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { setup, type World } from '../../test/broker-setup.ts';
import type { TestWorker } from '../../test/test-worker.ts';

describe('whatever happens', () => {
  type Step = (world: World, workers: readonly TestWorker[]) => Promise<unknown>;

  const pick = fc.nat();
  const holder = (workers: readonly TestWorker[], number: number) => workers[number % workers.length];
  const heldBy = (worker: TestWorker | undefined, number: number): string | undefined => {
    const held = worker?.assigned.filter(([nonce]) => worker.session.held.has(nonce)) ?? [];
    return held[number % Math.max(1, held.length)]?.[1];
  };
  let calls = 0;

  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.integer({ min: 1, max: 6 }).map(
      (count): Step =>
        (world) =>
          world.caller.calls(Array.from({ length: count }, () => `t${calls++}`)),
    ),
    fc.tuple(pick, pick, fc.constantFrom('start', 'settle', 'release', 'retry', 'revoke')).map(
      ([who, which, what]): Step =>
        async (world, workers) => {
          const worker = holder(workers, who);
          const id = heldBy(worker, which);
          if (worker === undefined || id === undefined) return;
          if (what === 'start') await worker.starts(id);
          else if (what === 'settle') await worker.settles(id);
          else if (what === 'release') await worker.releases(id);
          else if (what === 'retry') await worker.settles(id, ['retry', '{}', '{}', 0]);
          else await world.broker.revoker.revoke([[id, false, 0]]);
        },
    ),
    fc.constant<Step>((world) => world.turn()),
    fc.constant<Step>(async (world) => world.engine.holdClaims()),
    fc.constant<Step>(async (world) => world.engine.answerClaims()),
    pick.map(
      (who): Step =>
        async (_, workers) =>
          holder(workers, who)?.disconnects(),
    ),
  );

  test('no worker gets more than it takes, and no task is held twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60, size: 'max' }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
        async (steps, capacities) => {
          const world = await setup();
          const workers: TestWorker[] = [];
          for (const [position, capacity] of capacities.entries()) {
            workers.push(await world.worker(`w${position}`, { capacity }));
          }
          for (const act of steps) {
            await act(world, workers);
            for (const { session } of workers) {
              expect(session.held.size).toBeLessThanOrEqual(session.capacity);
            }
          }
          world.engine.answerClaims();
          await world.turn();
          const nonces = workers.flatMap(({ assigned }) => assigned.map(([nonce]) => nonce));
          expect(new Set(nonces).size).toBe(nonces.length);
          const heldIds = workers.flatMap((worker) =>
            worker.assigned.filter(([nonce]) => worker.session.held.has(nonce)).map(([, id]) => id),
          );
          const records = await world.engine.get(heldIds);
          const live = records.filter((record) => record?.phase === 'leased' || record?.phase === 'running');
          expect(new Set(live.map((record) => record?.id)).size).toBe(live.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('with workers that go on, every task ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const world = await setup();
        const workers = [
          await world.worker('w0', { capacity: 2 }),
          await world.worker('w1', { capacity: 1 }),
        ];
        const first = calls;
        for (const act of steps) await act(world, workers);
        world.engine.answerClaims();
        await world.pass(6_000);
        const last = await world.worker('last', { capacity: 3 });
        for (let round = 0; round < 400; round++) {
          const id = heldBy(last, 0);
          if (id === undefined) break;
          await last.runs(id);
          await world.turn();
          await world.pass(1, last, ...workers);
          for (const worker of workers) {
            const held = heldBy(worker, 0);
            if (held !== undefined && worker.session.port !== null) await worker.runs(held);
          }
        }
        const ids = Array.from({ length: calls - first }, (_, position) => `t${first + position}`);
        for (const worker of workers) {
          for (let held = heldBy(worker, 0); held !== undefined; held = heldBy(worker, 0))
            await worker.runs(held);
        }
        await world.turn();
        for (let held = heldBy(last, 0); held !== undefined; held = heldBy(last, 0)) {
          await last.runs(held);
          await world.turn();
        }
        const phases = (await world.engine.get(ids)).map((record) => record?.phase);
        expect(phases).toEqual(ids.map(() => 'ended'));
      }),
      { numRuns: 60 },
    );
  });

  test('everything is given back in the end: slots, room that was asked for, limits, keys, trials, lanes and timers', async () => {
    const tasks = { add: {}, mul: { taskLimit: 2, ratePerHour: 3_600_000 }, key: { keyLimit: 1 } };
    const limited: fc.Arbitrary<Step> = fc.oneof(
      fc.constantFrom('mul', 'key').map(
        (name): Step =>
          (world) =>
            world.caller.submits([
              `t${calls++}`,
              name,
              '[]',
              name === 'key' ? { concurrencyKey: 'k' } : null,
              0,
            ]),
      ),
      fc.tuple(pick, fc.constantFrom('resume', 'lose', 'expire', 'call again')).map(
        ([who, what]): Step =>
          async (world, workers) => {
            const worker = holder(workers, who);
            if (worker === undefined) return;
            if (what === 'call again') await world.caller.calls(`t${Math.max(0, calls - 1 - (who % 3))}`);
            else if (what === 'lose') await world.broker.sessions.lose(worker.session, 'it signed off');
            else if (what === 'expire') await world.caller.calls(`t${calls++}`, { expiresMs: 1 });
            else if (worker.session.port === null) await worker.resume();
          },
      ),
      fc.nat(3_000).map(
        (ms): Step =>
          (world) =>
            world.clock.advance(ms),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 3, arbitrary: step }, { weight: 2, arbitrary: limited }), {
          maxLength: 40,
          size: 'max',
        }),
        async (steps) => {
          const world = await setup();
          const { roster, dispatcher, bus, leases } = world.broker;
          const workers = [
            await world.worker('w0', { capacity: 3, tasks }),
            await world.worker('w1', { capacity: 2, tasks, pool: 'processes' }),
          ];
          const first = calls;
          for (const act of steps) await act(world, workers);
          world.engine.answerClaims();
          await world.turn();
          for (const session of [...roster.all()])
            await world.broker.sessions.lose(session, 'the test is over');
          await world.pass(6_000);
          const last = await world.worker('last', { capacity: 3, tasks });
          const run = async (): Promise<void> => {
            for (
              let round = 0;
              round < 600 && world.engine.waiting.size + last.session.held.size > 0;
              round++
            ) {
              const id = heldBy(last, 0);
              if (id !== undefined) await last.runs(id);
              await world.pass(id === undefined ? 500 : 1, last);
            }
          };
          await run();
          // As a client's connection does with what it is shown as ended: nobody hears of that any more.
          for (const id of world.caller.shown) bus.unwatch(id, world.caller);
          const ids = Array.from({ length: calls - first }, (_, position) => `t${first + position}`);
          const records = await world.engine.get(ids);
          expect(records.filter((record) => record?.phase !== 'ended')).toEqual([]);
          const balance = [...roster.all()].map(({ held, asked, trial }) => [held.size, asked, trial]);
          expect(balance).toEqual([[0, 0, null]]);
          expect([world.engine.waiting.size, world.engine.lanes, bus.size]).toEqual([0, 0, 0]);
          expect([dispatcher.couldDeliver, dispatcher.suspectsHeldBack]).toEqual([false, 0]);
          expect([leases.size, leases.coming]).toEqual([0, 0]);

          // As many of each as at first.
          await world.pass(1_000, last);
          const more = ['mul', 'mul', 'mul', 'key', 'key'];
          await world.caller.submits(
            ...more.map(
              (name, position) =>
                [
                  `m${first}.${position}`,
                  name,
                  '[]',
                  name === 'key' ? { concurrencyKey: 'k' } : null,
                  0,
                ] as const,
            ),
          );
          await world.turn();
          const held = last.assigned
            .filter(([nonce]) => last.session.held.has(nonce))
            .map(([, , , name]) => name);
          expect([...held].sort()).toEqual(['key', 'mul', 'mul']);
          await run();
          await world.broker.stop();
          await world.turn();
          expect(world.clock.timers).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });
});
