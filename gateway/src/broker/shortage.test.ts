import { ManualClock } from '@celeriac/runtime/testing';
import { describe, expect, test } from 'vitest';
import { World } from '../../test/broker-setup.ts';
import { SlowEngine } from '../../test/slow-engine.ts';
import { MemoryEngine } from '../engine/memory/memory-engine.ts';

async function setup(): Promise<{ readonly world: World; readonly memory: MemoryEngine }> {
  const memory = new MemoryEngine();
  const engine = new SlowEngine(memory);
  return { world: new World(new ManualClock(), engine, await engine.open()), memory };
}

describe('a store without room', () => {
  test('refuses calls with a time to come back, and takes them when there is room again', async () => {
    const { world, memory } = await setup();
    memory.shortage.set('the disk is full');
    await world.caller.calls('1');
    expect(world.caller.receipts).toEqual([
      ['1', 0, 'STORAGE_FULL', 'the task store has no room: the disk is full', 1_000],
    ]);
    memory.shortage.set(null);
    await world.caller.calls('1');
    expect(world.caller.answers.at(-1)).toEqual(['1', 1, null]);
  });

  test('lets what was accepted before go on to its end, and answers for it', async () => {
    const { world, memory } = await setup();
    const worker = await world.worker('w');
    await world.caller.calls('1');
    memory.shortage.set('the disk is full');
    await worker.starts('1');
    await worker.settles('1');
    await world.caller.calls('1');
    expect(world.caller.answers.at(-1)).toEqual(['1', 1, 'default']);
    expect((await world.record('1')).state).toBe('SUCCESS');
  });

  test('leaves no worker waiting for a task that it refused', async () => {
    const { world, memory } = await setup();
    const worker = await world.worker('w', { capacity: 1 });
    memory.shortage.set('the disk is full');
    await world.caller.calls('1');
    memory.shortage.set(null);
    await world.caller.calls('2');
    expect(worker.ids).toEqual(['2']);
  });
});
