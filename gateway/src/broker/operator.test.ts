import { describe, expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';

describe('a purge', () => {
  test('revokes what waits in one queue, and nothing else', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.calls(['runs', 'waits', 'waits too']);
    await world.caller.calls('due', { countdownMs: 60_000 });
    await world.caller.calls('other', { queue: 'other' });
    await world.turn();
    await worker.starts('runs');
    expect(await world.broker.controller.control([['purge', 'default']])).toEqual([3]);
    for (const id of ['waits', 'waits too', 'due'])
      expect(await world.history(id)).toEqual(['PENDING submitted', 'REVOKED revoked']);
    expect((await world.record('runs')).state).toBe('STARTED');
    expect((await world.record('other')).state).toBe('PENDING');
    expect(await world.broker.controller.control([['purge', 'default']])).toEqual([0]);
  });

  test('goes on over many steps', async () => {
    const world = await setup();
    await world.worker('w1', { capacity: 0 });
    await world.caller.calls(Array.from({ length: 1_200 }, (_, count) => `t${count}`));
    expect(await world.broker.controller.control([['purge', 'default']])).toEqual([1_200]);
    expect(world.engine.waiting.size).toBe(0);
  });
});

describe('a retry', () => {
  test('is a new task with the same call, once however often it is asked for', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('old', { priority: 3, countdownMs: 1, headers: '{"a":1}' });
    await world.pass(500, worker);
    await worker.runs('old');
    await world.broker.controller.control([
      ['retry', 'old', 'new'],
      ['retry', 'old', 'new'],
    ]);
    await world.pass(500, worker);
    const record = await world.record('new');
    expect(record).toMatchObject({ name: 'add', args: '[2,2]', dueAt: null, call: { priority: 3 } });
    expect(worker.ids).toEqual(['old', 'new']);
  });

  test('of what is not there, or not kept, is refused', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    const again = (id: string) => world.broker.controller.control([['retry', id, 'new']]);
    await expect(again('never')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    await world.caller.calls('old');
    await world.turn();
    await worker.runs('old');
    await world.broker.forgetter.forget(['old']);
    await expect(again('old')).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });
});

test('orders go to the worker of that name, and an unknown one is refused', async () => {
  const world = await setup();
  const worker = await world.worker('w1');
  await world.worker('w2');
  expect(
    await world.broker.controller.control([
      ['drain', 'w1'],
      ['resume', 'w1'],
      ['concurrency', 'w1', 3],
      ['shutdown', 'w1'],
    ]),
  ).toEqual([1, 1, 1, 1]);
  expect(worker.orders).toEqual([['drain'], ['resume'], ['concurrency', 3], ['shutdown']]);
  await expect(world.broker.controller.control([['drain', 'w3']])).rejects.toMatchObject({
    code: 'WORKER_NOT_FOUND',
  });
});
