import { ManualClock } from '@celeriac/runtime/testing';
import { expect, test } from 'vitest';
import { World } from '../../test/broker-setup.ts';
import { SlowEngine } from '../../test/slow-engine.ts';
import type { StoredTask } from '../core/record.ts';
import type { InsertVerdict, Write } from '../engine/engine.ts';
import { watchedWrite } from '../engine/engine-parts.ts';
import { MemoryEngine } from '../engine/memory/memory-engine.ts';

const DISK = 'the disk failed';

/** Fails to insert once, when the test says so. */
class StumblingEngine extends MemoryEngine {
  stumbles = false;

  override insert(records: readonly StoredTask[]): Write<readonly InsertVerdict[]> {
    if (!this.stumbles) return super.insert(records);
    this.stumbles = false;
    const failed = Promise.reject(new Error(DISK));
    return watchedWrite<readonly InsertVerdict[]>(failed, failed);
  }
}

async function setup(maxDepth: number): Promise<{ readonly world: World; readonly disk: StumblingEngine }> {
  const disk = new StumblingEngine();
  return { disk, world: new World(new ManualClock(), new SlowEngine(disk), await disk.open(), { maxDepth }) };
}

test('calls that the store does not take give their places in the queue back', async () => {
  const { world, disk } = await setup(1);
  disk.stumbles = true;
  await expect(world.caller.calls('1')).rejects.toThrow(DISK);
  await world.caller.calls(['2', '3']);
  expect(world.caller.answers).toEqual([
    ['3', 0, 'QUEUE_FULL'],
    ['2', 1, null],
  ]);
});

test('calls that the store does not take give the room back that a worker was to have for them', async () => {
  const { world, disk } = await setup(10);
  const worker = await world.worker('w', { capacity: 1 });
  await world.broker.control.run([['concurrencyLimit', 'add', 1]]);
  disk.stumbles = true;
  await expect(world.caller.calls('1')).rejects.toThrow(DISK);
  expect([worker.ids, worker.session.held.size, world.broker.leases.coming]).toEqual([[], 0, 0]);
  await world.caller.calls('2');
  await world.turn();
  expect(worker.ids).toEqual(['2']);
});
