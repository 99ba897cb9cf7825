import { describe, expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';
import { numbered } from '../../test/numbered.ts';
import { work } from '../../test/work.ts';

describe('a concurrency limit', () => {
  test('holds however many lanes of its name are looked into at once', async () => {
    const world = await setup();
    const add = { taskLimit: 2 };
    const lost = await world.worker('lost', { tasks: { add } });
    await world.caller.calls(['a', 'b']);
    for (const id of lost.ids) await lost.starts(id);
    lost.disconnects();
    await world.pass(20_000);
    await world.caller.calls(['c', 'd', 'e']);
    const worker = await world.worker('w1', { tasks: { add }, capacity: 0 });
    // Long enough for those that were lost to be given out beside the others.
    await world.pass(5_000, worker);
    worker.session.capacity = 10;
    world.broker.dispatcher.wake();
    await world.turn();
    expect(worker.session.held.size).toBe(2);
    for (let ran = 0; ran < 5; ran++) {
      expect(worker.session.held.size).toBe(Math.min(2, 5 - ran));
      await worker.runs(worker.ids[ran] ?? '');
      await world.turn();
    }
    expect([...worker.ids].sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  const tasks = { add: { taskLimit: 3 }, mul: {} };

  test('holds over all workers together', async () => {
    const world = await setup();
    const first = await world.worker('w1', { tasks });
    const second = await world.worker('w2', { tasks });
    await world.caller.calls(numbered(10));
    await world.turn();
    expect(first.assigned.length + second.assigned.length).toBe(3);
    const [snapshot] = await world.broker.reader.snapshots([['9', 0]]);
    expect(snapshot?.waiting).toBe('turn');
    const holder = first.assigned.length > 0 ? first : second;
    await holder.runs(holder.ids[0] ?? '');
    await world.turn();
    expect(first.assigned.length + second.assigned.length).toBe(4);
    expect(await work(world, 20, first, second)).toEqual(expect.arrayContaining(['7', '8', '9']));
  });

  test('counts what a worker still holds when the gateway was started anew', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls(numbered(5));
    await worker.starts('0', '1', '2');
    const after = await world.restarts(numbered(5));
    const { session } = worker;
    const next = await after.worker('w2', { tasks });
    await after.turn();
    expect(next.ids).toEqual([]);
    expect(after.broker.roster.find(session.id)?.held.size).toBe(3);
  });

  test('has room again for one that was revoked on its way', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { add: { taskLimit: 1 } } });
    await world.caller.calls(['a', 'b']);
    await world.broker.revoker.revoke([['a', false, 0]]);
    await world.turn();
    expect(worker.ids).toEqual(['a', 'b']);
  });

  test('is changed and taken back at run time', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls(numbered(9));
    const { controller } = world.broker;
    const none = { ratePerHour: null, keyLimit: null };
    expect(await controller.control([['concurrencyLimit', 'add', 5]])).toEqual([{ ...none, taskLimit: 5 }]);
    await world.turn();
    expect(worker.assigned).toHaveLength(5);
    await controller.control([['concurrencyLimit', 'add', { task: 'default' }]]);
    await worker.runs('0');
    await worker.runs('1');
    await world.turn();
    expect(worker.assigned).toHaveLength(5);
    await worker.runs('2');
    await world.turn();
    expect(worker.assigned).toHaveLength(6);
  });
});

describe('a concurrency key', () => {
  const tasks = { add: { keyLimit: 1 } };

  test('lets one task of a key run at a time, and those of other keys beside it', async () => {
    const world = await setup();
    const first = await world.worker('w1', { tasks });
    const second = await world.worker('w2', { tasks });
    for (const id of numbered(6))
      await world.caller.calls(id, { concurrencyKey: Number(id) % 2 ? 'odd' : 'even' });
    await world.turn();
    const running = (): readonly string[] => [...first.ids, ...second.ids];
    expect([...running()].sort()).toEqual(['0', '1']);
    const [waiting] = await world.broker.reader.snapshots([['2', 0]]);
    expect(waiting?.waiting).toBe('turn');
    await (first.ids.includes('0') ? first : second).runs('0');
    await world.turn();
    expect([...running()].sort()).toEqual(['0', '1', '2']);
    await work(world, 20, first, second);
    expect([...running()].sort()).toEqual(numbered(6));
  });

  test('is needed by a call of a task that goes by one, and by a call that is linked', async () => {
    const world = await setup();
    await world.worker('w1', { tasks: { ...tasks, mul: {} } });
    await world.caller.calls('a');
    const linked = { id: 'c', name: 'add', args: '[]', immutable: true, options: null };
    await world.caller.submits([
      'b',
      'mul',
      '[]',
      { link: [{ ...linked, id: 'd', name: 'mul', options: { link: [linked] } }] },
      0,
    ]);
    await world.caller.calls('e', { concurrencyKey: 'k' });
    expect(world.caller.answers).toEqual([
      ['a', 0, 'KEY_REQUIRED'],
      ['b', 0, 'KEY_REQUIRED'],
      ['e', 1, 'default'],
    ]);
    expect(world.caller.receipts[0]?.[3]).toContain('task add');
  });

  test('goes with a retry and with a linked task', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { ...tasks, mul: {} } });
    const link = [
      { id: 'linked', name: 'add', args: '[]', immutable: true, options: { concurrencyKey: 'k' } },
    ];
    await world.caller.calls('a', { concurrencyKey: 'k' });
    await world.caller.calls('b', { concurrencyKey: 'k' });
    await world.caller.submits(['mul', 'mul', '[]', { link }, 0]);
    await world.turn();
    await worker.runs('a', ['retry', '{}', '{}', 60_000]);
    await worker.runs('mul');
    await world.turn();
    expect(worker.ids.slice(-1)).toEqual(['b']);
    await world.pass(61_000, worker);
    expect(worker.ids).toHaveLength(3);
    await worker.runs('b');
    await world.turn();
    expect(worker.ids).toHaveLength(4);
  });

  test('is in no worker’s hands before the store is sure of that', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { ...tasks, mul: {} } });
    world.engine.holdReads();
    await world.caller.calls('a', { concurrencyKey: 'k' });
    await world.caller.submits(['mul', 'mul', '[]', null, 0]);
    await world.turn();
    expect(worker.ids).toEqual(['mul']);
    world.engine.answerReads();
    await world.turn();
    expect(worker.ids).toEqual(['mul', 'a']);
  });

  test('is not handed over when it is revoked before the store is sure', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    world.engine.holdReads();
    await world.caller.calls(['a', 'b'], { concurrencyKey: 'k' });
    await world.turn();
    const revoked = world.broker.revoker.revoke([['a', false, 0]]);
    world.engine.answerReads();
    await revoked;
    await world.turn();
    expect(worker.ids).toEqual(['b']);
  });

  test('is free for the next when one is revoked', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls(['a', 'b'], { concurrencyKey: 'k' });
    await world.turn();
    await world.broker.revoker.revoke([['a', false, 0]]);
    await world.turn();
    expect(worker.ids).toEqual(['a', 'b']);
  });

  test('takes its limit from control, at once and for what waits', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls(numbered(4), { concurrencyKey: 'k' });
    await world.turn();
    expect(worker.ids).toEqual(['0']);
    const { controller } = world.broker;
    const [limits] = await controller.control([['concurrencyLimit', 'add', 3]]);
    expect(limits).toEqual({ ratePerHour: null, taskLimit: null, keyLimit: 3 });
    await world.turn();
    expect(worker.ids).toEqual(['0', '1', '2']);
    await controller.control([['concurrencyLimit', 'add', { key: null }]]);
    await world.turn();
    expect(worker.ids).toHaveLength(4);
  });
});
