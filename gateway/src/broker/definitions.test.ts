/** Which options a call runs under: what its task says, once somebody has defined it. */
import { describe, expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';

describe('a name that nobody has defined', () => {
  test('waits unrouted, and runs under the options of the first worker that advertises it', async () => {
    const world = await setup();
    await world.worker('w1', { tasks: { mul: {} } });
    await world.caller.calls('1');
    expect(world.caller.answers).toEqual([['1', 1, null]]);
    const [snapshot] = await world.broker.reader.snapshots([['1', 0]]);
    expect(snapshot).toMatchObject({ waiting: 'worker', queue: null, state: 'PENDING' });
    const worker = await world.worker('w2', { tasks: { add: { queue: 'media' } }, queues: ['media'] });
    expect(worker.assignment('1')).toMatchObject([
      expect.any(String),
      '1',
      1,
      'add',
      '[2,2]',
      { queue: 'media' },
    ]);
  });

  test('keeps what the caller’s route says, below what the task says', async () => {
    const world = await setup();
    const route = { queue: 'routed', priority: 7 };
    await world.caller.submits(['1', 'add', '[2,2]', null, 0, null, route]);
    const worker = await world.worker('w1', { tasks: { add: { priority: 2 } }, queues: ['routed'] });
    expect(worker.assignment('1')).toMatchObject({ 5: { queue: 'routed', priority: 2 } });
  });

  test('that is revoked before anybody defined it tells its end alone', async () => {
    const world = await setup();
    await world.caller.calls('1');
    await world.broker.revoker.revoke([['1', false, 0]]);
    expect(world.caller.heard('1')).toEqual(['REVOKED revoked']);
  });

  test('keeps its countdown from the call', async () => {
    const world = await setup();
    await world.caller.calls('1', { countdownMs: 10_000 });
    const worker = await world.worker('w1');
    await world.pass(9_999, worker);
    expect(worker.ids).toEqual([]);
    await world.pass(1, worker);
    expect(worker.ids).toEqual(['1']);
  });

  test('is routed even if the gateway died between keeping the definition and routing', async () => {
    const dead = await setup();
    await dead.caller.calls('1');
    const definition = { name: 'add', options: {}, arity: null, params: null };
    const world = await dead.restarts(['1'], { definitions: [definition] });
    const worker = await world.worker('w1');
    expect(worker.ids).toEqual(['1']);
  });

  test('with an expiry of its definition expires from its call on', async () => {
    const world = await setup();
    await world.caller.calls('1');
    await world.clock.advance(4_000);
    await world.worker('w1', { tasks: { add: { expiresMs: 5_000 } }, queues: ['other'] });
    await world.clock.advance(999);
    expect((await world.record('1')).state).toBe('PENDING');
    await world.clock.advance(1);
    expect((await world.record('1')).state).toBe('REVOKED');
  });
});

describe('definitions', () => {
  test('of the newest worker win', async () => {
    const world = await setup();
    await world.worker('w1', { tasks: { add: { queue: 'old' } } });
    await world.worker('w2', { tasks: { add: { queue: 'new' } } });
    await world.caller.calls('1');
    expect(world.caller.answers).toEqual([['1', 1, 'new']]);
  });

  test('stand on their app’s options', async () => {
    const world = await setup();
    await world.worker('w1', { tasks: { add: { priority: 3 } }, appOptions: { queue: 'app', priority: 1 } });
    await world.caller.calls('1');
    expect((await world.record('1')).options).toMatchObject({ queue: 'app', priority: 3 });
  });
});

test('a soft limit above the hard one that the task has is refused', async () => {
  const world = await setup();
  await world.worker('w1', { tasks: { add: { timeLimitMs: 1_000 } } });
  await world.caller.calls('1', { softTimeLimitMs: 2_000 });
  await world.caller.calls('2', { softTimeLimitMs: 2_000, timeLimitMs: 3_000 });
  expect(world.caller.answers).toEqual([
    ['1', 0, 'BAD_OPTIONS'],
    ['2', 1, 'default'],
  ]);
});

test('finding 5: task names that workers define are bounded, and those that are known may change', {
  timeout: 30_000,
}, async () => {
  const world = await setup();
  const { router } = world.broker;
  const define = (first: number, count: number, options = {}) =>
    router.advertise(
      Array.from({ length: count }, (_, index) => ({
        name: `task ${first + index}`,
        options,
        arity: null,
        params: null,
      })),
      {},
    );
  await define(0, 100_000);
  await expect(define(100_000, 1)).rejects.toMatchObject({ code: 'TOO_MANY_DEFINITIONS' });
  await define(7, 1, { queue: 'media' });
  await world.caller.submits(['1', 'task 7', '[]', null, 0]);
  expect(world.caller.answers).toEqual([['1', 1, 'media']]);
});
