/** Which options a call runs under: what its task says, once somebody has defined it. */
import type { WireTaskOptions } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';

describe('a name that nobody has defined', () => {
  test('waits unrouted, and runs under the options of the first worker that advertises it', async () => {
    const world = await setup();
    await world.worker('w1', { tasks: { mul: {} } });
    await world.caller.calls('1');
    expect(world.caller.answers).toEqual([['1', 1, null]]);
    const [snapshot] = await world.broker.reader.snapshots([['1', 0]]);
    expect(snapshot).toMatchObject({ waiting: 'worker', lacks: 'task', queue: null, state: 'PENDING' });
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

  test('is routed though as many before it as are looked at in one step were revoked meanwhile', async () => {
    const world = await setup();
    const ids = Array.from({ length: 501 }, (_, count) => `${count}`);
    await world.caller.calls(ids);
    const { engine, broker } = world;
    const look = engine.unrouted.bind(engine);
    engine.unrouted = async (...asked) => {
      engine.unrouted = look;
      const found = await look(...asked);
      await broker.revoker.revoke(found.map(({ id }) => [id, false, 0]));
      return found;
    };
    const worker = await world.worker('w1');
    expect(worker.ids).toEqual(['500']);
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
  test.each<[string, WireTaskOptions]>([
    ['moves it to its own queue', { queue: 'newsletter' }],
    ['moves it and limits it', { queue: 'newsletter', ratePerHour: 1, ignoreResult: true, keyLimit: 1 }],
    ['leaves its queue and limits it', { queue: 'payments', ratePerHour: 1 }],
    ['lets it fall back to the default queue', {}],
  ])('finding 3: of a task of another queue are not taken from a worker that %s', async (_, options) => {
    const world = await setup();
    const honest = { tasks: { charge: { queue: 'payments' } }, queues: ['payments'], granted: ['payments'] };
    const owner = await world.worker('owner', honest);
    const thief = await world.worker('thief', {
      tasks: { charge: options, own: { queue: 'newsletter' } },
      queues: ['newsletter'],
      granted: ['newsletter', 'default'],
    });
    expect(owner.refused).toEqual([]);
    expect(thief.refused).toEqual(options.queue === 'payments' ? [] : ['charge']);
    await world.caller.submits(['1', 'charge', '["card"]', null, 0]);
    expect([owner.ids, thief.ids]).toEqual([['1'], []]);
    expect((await world.record('1')).options).toMatchObject({ queue: 'payments', ignoreResult: false });
    // What is its own to say is taken all the same.
    await world.caller.submits(['2', 'own', '[]', null, 0]);
    expect(thief.ids).toEqual(['2']);
  });

  test('finding 3: stay, when the workers they came from are gone and after a restart', async () => {
    const dead = await setup();
    await dead.worker('owner', { tasks: { charge: { queue: 'payments' } }, queues: ['payments'] });
    const world = await dead.restarts([], {
      definitions: [{ name: 'charge', options: { queue: 'payments' }, app: {}, arity: null, params: null }],
    });
    const tasks = { charge: { queue: 'newsletter' } };
    const thief = await world.worker('thief', { tasks, queues: ['newsletter'], granted: ['newsletter'] });
    expect(thief.refused).toEqual(['charge']);
    await world.caller.submits(['1', 'charge', '[]', null, 0]);
    expect(world.caller.answers).toEqual([['1', 1, 'payments']]);
  });

  test('move a task where the worker may work on both queues', async () => {
    const world = await setup();
    await world.worker('old', { tasks: { add: { queue: 'a' } }, queues: ['a'], granted: ['a'] });
    const tasks = { add: { queue: 'b' } };
    const mover = await world.worker('new', { tasks, queues: ['b'], granted: ['a', 'b'] });
    expect(mover.refused).toEqual([]);
    await world.caller.calls('1');
    expect(mover.ids).toEqual(['1']);
  });

  test('that say what is known already need no right to change it', async () => {
    const world = await setup();
    await world.worker('w1', { tasks: { add: { queue: 'a' } }, queues: ['a'] });
    const other = await world.worker('w2', { tasks: { add: { queue: 'a' } }, queues: ['b'], granted: ['b'] });
    expect(other.refused).toEqual([]);
  });

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

test('a limit of 0 is none, and takes back what the task has', async () => {
  const world = await setup();
  const limits = { timeLimitMs: 3_000, softTimeLimitMs: 2_000 };
  const worker = await world.worker('w1', { tasks: { add: limits } });
  await world.caller.calls('1', { timeLimitMs: 0 });
  await world.caller.calls('2', { timeLimitMs: 0, softTimeLimitMs: 0 });
  await world.caller.calls('3', { timeLimitMs: 1_000, softTimeLimitMs: 0 });
  await world.turn();
  expect(worker.assignment('1')?.[5].timeLimitMs).toBeUndefined();
  expect(worker.assignment('1')?.[5].softTimeLimitMs).toBe(2_000);
  expect(worker.assignment('2')?.[5]).not.toHaveProperty('timeLimitMs');
  expect(worker.assignment('2')?.[5]).not.toHaveProperty('softTimeLimitMs');
  expect(worker.assignment('3')?.[5]).toMatchObject({ timeLimitMs: 1_000 });
  expect(worker.assignment('3')?.[5]).not.toHaveProperty('softTimeLimitMs');
});

test('finding 5: task names that workers define are bounded, those of one queue as well, and known ones may change', async () => {
  const world = await setup();
  const { router } = world.broker;
  const define = (first: number, count: number, queue: string) =>
    router.advertise(
      Array.from({ length: count }, (_, index) => ({
        name: `task ${first + index}`,
        options: { queue },
        arity: null,
        params: null,
      })),
      {},
      () => true,
    );
  // A queue's names are its own business: whoever uses them up is alone with that.
  const junk = define(0, 20_001, 'junk');
  expect([junk.refused, junk.crowded]).toEqual([[], ['task 20000']]);
  for (let queue = 1; queue < 5; queue++) {
    const { crowded, routed } = define(20_000 * queue, 20_000, `q${queue}`);
    await routed;
    expect(crowded).toEqual([]);
  }
  expect(define(200_000, 1, 'media').crowded).toEqual(['task 200000']);
  expect(define(7, 1, 'media').crowded).toEqual([]);
  await world.caller.submits(['1', 'task 7', '[]', null, 0]);
  expect(world.caller.answers).toEqual([['1', 1, 'media']]);
  // One that was moved away leaves room in its queue, none in all.
  expect(define(300_000, 1, 'junk').crowded).toEqual(['task 300000']);
});
