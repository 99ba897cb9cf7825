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
});

describe('finding 5: names that callers make', () => {
  const QUEUES = 'TOO_MANY_QUEUES';
  const NAMES = 'TOO_MANY_NAMES';

  test('are refused when there are too many queues, but not where tasks wait already', async () => {
    const world = await setup({ maxQueues: 2 });
    for (const [id, queue] of [
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'c'],
      ['4', 'b'],
    ] as const)
      await world.caller.calls(id, { queue });
    expect(world.caller.answers).toEqual([
      ['1', 1, null],
      ['2', 1, null],
      ['3', 0, QUEUES],
      ['4', 1, null],
    ]);
    expect(world.caller.receipts[2]).toEqual([
      '3',
      0,
      QUEUES,
      'tasks already wait in 2 queues: queue c is not created',
      null,
    ]);
  });

  test('have room again when the tasks of one are gone', async () => {
    const world = await setup({ maxQueues: 1 });
    await world.caller.calls('1', { queue: 'a' });
    await world.broker.revoker.revoke([['1', false, 0]]);
    await world.caller.calls('2', { queue: 'b' });
    expect(world.caller.answers.at(-1)).toEqual(['2', 1, null]);
  });

  test('keep nobody out of a queue that was listed, that a worker serves or that a definition names', async () => {
    const world = await setup({ maxQueues: 1, maxLanes: 1, listedQueues: new Set(['listed']) });
    const worker = await world.worker('w1', {
      queues: ['served'],
      tasks: { add: { queue: 'own' } },
      capacity: 1,
    });
    await world.caller.calls('0', { queue: 'served' });
    await world.caller.calls('1', { queue: 'a' });
    await world.caller.calls('2', { queue: 'listed' });
    await world.caller.calls('3', { queue: 'served' });
    await world.caller.calls('4');
    await world.caller.calls('5', { queue: 'b' });
    expect(worker.ids).toEqual(['0']);
    expect(world.caller.answers.map(([id, accepted, what]) => [id, accepted, what]).slice(1)).toEqual([
      ['1', 1, 'a'],
      ['2', 1, 'listed'],
      ['3', 1, 'served'],
      ['4', 1, 'own'],
      ['5', 0, QUEUES],
    ]);
  });

  test('are refused when there are too many tasks that nobody defined', async () => {
    const world = await setup({ maxLanes: 2 });
    for (const name of ['a', 'b', 'c']) await world.caller.submits([name, name, '[]', null, 0]);
    expect(world.caller.answers.map(([id, accepted]) => [id, accepted])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 0],
    ]);
    expect(world.caller.receipts.at(-1)?.slice(2)).toEqual([
      NAMES,
      'tasks already wait in 2 pairs of queue and name: c is not accepted for queue default',
      null,
    ]);
    await world.worker('w1', { tasks: { c: {} }, capacity: 0 });
    await world.caller.submits(['c', 'c', '[]', null, 0]);
    expect(world.caller.answers.at(-1)).toEqual(['c', 1, 'default']);
  });

  test('count also those that are on their way together', async () => {
    const world = await setup({ maxQueues: 2 });
    await Promise.all(['a', 'b', 'c'].map((queue) => world.caller.calls(queue, { queue })));
    expect(world.caller.answers.filter(([, accepted]) => accepted === 0)).toEqual([['c', 0, QUEUES]]);
  });

  test('are taken as before where a call is sent again', async () => {
    const world = await setup({ maxQueues: 1 });
    await world.caller.calls('1', { queue: 'a' });
    await world.broker.revoker.revoke([['1', false, 0]]);
    await world.caller.calls('2', { queue: 'b' });
    await world.caller.calls('1', { queue: 'a' });
    expect(world.caller.answers.at(-1)).toEqual(['1', 1, 'a']);
  });

  test('are bounded for linked calls as well: one too many expires at once', async () => {
    const world = await setup({ maxQueues: 1 });
    const refused: string[] = [];
    world.telemetry.on('refused', ({ code, count }) => refused.push(`${code} ${count}`));
    const worker = await world.worker('w1');
    const link = (id: string, queue: string) =>
      ({ id, name: 'add', args: '[]', options: { queue }, immutable: true }) as const;
    await world.caller.calls('1', { link: [link('2', 'a'), link('3', 'b')] });
    await worker.runs('1');
    await world.pass(1, worker);
    expect((await world.record('2')).phase).toBe('ready');
    expect(await world.history('3')).toEqual(['PENDING submitted', 'REVOKED expired']);
    expect(refused).toEqual([`${QUEUES} 1`]);
    expect([...world.engine.waiting]).toEqual([['a', 1]]);
    await world.broker.revoker.revoke([['2', false, 0]]);
    await world.caller.calls('4', { queue: 'c' });
    expect(world.caller.answers.at(-1)).toEqual(['4', 1, 'c']);
  });
});
