import { PAUSED_QUEUES } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { setup, type World } from '../../test/broker-setup.ts';
import { STALL_LIMIT_MS } from './delivery-watchdog.ts';

function pause(world: World, queue = 'default') {
  return world.broker.control.run([['pauseQueue', queue]]);
}

function resume(world: World, queue = 'default') {
  return world.broker.control.run([['resumeQueue', queue]]);
}

async function waiting(world: World, id: string) {
  const [snapshot] = await world.broker.reader.snapshots([[id, 0]]);
  return snapshot?.waiting;
}

describe('a paused queue', () => {
  test('hands out nothing that is called while it is paused, and all of it once it is resumed', async () => {
    const world = await setup();
    const worker = await world.worker('w');
    expect(await pause(world)).toEqual([0]);
    await world.caller.calls(['1', '2']);
    await world.turn();
    expect(worker.ids).toEqual([]);
    expect(await waiting(world, '1')).toBe('pause');
    expect(await resume(world)).toEqual([2]);
    await world.turn();
    expect(worker.ids).toEqual(['1', '2']);
    expect(await waiting(world, '1')).toBe('turn');
  });

  test('keeps what waited before it was paused', async () => {
    const world = await setup();
    const worker = await world.worker('w', { capacity: 1 });
    await world.caller.calls(['runs', 'waits']);
    await world.turn();
    expect(await pause(world)).toEqual([1]);
    await worker.runs('runs');
    await world.turn();
    expect(worker.ids).toEqual(['runs']);
    await resume(world);
    await world.turn();
    expect(worker.ids).toEqual(['runs', 'waits']);
  });

  test('holds up no other queue', async () => {
    const world = await setup();
    const worker = await world.worker('w', { queues: ['default', 'media'] });
    await pause(world);
    await world.caller.calls('here');
    await world.caller.calls('there', { queue: 'media' });
    await world.turn();
    expect(worker.ids).toEqual(['there']);
  });

  test('keeps what becomes due, what is retried, what is keyed and what was lost', async () => {
    const world = await setup();
    const worker = await world.worker('w', { tasks: { add: { keyLimit: 1 } } });
    await world.caller.calls('again', { concurrencyKey: 'a' });
    await world.turn();
    await worker.starts('again');
    await pause(world);
    await world.caller.calls('due', { countdownMs: 1_000, concurrencyKey: 'b' });
    await world.caller.calls('keyed', { concurrencyKey: 'a' });
    worker.disconnects();
    const next = await world.worker('w2', { tasks: { add: { keyLimit: 1 } } });
    await world.pass(40_000, next);
    expect(next.ids).toEqual([]);
    for (const id of ['again', 'due', 'keyed']) expect(await waiting(world, id)).toBe('pause');
    await resume(world);
    await world.turn();
    expect(next.ids).toEqual(['again', 'due']);
  });

  test('is still paused after a restart of the gateway', async () => {
    const world = await setup();
    await pause(world);
    await world.caller.calls('1');
    const { pausedQueues } = await world.engine.open();
    const after = await world.restarts(['1'], { pausedQueues });
    const worker = await after.worker('w');
    await after.turn();
    expect(worker.ids).toEqual([]);
    await resume(after);
    await after.turn();
    expect(worker.ids).toEqual(['1']);
    expect((await after.engine.open()).pausedQueues).toEqual([]);
  });

  test('is no stall', async () => {
    const world = await setup();
    const worker = await world.worker('w');
    await pause(world);
    await world.caller.calls('1');
    await world.pass(2 * STALL_LIMIT_MS, worker);
    expect(world.broker.deliveryWatchdog.stallMs).toBe(0);
  });

  test('can be purged', async () => {
    const world = await setup();
    await world.worker('w');
    await pause(world);
    await world.caller.calls(['1', '2']);
    expect(await world.broker.control.run([['purge', 'default']])).toEqual([2]);
  });

  test('is one of so many at most', async () => {
    const world = await setup();
    for (let count = 0; count < PAUSED_QUEUES; count++) await pause(world, `q${count}`);
    await expect(pause(world, 'another')).rejects.toMatchObject({ code: 'TOO_MANY_PAUSES' });
    expect(await pause(world, 'q0')).toEqual([0]);
    await resume(world, 'q0');
    expect(await pause(world, 'another')).toEqual([0]);
  });
});
