import { describe, expect, test } from 'vitest';
import { setup, type World } from '../../test/broker-setup.ts';
import type { TestWorker } from '../../test/test-worker.ts';

const PER_SECOND = 3_600;

const numbered = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, position) => `${from + position}`);

/** How many of a worker's assignments were run by {@link work}. */
const done = new WeakMap<TestWorker, number>();

/** Lets the workers run what they have and what they get at once, millisecond by millisecond. @returns what ran, in order */
async function work(world: World, ms: number, ...workers: readonly TestWorker[]): Promise<readonly string[]> {
  const ran: string[] = [];
  for (let passed = 0; passed < ms; passed++) {
    for (const worker of workers) {
      worker.session.heardAt = world.clock.monotonic();
      for (let next = done.get(worker) ?? 0; next < worker.assigned.length; next++) {
        const [, id = ''] = worker.assigned[next] ?? [];
        await worker.runs(id);
        ran.push(id);
      }
      done.set(worker, worker.assigned.length);
    }
    await world.clock.advance(1);
  }
  return ran;
}

describe('a rate limit', () => {
  const limited = { add: { ratePerHour: 50 * PER_SECOND }, mul: {} };

  test('holds over all workers together', async () => {
    const world = await setup();
    const first = await world.worker('w1', { tasks: limited });
    const second = await world.worker('w2', { tasks: limited });
    await world.caller.calls(numbered(1_000));
    const ran = await work(world, 5_000, first, second);
    expect(ran.length).toBeGreaterThanOrEqual(0.95 * 250);
    expect(ran.length).toBeLessThanOrEqual(1.05 * 250);
    expect([...ran].sort((one, other) => Number(one) - Number(other))).toEqual(numbered(ran.length));
  });

  test('holds up no other task of its queue', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: limited });
    await world.caller.calls(numbered(100));
    await world.caller.submits(...numbered(500, 100).map((id) => [id, 'mul', '[]', null, 0] as const));
    const ran = await work(world, 100, worker);
    expect(ran.filter((id) => Number(id) >= 100)).toHaveLength(500);
  });

  test('lets the most important task go first', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { add: { ratePerHour: PER_SECOND } } });
    await world.caller.calls(['a', 'b']);
    await world.caller.calls('c', { priority: 9 });
    const ran = await work(world, 2_500, worker);
    expect(ran).toEqual(['a', 'c', 'b']);
  });

  test('is what a task is said to wait for', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { add: { ratePerHour: 1 } } });
    await world.caller.calls(['a', 'b']);
    await world.turn();
    expect(worker.ids).toEqual(['a']);
    const [snapshot] = await world.broker.reader.snapshots([['b', 0]]);
    expect(snapshot?.waiting).toBe('rate');
  });

  test('that is changed holds at once, also for what waits', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { add: { ratePerHour: 1 } } });
    await world.caller.calls(numbered(200));
    expect(await work(world, 1_000, worker)).toHaveLength(1);
    await world.broker.controller.control([['rateLimit', 'add', 50 * PER_SECOND]]);
    const faster = await work(world, 2_000, worker);
    expect(faster.length).toBeGreaterThanOrEqual(95);
    expect(faster.length).toBeLessThanOrEqual(106);
    await world.broker.controller.control([['rateLimit', 'add', null]]);
    expect((await work(world, 100, worker)).length).toBe(200 - 1 - faster.length);
  });

  test('is what its newest definition says', async () => {
    const world = await setup();
    await world.worker('w1', { tasks: { add: { ratePerHour: 1 } }, capacity: 0 });
    const worker = await world.worker('w2', { tasks: { add: {} } });
    await world.caller.calls(numbered(10));
    expect(await work(world, 10, worker)).toHaveLength(10);
  });

  test('gives back what a claim did not bring', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { add: { ratePerHour: 1 } }, capacity: 0 });
    await world.caller.calls('a');
    await world.broker.revoker.revoke([['a', false, 0]]);
    worker.session.capacity = 1;
    world.broker.dispatcher.wake();
    await world.turn();
    await world.caller.calls('b');
    await world.turn();
    expect(worker.ids).toEqual(['b']);
  });

  test('keeps no worker empty for a suspect that has to wait', async () => {
    const world = await setup();
    const lost = await world.worker('lost', { tasks: { add: { ratePerHour: 1 }, mul: {} } });
    await world.caller.calls('suspect');
    await lost.starts('suspect');
    const worker = await world.worker('w1', { tasks: { add: { ratePerHour: 1 }, mul: {} }, capacity: 2 });
    await world.caller.submits(['busy', 'mul', '[]', null, 0]);
    await world.turn();
    lost.disconnects();
    await world.pass(6_000, worker);
    await world.caller.submits(['1', 'mul', '[]', null, 0], ['2', 'mul', '[]', null, 0]);
    await work(world, 10, worker);
    expect(worker.ids).toEqual(expect.arrayContaining(['1', '2']));
    expect(worker.ids).not.toContain('suspect');
  });
});

describe('a concurrency limit', () => {
  const tasks = { add: { taskLimit: 3 }, mul: {} };

  test('holds over all workers together', async () => {
    const world = await setup();
    const first = await world.worker('w1', { tasks });
    const second = await world.worker('w2', { tasks });
    await world.caller.calls(numbered(10));
    await world.turn();
    expect(first.assigned.length + second.assigned.length).toBe(3);
    const [snapshot] = await world.broker.reader.snapshots([['9', 0]]);
    expect(snapshot?.waiting).toBe('turn');
    const holder = first.assigned.length > 0 ? first : second;
    await holder.runs(holder.ids[0] ?? '');
    await world.turn();
    expect(first.assigned.length + second.assigned.length).toBe(4);
    expect(await work(world, 20, first, second)).toEqual(expect.arrayContaining(['7', '8', '9']));
  });

  test('counts what a worker still holds when the gateway was started anew', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls(numbered(5));
    await worker.starts('0', '1', '2');
    const after = await world.restarts(numbered(5));
    const { session } = worker;
    const next = await after.worker('w2', { tasks });
    await after.turn();
    expect(next.ids).toEqual([]);
    expect(after.broker.roster.find(session.id)?.held.size).toBe(3);
  });

  test('has room again for one that was revoked on its way', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { add: { taskLimit: 1 } } });
    await world.caller.calls(['a', 'b']);
    await world.broker.revoker.revoke([['a', false, 0]]);
    await world.turn();
    expect(worker.ids).toEqual(['a', 'b']);
  });

  test('is changed and taken back at run time', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls(numbered(9));
    const { controller } = world.broker;
    const none = { ratePerHour: null, keyLimit: null };
    expect(await controller.control([['concurrencyLimit', 'add', 5]])).toEqual([{ ...none, taskLimit: 5 }]);
    await world.turn();
    expect(worker.assigned).toHaveLength(5);
    await controller.control([['concurrencyLimit', 'add', { task: 'default' }]]);
    await worker.runs('0');
    await worker.runs('1');
    await world.turn();
    expect(worker.assigned).toHaveLength(5);
    await worker.runs('2');
    await world.turn();
    expect(worker.assigned).toHaveLength(6);
  });
});

describe('a concurrency key', () => {
  const tasks = { add: { keyLimit: 1 } };

  test('lets one task of a key run at a time, and those of other keys beside it', async () => {
    const world = await setup();
    const first = await world.worker('w1', { tasks });
    const second = await world.worker('w2', { tasks });
    for (const id of numbered(6))
      await world.caller.calls(id, { concurrencyKey: Number(id) % 2 ? 'odd' : 'even' });
    await world.turn();
    const running = (): readonly string[] => [...first.ids, ...second.ids];
    expect([...running()].sort()).toEqual(['0', '1']);
    const [waiting] = await world.broker.reader.snapshots([['2', 0]]);
    expect(waiting?.waiting).toBe('turn');
    await (first.ids.includes('0') ? first : second).runs('0');
    await world.turn();
    expect([...running()].sort()).toEqual(['0', '1', '2']);
    await work(world, 20, first, second);
    expect([...running()].sort()).toEqual(numbered(6));
  });

  test('is needed by a call of a task that goes by one, and by a call that is linked', async () => {
    const world = await setup();
    await world.worker('w1', { tasks: { ...tasks, mul: {} } });
    await world.caller.calls('a');
    const linked = { id: 'c', name: 'add', args: '[]', immutable: true, options: null };
    await world.caller.submits([
      'b',
      'mul',
      '[]',
      { link: [{ ...linked, id: 'd', name: 'mul', options: { link: [linked] } }] },
      0,
    ]);
    await world.caller.calls('e', { concurrencyKey: 'k' });
    expect(world.caller.answers).toEqual([
      ['a', 0, 'KEY_REQUIRED'],
      ['b', 0, 'KEY_REQUIRED'],
      ['e', 1, 'default'],
    ]);
    expect(world.caller.receipts[0]?.[3]).toContain('task add');
  });

  test('goes with a retry and with a linked task', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { ...tasks, mul: {} } });
    const link = [
      { id: 'linked', name: 'add', args: '[]', immutable: true, options: { concurrencyKey: 'k' } },
    ];
    await world.caller.calls('a', { concurrencyKey: 'k' });
    await world.caller.calls('b', { concurrencyKey: 'k' });
    await world.caller.submits(['mul', 'mul', '[]', { link }, 0]);
    await world.turn();
    await worker.runs('a', ['retry', '{}', '{}', 60_000]);
    await worker.runs('mul');
    await world.turn();
    expect(worker.ids.slice(-1)).toEqual(['b']);
    await world.pass(61_000, worker);
    expect(worker.ids).toHaveLength(3);
    await worker.runs('b');
    await world.turn();
    expect(worker.ids).toHaveLength(4);
  });

  test('is in no worker’s hands before the store is sure of that', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { ...tasks, mul: {} } });
    world.engine.holdReads();
    await world.caller.calls('a', { concurrencyKey: 'k' });
    await world.caller.submits(['mul', 'mul', '[]', null, 0]);
    await world.turn();
    expect(worker.ids).toEqual(['mul']);
    world.engine.answerReads();
    await world.turn();
    expect(worker.ids).toEqual(['mul', 'a']);
  });

  test('is not handed over when it is revoked before the store is sure', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    world.engine.holdReads();
    await world.caller.calls(['a', 'b'], { concurrencyKey: 'k' });
    await world.turn();
    const revoked = world.broker.revoker.revoke([['a', false, 0]]);
    world.engine.answerReads();
    await revoked;
    await world.turn();
    expect(worker.ids).toEqual(['b']);
  });

  test('is free for the next when one is revoked', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls(['a', 'b'], { concurrencyKey: 'k' });
    await world.turn();
    await world.broker.revoker.revoke([['a', false, 0]]);
    await world.turn();
    expect(worker.ids).toEqual(['a', 'b']);
  });

  test('takes its limit from control, at once and for what waits', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls(numbered(4), { concurrencyKey: 'k' });
    await world.turn();
    expect(worker.ids).toEqual(['0']);
    const { controller } = world.broker;
    const [limits] = await controller.control([['concurrencyLimit', 'add', 3]]);
    expect(limits).toEqual({ ratePerHour: null, taskLimit: null, keyLimit: 3 });
    await world.turn();
    expect(worker.ids).toEqual(['0', '1', '2']);
    await controller.control([['concurrencyLimit', 'add', { key: null }]]);
    await world.turn();
    expect(worker.ids).toHaveLength(4);
  });
});

describe('what an operator set', () => {
  test('holds after a restart, above the definition', async () => {
    const world = await setup();
    await world.worker('w1', { tasks: { add: { ratePerHour: 5, taskLimit: 2 } } });
    await world.broker.controller.control([
      ['rateLimit', 'add', 7],
      ['concurrencyLimit', 'add', null],
    ]);
    const after = await world.restarts([], { settings: (await world.engine.open()).settings });
    await after.worker('w1', { tasks: { add: { ratePerHour: 5, taskLimit: 2 } } });
    const [limits] = await after.broker.controller.control([['concurrencyLimit', 'add', {}]]);
    expect(limits).toEqual({ ratePerHour: 7, taskLimit: null, keyLimit: null });
  });

  test('of a name that nobody has defined is refused', async () => {
    const world = await setup();
    await expect(world.broker.controller.control([['rateLimit', 'typo', 7]])).rejects.toMatchObject({
      code: 'TASK_NOT_DEFINED',
    });
    expect((await world.engine.open()).settings).toEqual([]);
  });
});

describe('a worker that serves several queues', () => {
  test('runs of each as its weights say', async () => {
    const world = await setup();
    const queues = ['media', 'default'];
    const worker = await world.worker('w1', { queues, weights: [['media', 3]], capacity: 1 });
    await world.caller.calls(numbered(50), { queue: 'media' });
    await world.caller.calls(numbered(50, 100));
    const first = (await work(world, 40, worker)).slice(0, 40);
    const media = first.filter((id) => Number(id) < 100).length;
    expect(media).toBeGreaterThanOrEqual(28);
    expect(media).toBeLessThanOrEqual(32);
  });

  test('lets none starve, whatever the priorities of the others', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { queues: ['long', 'short'], capacity: 1 });
    await world.caller.calls(numbered(50), { queue: 'long', priority: 9 });
    await world.caller.calls(numbered(5, 100), { queue: 'short' });
    const ran = await work(world, 60, worker);
    expect(ran).toHaveLength(55);
    expect(ran.findLastIndex((id) => Number(id) >= 100)).toBeLessThanOrEqual(12);
  });

  test('shares its room by their weights', async () => {
    const world = await setup();
    const worker = await world.worker('w1', {
      queues: ['media', 'default'],
      weights: [['media', 3]],
      capacity: 4,
    });
    await world.caller.calls(numbered(40), { queue: 'media' });
    await world.caller.calls(numbered(40, 100), { queue: 'default' });
    const ran = (await work(world, 10, worker)).slice(4, 24);
    expect(ran.filter((id) => Number(id) < 100)).toHaveLength(15);
  });
});
