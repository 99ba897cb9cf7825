import { describe, expect, test } from 'vitest';
import { defined, setup, type World } from '../../test/broker-setup.ts';
import { numbered } from '../../test/numbered.ts';
import type { TestWorker } from '../../test/test-worker.ts';

/** A world whose only worker is busy, so that what is called from now on waits. */
async function busy(world: World): Promise<TestWorker> {
  const worker = await world.worker('w1', { capacity: 1 });
  await world.caller.calls('busy');
  await world.turn();
  expect(worker.ids).toEqual(['busy']);
  return worker;
}

/** Lets a worker run what it gets, until nothing comes any more. */
async function drain(world: World, worker: TestWorker): Promise<void> {
  for (let settled = 0; settled < worker.assigned.length; ) {
    const [, id] = worker.assigned[settled++] ?? [];
    if (id !== undefined) await worker.runs(id);
    await world.turn();
  }
}

describe('waiting tasks', () => {
  test('are handed out by priority, 9 first, then by age', async () => {
    const world = await setup();
    const worker = await busy(world);
    for (const [id, priority] of Object.entries({ a: 0, b: 5, c: 9, d: 5, e: 0, f: 9 })) {
      await world.caller.calls(id, { priority });
    }
    await drain(world, worker);
    expect(worker.ids).toEqual(['busy', 'c', 'f', 'b', 'd', 'a', 'e']);
  });

  test('are not overtaken by a task that comes when there is room', async () => {
    const world = await setup();
    const worker = await busy(world);
    await world.caller.calls('old');
    await worker.runs('busy');
    // The room is free, and nobody has looked yet.
    await world.caller.calls('new');
    await drain(world, worker);
    expect(worker.ids).toEqual(['busy', 'old', 'new']);
  });

  test('are spread over workers with room', async () => {
    const world = await setup({}, { definitions: [defined('add')] });
    await world.caller.calls(numbered(12));
    const first = await world.worker('w1', { capacity: 0 });
    const second = await world.worker('w2', { capacity: 0 });
    for (const { session } of [first, second]) session.capacity = 10;
    world.broker.dispatcher.wake();
    await world.turn();
    expect(first.assigned.length + second.assigned.length).toBe(12);
    expect(Math.abs(first.assigned.length - second.assigned.length)).toBeLessThanOrEqual(2);
  });

  test('that nobody here can run do not keep others from running', async () => {
    const world = await setup({}, { definitions: [defined('mul')] });
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.submits(['mul', 'mul', '', null, 0]);
    await world.caller.calls('q', { queue: 'other' });
    await world.caller.calls('1');
    await drain(world, worker);
    expect(worker.ids).toEqual(['1']);
    const snapshots = await world.broker.reader.snapshots([
      ['mul', 0],
      ['q', 0],
    ]);
    expect(snapshots.map(({ waiting, lacks }) => [waiting, lacks])).toEqual([
      ['worker', 'task'],
      ['worker', 'queue'],
    ]);
  });

  test('say that they wait for their turn where somebody could run them', async () => {
    const world = await setup();
    await busy(world);
    await world.caller.calls('1');
    const [snapshot] = await world.broker.reader.snapshots([['1', 0]]);
    expect([snapshot?.waiting, snapshot?.lacks]).toEqual(['turn', undefined]);
  });

  test('go to the least loaded worker at once when they come', async () => {
    const world = await setup();
    const large = await world.worker('large', { capacity: 4 });
    const small = await world.worker('small', { capacity: 2 });
    await world.caller.calls(['1', '2', '3', '4', '5', '6']);
    await world.turn();
    expect([large.assigned.length, small.assigned.length]).toEqual([4, 2]);
  });

  test('go to the least loaded worker when there is room again', async () => {
    const world = await setup();
    const first = await world.worker('w1', { capacity: 2 });
    const second = await world.worker('w2', { capacity: 2 });
    await world.caller.calls(['1', '2', '3', '4', '5']);
    await world.turn();
    // Both become free in one turn, the one that joined later by more.
    await first.runs(first.ids[0] ?? '');
    for (const id of [...second.ids]) await second.runs(id);
    await world.turn();
    expect([first.assigned.length, second.assigned.length]).toEqual([2, 3]);
  });

  test('that come after one that was revoked in its lane are handed out', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 0 });
    await world.caller.calls('1');
    await world.broker.revoker.revoke([['1', false, 0]]);
    worker.session.capacity = 1;
    await world.turn();
    await world.caller.calls('2');
    await world.turn();
    expect(worker.ids).toEqual(['2']);
  });

  test('that come while two claims are under way are not forgotten', async () => {
    const world = await setup();
    const first = await world.worker('w1', { capacity: 1 });
    const second = await world.worker('w2', { capacity: 1 });
    await world.caller.calls(['busy1', 'busy2']);
    await world.caller.calls('1');
    await world.turn();
    world.engine.holdClaims();
    // Each worker that becomes free makes the gateway ask for the one task that waits.
    await first.runs('busy1');
    await world.turn();
    await second.runs('busy2');
    await world.turn();
    expect(world.engine.claiming).toBe(2);
    world.engine.answerClaim();
    await Promise.resolve();
    await world.turn();
    await world.caller.calls('2');
    await world.turn();
    world.engine.answerClaims();
    await world.turn();
    expect([...first.ids, ...second.ids].sort()).toEqual(['1', '2', 'busy1', 'busy2']);
  });
});

describe('a worker', () => {
  test('gets as much as it takes, and the next when it has settled one', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 2 });
    await world.caller.calls(['1', '2', '3', '4']);
    await world.turn();
    expect(worker.ids).toEqual(['1', '2']);
    await worker.runs('2');
    await world.turn();
    expect(worker.ids).toEqual(['1', '2', '3']);
  });

  test('is not promised more than it takes while a claim is under way', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.calls(['busy', '1', '2']);
    await world.turn();
    await worker.runs('busy');
    world.engine.holdClaims();
    await world.turn();
    await world.caller.calls('3');
    await world.turn();
    world.engine.answerClaims();
    await world.turn();
    expect(worker.ids).toEqual(['busy', '1']);
  });

  test('that takes nothing gets nothing', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 0 });
    await world.caller.calls('1');
    await world.turn();
    expect(worker.ids).toEqual([]);
  });

  test('that gives a task back has room, and the task goes on without blame', async () => {
    const world = await setup();
    const first = await world.worker('w1', { capacity: 1 });
    await world.caller.calls('1');
    await world.turn();
    first.session.capacity = 0;
    await first.releases('1');
    const second = await world.worker('w2');
    expect(second.ids).toEqual(['1']);
    expect(first.session.held.size).toBe(0);
    await second.runs('1');
    expect(await world.history('1')).toEqual(['PENDING submitted', 'STARTED started', 'SUCCESS completed']);
  });

  test('that gives back what it had begun shows the return', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    await worker.releases('1');
    expect(world.caller.heard('1')).toEqual(['STARTED started', 'PENDING released']);
    expect((await world.record('1')).deliveries).toBe(0);
  });

  test('that gives back what it does not hold changes nothing', async () => {
    const world = await setup();
    const first = await world.worker('w1');
    const second = await world.worker('w2', { queues: ['other'] });
    await world.caller.calls('1');
    await world.turn();
    second.assign(first.assigned);
    await second.releases('1');
    expect((await world.record('1')).phase).toBe('leased');
  });
});
