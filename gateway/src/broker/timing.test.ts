import { describe, expect, test } from 'vitest';
import { defined, setup } from '../../test/broker-setup.ts';

const ERROR = '{"name":"Error","message":"no"}';

describe('a countdown', () => {
  test('is never early', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1', { countdownMs: 10_000 });
    const [snapshot] = await world.broker.reader.snapshots([['1', 0]]);
    expect(snapshot?.waiting).toBe('due');
    await world.pass(9_999, worker);
    expect(worker.ids).toEqual([]);
    await world.pass(1, worker);
    expect(worker.ids).toEqual(['1']);
  });

  test('counts from the call, not from its arrival', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.submits(['1', 'add', '', { countdownMs: 10_000 }, 4_000]);
    await world.pass(5_999, worker);
    expect(worker.ids).toEqual([]);
    await world.pass(1, worker);
    expect(worker.ids).toEqual(['1']);
  });

  test('that is over when the call arrives is none', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.submits(['1', 'add', '', { countdownMs: 1_000 }, 4_000]);
    await world.turn();
    expect(worker.ids).toEqual(['1']);
  });

  test('is not early when the wall clock is set back', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1', { countdownMs: 10_000 });
    world.clock.jumpWall(-20_000);
    await world.pass(29_999, worker);
    expect(worker.ids).toEqual([]);
    await world.pass(1, worker);
    expect(worker.ids).toEqual(['1']);
  });

  test('of many tasks keeps their order of time', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('late', { countdownMs: 3_000 });
    await world.caller.calls('soon', { countdownMs: 1_000 });
    await world.caller.calls('next', { countdownMs: 2_000 });
    await world.pass(3_000, worker);
    expect(worker.ids).toEqual(['soon', 'next', 'late']);
  });

  test('of more tasks than one step takes brings them all', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 5_000 });
    const ids = Array.from({ length: 2_500 }, (_, position) => `${position}`);
    await world.caller.calls(ids, { countdownMs: 1_000 });
    await world.pass(1_001, worker);
    expect(worker.assigned).toHaveLength(2_500);
  });

  test('goes on after a restart', async () => {
    const before = await setup({}, { definitions: [defined('add')] });
    await before.caller.calls('1', { countdownMs: 10_000 });
    const world = await before.restarts(['1']);
    const worker = await world.worker('w1');
    await world.pass(9_999, worker);
    expect(worker.ids).toEqual([]);
    await world.pass(1, worker);
    expect(worker.ids).toEqual(['1']);
  });
});

describe('an expiry', () => {
  test('ends a task that waits unrouted', async () => {
    const world = await setup();
    await world.caller.calls('1', { expiresMs: 5_000 });
    await world.clock.advance(4_999);
    expect(world.caller.heard('1')).toEqual([]);
    await world.clock.advance(1);
    expect(world.caller.heard('1')).toEqual(['REVOKED expired']);
  });

  test('ends a task that is scheduled', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1', { expiresMs: 5_000, countdownMs: 60_000 });
    await world.pass(5_000, worker);
    expect(world.caller.heard('1')).toEqual(['REVOKED expired']);
    await world.pass(60_000, worker);
    expect(worker.ids).toEqual([]);
  });

  test('ends a task that is ready, which then never runs', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 0 });
    await world.caller.calls('1', { expiresMs: 5_000 });
    await world.pass(5_000, worker);
    expect(world.caller.heard('1')).toEqual(['REVOKED expired']);
    worker.session.capacity = 1;
    world.broker.dispatcher.wake();
    await world.turn();
    expect(worker.ids).toEqual([]);
  });

  test('ends each of several tasks in its time', async () => {
    const world = await setup();
    await world.caller.calls('late', { expiresMs: 3_000 });
    await world.caller.calls('soon', { expiresMs: 1_000 });
    await world.caller.calls('next', { expiresMs: 2_000 });
    const ended = async () => {
      const records = await world.engine.get(['soon', 'next', 'late']);
      return records.map((record) => record?.phase === 'ended');
    };
    await world.clock.advance(1_000);
    expect(await ended()).toEqual([true, false, false]);
    await world.clock.advance(1_000);
    expect(await ended()).toEqual([true, true, false]);
    await world.clock.advance(1_000);
    expect(await ended()).toEqual([true, true, true]);
  });

  test('ends more tasks than one step takes', async () => {
    const world = await setup();
    const ids = Array.from({ length: 2_500 }, (_, position) => `${position}`);
    await world.caller.calls(ids, { expiresMs: 1_000 });
    await world.clock.advance(1_001);
    const records = await world.engine.get(ids);
    expect(records.filter((record) => record?.state === 'REVOKED')).toHaveLength(2_500);
  });

  test('counts from the call, also for a task that is routed later', async () => {
    const world = await setup();
    await world.caller.submits(['1', 'add', '', { expiresMs: 10_000 }, 4_000]);
    await world.clock.advance(1_000);
    await world.worker('w1', { capacity: 0 });
    await world.clock.advance(4_999);
    expect((await world.record('1')).state).toBe('PENDING');
    await world.clock.advance(1);
    expect((await world.record('1')).state).toBe('REVOKED');
  });

  test('that is past when the call arrives ends it at once', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.submits(['1', 'add', '', { expiresMs: 1_000 }, 4_000]);
    await world.turn();
    expect(worker.ids).toEqual([]);
    expect(world.caller.heard('1')).toEqual(['REVOKED expired']);
  });

  test('ends a task in a worker’s hands that has not begun, and tells the worker', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.calls('1', { expiresMs: 5_000 });
    await world.pass(5_500, worker);
    expect(world.caller.heard('1')).toEqual(['REVOKED expired']);
    expect(worker.aborts).toEqual([[worker.assignment('1')[0], 'revoked', false, 0]]);
    expect(worker.session.held.size).toBe(1);
    await worker.releases('1');
    expect(worker.session.held.size).toBe(0);
  });

  test('does not touch a task that runs', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1', { expiresMs: 5_000 });
    await world.turn();
    await worker.starts('1');
    await world.pass(10_000, worker);
    await worker.settles('1');
    expect(world.caller.heard('1')).toEqual(['STARTED started', 'SUCCESS completed']);
  });

  test('ends a task that was running when its time came, and is to be retried', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1', { expiresMs: 5_000 });
    await world.turn();
    await worker.starts('1');
    await world.pass(10_000, worker);
    await worker.settles('1', ['retry', ERROR, ERROR, 0]);
    await world.pass(1, worker);
    expect(world.caller.heard('1')).toEqual(['STARTED started', 'RETRY retry', 'REVOKED expired']);
  });

  test('ends a task that was running when its time came, and whose worker is lost', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1', { expiresMs: 5_000 });
    await world.turn();
    await worker.starts('1');
    await world.pass(10_000, worker);
    worker.disconnects();
    await world.pass(6_000);
    expect(world.caller.heard('1')).toEqual(['STARTED started', 'PENDING worker-lost', 'REVOKED expired']);
  });

  test('lets a task that had begun be given back after its time, and ends it in its lane', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1', { expiresMs: 5_000 });
    await world.turn();
    await worker.starts('1');
    worker.session.capacity = 0;
    await world.pass(6_000, worker);
    await worker.releases('1');
    await world.turn();
    expect(world.caller.heard('1')).toEqual(['STARTED started', 'PENDING released', 'REVOKED expired']);
    expect(worker.session.held.size).toBe(0);
  });

  test('ends a task that is given back after its time', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1', { expiresMs: 5_000 });
    await world.clock.advance(0);
    world.clock.jumpWall(6_000);
    await worker.releases('1');
    expect(world.caller.heard('1')).toEqual(['REVOKED expired']);
  });

  test('goes on after a restart', async () => {
    const before = await setup();
    await before.caller.calls('1', { expiresMs: 5_000 });
    const world = await before.restarts(['1']);
    await world.clock.advance(5_000);
    expect(await world.history('1')).toEqual(['PENDING submitted', 'REVOKED expired']);
  });
});

describe('results', () => {
  test('go after their time, and their ids are refused for other content until a day has passed', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.runs('1');
    await world.pass(3_600_000 + 60_000, worker);
    expect(await world.record('1')).toMatchObject({ state: 'SUCCESS', body: null, args: '' });
    await world.caller.calls('1', { priority: 1 });
    await world.caller.calls('1');
    expect(world.caller.answers.slice(1)).toEqual([
      ['1', 0, 'ID_CONFLICT'],
      ['1', 1, 'default'],
    ]);
    await world.clock.advance(24 * 3_600_000);
    expect(await world.engine.get(['1'])).toEqual([undefined]);
  });
});
