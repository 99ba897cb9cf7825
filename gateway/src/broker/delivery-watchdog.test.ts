import { describe, expect, test } from 'vitest';
import { defined, setup, type World } from '../../test/broker-setup.ts';
import { CHECK_EVERY_MS, STALL_LIMIT_MS } from './delivery-watchdog.ts';

/** Tasks wait, a worker has room, and the engine does not answer. */
async function stuck(): Promise<{ readonly world: World; readonly told: readonly number[] }> {
  const world = await setup({}, { definitions: [defined('add')] });
  const told: number[] = [];
  world.telemetry.on('deliveryStalled', ({ ms }) => told.push(ms));
  await world.caller.calls(['1', '2']);
  world.engine.holdClaims();
  return { world, told };
}

describe('the delivery watchdog', () => {
  test('grows while tasks and workers wait for each other, and says so once', async () => {
    const { world, told } = await stuck();
    const worker = await world.worker('w');
    await world.pass(STALL_LIMIT_MS, worker);
    expect(world.broker.deliveryWatchdog.stalled).toBe(false);
    await world.pass(CHECK_EVERY_MS, worker);
    expect(world.broker.deliveryWatchdog.stalled).toBe(true);
    expect(world.broker.deliveryWatchdog.stallMs).toBeGreaterThanOrEqual(STALL_LIMIT_MS);
    await world.pass(3 * CHECK_EVERY_MS, worker);
    expect(told).toEqual([STALL_LIMIT_MS]);
  });

  test('is well again with the first delivery', async () => {
    const { world } = await stuck();
    const worker = await world.worker('w');
    await world.pass(STALL_LIMIT_MS + CHECK_EVERY_MS, worker);
    world.engine.answerClaims();
    await world.turn();
    await world.pass(CHECK_EVERY_MS, worker);
    expect(worker.ids).toEqual(['1', '2']);
    expect(world.broker.deliveryWatchdog.stallMs).toBe(0);
  });

  test.each([
    ['nobody works', undefined],
    ['no worker has room', { capacity: 0 }],
    ['no worker knows the task', { tasks: { sub: {} } }],
    ['no worker takes from the queue', { queues: ['other'] }],
  ])('is calm while %s', async (_, settings) => {
    const { world } = await stuck();
    await world.caller.calls('3');
    const worker = settings === undefined ? [] : [await world.worker('w', settings)];
    await world.pass(2 * STALL_LIMIT_MS, ...worker);
    expect(world.broker.deliveryWatchdog.stallMs).toBe(0);
  });

  test('is calm while a limit is what tasks wait for', async () => {
    const { world } = await stuck();
    const worker = await world.worker('w', { tasks: { add: { ratePerHour: 1 } } });
    world.engine.answerClaims();
    await world.turn();
    expect(worker.ids).toEqual(['1']);
    await world.pass(2 * STALL_LIMIT_MS, worker);
    expect(world.broker.deliveryWatchdog.stallMs).toBe(0);
  });
});
