import { describe, expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';
import { submitted } from '../../test/records.ts';
import { Depths } from './depths.ts';

const FULL = 'QUEUE_FULL';

describe('a queue that is full', () => {
  test('refuses further calls with a time to come back, and takes them when there is room again', async () => {
    const world = await setup({ maxDepth: 2 });
    await world.caller.calls(['1', '2', '3']);
    expect(world.caller.answers).toEqual([
      ['3', 0, FULL],
      ['1', 1, null],
      ['2', 1, null],
    ]);
    expect(world.caller.receipts[0]).toEqual([
      '3',
      0,
      FULL,
      'queue default is full: 2 tasks wait in it',
      1_000,
    ]);
    const worker = await world.worker('w', { capacity: 1 });
    expect(worker.ids).toEqual(['1']);
    await world.caller.calls('3');
    expect(world.caller.answers.at(-1)).toEqual(['3', 1, 'default']);
  });

  test('counts what is scheduled, and what nobody has defined', async () => {
    const world = await setup({ maxDepth: 2 });
    await world.caller.calls('1', { countdownMs: 60_000 });
    await world.caller.calls(['2', '3']);
    expect(world.caller.answers.map(([id, accepted]) => [id, accepted])).toEqual([
      ['1', 1],
      ['3', 0],
      ['2', 1],
    ]);
  });

  test('leaves other queues alone, and tasks that a worker takes at once', async () => {
    const world = await setup({ maxDepth: 1 });
    const worker = await world.worker('w', { queues: ['default', 'other'], capacity: 2 });
    await world.caller.calls('1', { countdownMs: 60_000 });
    await world.caller.calls(['2', '3', '4']);
    await world.caller.calls('5', { queue: 'other' });
    expect(worker.ids).toEqual(['2', '3']);
    expect(world.caller.answers.filter(([, accepted]) => accepted === 0)).toEqual([['4', 0, FULL]]);
  });

  test('answers a call that it has accepted already as accepted', async () => {
    const world = await setup({ maxDepth: 1 });
    await world.caller.calls('1');
    await world.caller.calls(['1', '2']);
    expect(world.caller.answers.map(([id, accepted]) => [id, accepted])).toEqual([
      ['1', 1],
      ['2', 0],
      ['1', 1],
    ]);
    // What was sent twice takes one place.
    await world.broker.revoker.revoke([['1', false, 0]]);
    await world.caller.calls('2');
    expect(world.caller.answers.at(-1)).toEqual(['2', 1, null]);
  });

  test('takes no more than its bound from calls that are on their way together', () => {
    const waiting = new Map([['default', 1]]);
    const rules = { maxDepth: 3, maxQueues: 1_000, maxLanes: 1_000 };
    const depths = new Depths({ waiting, lanes: 1 }, rules, { queue: () => false, name: () => false });
    const records = [submitted(), submitted(), submitted()];
    expect(records.map((record) => depths.enter(record))).toEqual([undefined, undefined, FULL]);
    waiting.set('default', 3);
    depths.arrived(records.slice(0, 2));
    expect(depths.enter(submitted())).toBe(FULL);
    waiting.set('default', 2);
    expect(depths.enter(submitted())).toBe(undefined);
  });

  test('is told apart by code in what is counted', async () => {
    const world = await setup({ maxDepth: 1 });
    const refused: string[] = [];
    world.telemetry.on('refused', ({ code, count }) => refused.push(`${code} ${count}`));
    await world.caller.calls(['1', '2', '3']);
    expect(refused).toEqual([`${FULL} 2`]);
  });
});
