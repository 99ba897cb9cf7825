/** What a worker finds that comes to lanes which nobody served, and what those cost until then. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { setup, type World } from '../../test/broker-setup.ts';
import { TestWorker } from '../../test/test-worker.ts';

async function leaves(world: World, worker: TestWorker): Promise<void> {
  await world.broker.sessions.lose(worker.session, 'it left');
  await world.turn();
}

describe('finding 5: queues that nobody serves', () => {
  test('cause no claim, and leave nothing when their tasks are revoked', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    world.engine.holdClaims();
    const ids = Array.from({ length: 300 }, (_, count) => `t${count}`);
    for (const id of ids) await world.caller.calls(id, { queue: `queue of ${id}` });
    await world.turn();
    expect(world.engine.claiming).toBe(0);
    expect([world.engine.waiting.size, world.engine.lanes]).toEqual([300, 300]);
    await world.broker.revoker.revoke(ids.map((id) => [id, false, 0]));
    expect([world.engine.waiting.size, world.engine.lanes]).toEqual([0, 0]);
    world.engine.answerClaims();
    await world.caller.calls('1');
    expect(worker.ids).toEqual(['1']);
  });

  test('are no names that nobody defined either', async () => {
    const world = await setup();
    await world.worker('w1', { tasks: { mul: {} } });
    const ids = Array.from({ length: 300 }, (_, count) => `t${count}`);
    world.engine.holdClaims();
    for (const id of ids) {
      world.caller.definitions.set(`task of ${id}`, {});
      await world.caller.submits([id, `task of ${id}`, '[]', null, 0]);
    }
    await world.turn();
    expect(world.engine.claiming).toBe(0);
    expect([world.engine.waiting.size, world.engine.lanes]).toEqual([1, 300]);
    await world.broker.revoker.revoke(ids.map((id) => [id, false, 0]));
    expect([world.engine.waiting.size, world.engine.lanes]).toEqual([0, 0]);
  });
});

describe('a worker that comes', () => {
  const media = { queue: 'media' };

  test('is given what waits for it, the best first, before what comes with it', async () => {
    const world = await setup();
    await world.caller.calls(['1', '2'], media);
    await world.caller.calls('first', { ...media, priority: 9 });
    const worker = new TestWorker(world.broker, {
      name: 'w1',
      bootId: 'boot',
      machine: '',
      queues: ['media'],
      tasks: { add: {} },
      appOptions: {},
      capacity: 3,
    });
    const joining = worker.join();
    const calling = world.caller.calls('3', media);
    await Promise.all([joining, calling]);
    await world.turn();
    expect(worker.ids).toEqual(['first', '1', '2']);
  });

  test('finds again what was left when the last one before it went', async () => {
    const world = await setup();
    await world.caller.calls(['1', '2', '3'], media);
    const first = await world.worker('w1', { queues: ['media'], capacity: 1 });
    expect(first.ids).toEqual(['1']);
    await leaves(world, first);
    await world.caller.calls('4', media);
    const second = await world.worker('w2', { queues: ['media'] });
    expect([...second.ids].sort()).toEqual(['1', '2', '3', '4']);
  });

  test('and serves something else when it comes back finds what waits there', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1', media);
    worker.disconnects();
    const session = worker.session.id;
    const again = new TestWorker(world.broker, { ...worker.settings, queues: ['media'] });
    await again.join({ session, held: [] });
    await world.turn();
    expect(again.ids).toEqual(['1']);
    await world.caller.calls('2');
    await world.turn();
    expect(again.ids).toEqual(['1']);
  });
});

describe('whoever comes and goes', () => {
  type Step = (world: World, workers: TestWorker[]) => Promise<unknown>;
  const QUEUES = ['default', 'media', 'mail'];
  const NAMES = ['add', 'mul'];
  const pick = fc.nat(9);
  let calls = 0;

  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.tuple(fc.constantFrom(...QUEUES), fc.constantFrom(...NAMES), fc.nat(3), fc.boolean()).map(
      ([queue, name, count, later]): Step =>
        (world) =>
          world.caller.submits(
            ...Array.from(
              { length: count + 1 },
              () => [`t${calls++}`, name, '[]', { queue, ...(later ? { countdownMs: 5 } : {}) }, 0] as const,
            ),
          ),
    ),
    fc
      .tuple(
        fc.subarray(QUEUES, { minLength: 1 }),
        fc.subarray(NAMES, { minLength: 1 }),
        fc.integer({ min: 1, max: 3 }),
      )
      .map(
        ([queues, names, capacity]): Step =>
          async (world, workers) => {
            const tasks = Object.fromEntries(names.map((name) => [name, {}]));
            workers.push(await world.worker(`w${calls++}`, { queues, tasks, capacity }));
          },
      ),
    pick.map(
      (who): Step =>
        async (world, workers) => {
          const [worker] = workers.splice(who % Math.max(1, workers.length), 1);
          if (worker !== undefined) await leaves(world, worker);
        },
    ),
    fc.tuple(pick, pick, fc.boolean()).map(
      ([who, which, revoked]): Step =>
        async (world, workers) => {
          const worker = workers[who % Math.max(1, workers.length)];
          const held = worker?.assigned.filter(([nonce]) => worker.session.held.has(nonce)) ?? [];
          const id = held[which % Math.max(1, held.length)]?.[1];
          if (worker === undefined || id === undefined) return;
          if (revoked) await world.broker.revoker.revoke([[id, false, 0]]);
          else await worker.runs(id);
        },
    ),
    pick.map(
      (which): Step =>
        (world) =>
          world.broker.revoker.revoke([[`t${calls - which}`, false, 0]]),
    ),
    fc.constant<Step>((world) => world.pass(5)),
    fc.constant<Step>(async (world) => world.engine.holdClaims()),
    fc.constant<Step>(async (world) => world.engine.answerClaims()),
  );

  test('every task ends, and then nothing is left of any name', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const world = await setup();
        const workers: TestWorker[] = [];
        const first = calls;
        for (const act of steps) await act(world, workers);
        world.engine.answerClaims();
        for (const worker of workers) await leaves(world, worker);
        // What was claimed for one that is gone by then is given back.
        await world.pass(2_000);
        const last = await world.worker('last', { queues: QUEUES, tasks: { add: {}, mul: {} }, capacity: 2 });
        for (let round = 0; round < 500; round++) {
          const held = last.assigned.find(([nonce]) => last.session.held.has(nonce));
          if (held === undefined) break;
          await last.runs(held[1]);
          await world.turn();
        }
        const ids = Array.from({ length: calls - first }, (_, position) => `t${first + position}`);
        const records = (await world.engine.get(ids)).filter((record) => record !== undefined);
        expect(records.filter(({ phase }) => phase !== 'ended')).toEqual([]);
        expect([[...world.engine.waiting], world.engine.lanes]).toEqual([[], 0]);
      }),
      { numRuns: 100 },
    );
  });
});
