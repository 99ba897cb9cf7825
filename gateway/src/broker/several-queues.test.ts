import { describe, expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';
import { numbered } from '../../test/numbered.ts';
import { work } from '../../test/work.ts';

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
