import { describe, expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';
import { numbered } from '../../test/numbered.ts';
import { work } from '../../test/work.ts';

const PER_SECOND = 3_600;

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

  test('counts a task once, however many lanes of its name are looked into for it', async () => {
    const world = await setup();
    const perSecond = 20;
    const add = { ratePerHour: perSecond * PER_SECOND };
    const lost = await world.worker('lost', { tasks: { add }, capacity: 200 });
    await world.caller.calls(numbered(200));
    await world.pass(8_000, lost);
    // Lost with their worker, they wait in a lane of their own beside that of the new ones.
    for (const id of lost.ids) await lost.starts(id);
    lost.disconnects();
    await world.pass(20_000);
    const worker = await world.worker('w1', { tasks: { add }, capacity: 200 });
    await world.caller.calls(numbered(200, 200));
    await world.pass(5_000, worker);
    const before = worker.ids.length;
    await work(world, 2_000, worker);
    expect(worker.ids.length - before).toBeGreaterThanOrEqual(0.9 * 2 * perSecond);
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
