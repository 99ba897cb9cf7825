/** What the simulated disk keeps and loses. */

import { describe, expect, test } from 'vitest';
import { submittedTask } from '../search/submitted.ts';
import { Chance } from './chance.ts';
import { ProcessClock } from './process-clock.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedEngine } from './simulated-engine.ts';
import { Time } from './time.ts';

async function setup(disk = new SimulatedDisk('a store')) {
  const time = new Time();
  const clock = new ProcessClock(time, 0, () => true);
  const engine = new SimulatedEngine(disk, clock, new Chance(1));
  await engine.open();
  return { time, clock, engine, disk };
}

async function kept(disk: SimulatedDisk): Promise<readonly string[]> {
  return (await disk.load()).records.map(({ id }) => id);
}

describe('the simulated disk', () => {
  test('keeps what is committed, and the next engine opens it', async () => {
    const { time, engine, disk } = await setup();
    const { committed } = engine.insert([submittedTask('a')]);
    await time.runUntil(100);
    expect(await committed).toMatchObject([{ inserted: true }]);
    const next = await setup(disk);
    const ready = next.engine.ready(['default'], ['work']);
    await next.time.runUntil(100);
    expect((await ready).map(({ count }) => count)).toEqual([1]);
  });

  test('loses what was applied and not committed when its process dies', async () => {
    const { time, clock, engine, disk } = await setup();
    disk.syncMs = 1_000_000;
    let done = '';
    const { applied, committed } = engine.insert([submittedTask('a')]);
    void applied.then(() => {
      done += 'applied';
    });
    void committed.then(() => {
      done += 'committed';
    });
    await time.runUntil(10);
    expect(done).toBe('applied');
    engine.insert([submittedTask('b')]);
    clock.kill();
    expect(await kept(disk)).not.toContain('b');
  });

  test.each([
    ['undone', []],
    ['done', ['a']],
  ] as const)('is finished by a failing commit, with the work %s', async (failing, ids) => {
    const { time, engine, disk } = await setup();
    disk.failing = failing;
    const { committed } = engine.insert([submittedTask('a')]);
    const outcome = committed.then(
      () => 'committed',
      () => 'failed',
    );
    await time.runUntil(100);
    expect(await outcome).toBe('failed');
    await expect(engine.insert([submittedTask('b')]).applied).rejects.toThrow('the disk failed');
    expect((await engine.failed).message).toContain('the disk failed');
    expect(await kept(disk)).toEqual(ids);
  });
});
