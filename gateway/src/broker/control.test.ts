import { describe, expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';

describe('a task that is made to run again', () => {
  test.each([
    ['after so long', { expiresMs: 1_000 }],
    ['at a time', { expiresAt: Date.UTC(2026, 0, 1) + 1_000 }],
  ])('has no end of its own any more, although the call had expired %s', async (_, expiry) => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 0 });
    await world.caller.calls('old', expiry);
    await world.pass(2_000, worker);
    expect(await world.history('old')).toEqual(['PENDING submitted', 'REVOKED expired']);
    await world.broker.control.run([['retry', 'old', 'new']]);
    const { expiresAt, call } = await world.record('new');
    expect([expiresAt, call]).toEqual([null, null]);
    worker.session.capacity = 1;
    world.broker.dispatcher.wake();
    await world.turn();
    expect(worker.ids).toEqual(['new']);
  });
});

describe('a purge', () => {
  test('revokes what waits in one queue, and nothing else', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.calls(['runs', 'waits', 'waits too']);
    await world.caller.calls('due', { countdownMs: 60_000 });
    await world.caller.calls('other', { queue: 'other' });
    await world.turn();
    await worker.starts('runs');
    expect(await world.broker.control.run([['purge', 'default']])).toEqual([3]);
    for (const id of ['waits', 'waits too', 'due'])
      expect(await world.history(id)).toEqual(['PENDING submitted', 'REVOKED revoked']);
    expect((await world.record('runs')).state).toBe('STARTED');
    expect((await world.record('other')).state).toBe('PENDING');
    expect(await world.broker.control.run([['purge', 'default']])).toEqual([0]);
  });

  test('ends all that the table counts, and its history shows the same: undefined names, late ones, keys, retries', async () => {
    const world = await setup();
    const queue = 'media';
    const tasks = { add: { queue }, keyed: { queue, keyLimit: 1 } };
    const worker = await world.worker('w1', { queues: [queue], capacity: 1, tasks });
    await world.caller.calls('lost', { queue });
    await world.turn();
    await worker.starts('lost');
    await world.broker.sessions.lose(worker.session, 'it died');
    await world.caller.submits(
      ['undefined', 'nobody.knows', '[]', { queue }, 0],
      ['undefined and late', 'nobody.knows', '[]', { queue, countdownMs: 60_000 }, 0],
      ['key', 'keyed', '[]', { concurrencyKey: 'k' }, 0],
      ['key too', 'keyed', '[]', { concurrencyKey: 'k' }, 0],
      ['due', 'add', '[]', { countdownMs: 60_000 }, 0],
      ['expires', 'add', '[]', { expiresMs: 60_000 }, 0],
      ['elsewhere', 'nobody.knows', '[]', null, 0],
    );
    await world.turn();
    expect(world.engine.waiting.get(queue)).toBe(7);
    const listed = await world.broker.monitor.list({ filter: { queue }, before: null, rows: 50 }, 'all');
    expect(listed.rows.map(([, , , , , shown]) => shown)).toEqual(Array(7).fill(queue));
    expect(await world.broker.control.run([['purge', queue]])).toEqual([7]);
    expect([...world.engine.waiting]).toEqual([['default', 1]]);
  });

  test('ends what another one lets through its gate as it goes', async () => {
    const world = await setup();
    const tasks = { keyed: { keyLimit: 1, maxRetries: 3 } };
    const worker = await world.worker('w1', { capacity: 1, tasks });
    const key = { concurrencyKey: 'k' };
    await world.caller.submits(['old', 'keyed', '[]', key, 0]);
    await world.turn();
    await worker.starts('old');
    worker.session.capacity = 0;
    await world.caller.submits(['new', 'keyed', '[]', key, 0]);
    await worker.settles('old', ['retry', '{}', '{}', 1_000]);
    await world.pass(2_000, worker);
    expect((await world.record('new')).phase).toBe('ready');
    expect((await world.record('old')).phase).toBe('blocked');
    expect(await world.broker.control.run([['purge', 'default']])).toEqual([2]);
    expect(world.engine.waiting.size).toBe(0);
  });

  test('goes on over many steps', async () => {
    const world = await setup();
    await world.worker('w1', { capacity: 0 });
    await world.caller.calls(Array.from({ length: 1_200 }, (_, count) => `t${count}`));
    expect(await world.broker.control.run([['purge', 'default']])).toEqual([1_200]);
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
    await world.broker.control.run([
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
    const again = (id: string) => world.broker.control.run([['retry', id, 'new']]);
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
    await world.broker.control.run([
      ['drain', 'w1'],
      ['resume', 'w1'],
      ['concurrency', 'w1', 3],
      ['shutdown', 'w1'],
    ]),
  ).toEqual([1, 1, 1, 1]);
  expect(worker.orders).toEqual([['drain'], ['resume'], ['concurrency', 3], ['shutdown']]);
  await expect(world.broker.control.run([['drain', 'w3']])).rejects.toMatchObject({
    code: 'WORKER_NOT_FOUND',
  });
});
