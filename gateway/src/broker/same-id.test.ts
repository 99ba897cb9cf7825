/** What becomes of a call whose id is taken. */
import { describe, expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';

describe('the same id', () => {
  test('submitted twice is one task, with the same receipt and a look at where it stands', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1', { priority: 3 });
    await world.clock.advance(100);
    await world.caller.calls('1', { priority: 3 });
    await world.turn();
    expect(worker.ids).toEqual(['1']);
    expect(world.caller.receipts[1]).toEqual(world.caller.receipts[0]);
    expect(world.caller.shown).toEqual(['1']);
    expect(worker.session.held.size).toBe(1);
  });

  test('twice in one frame is one task', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls(['1', '1']);
    await world.turn();
    expect(worker.ids).toEqual(['1']);
    expect(world.caller.receipts).toHaveLength(2);
    expect(worker.session.held.size).toBe(1);
  });

  test('from another caller is watched by both', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    const other = world.newCaller();
    await world.caller.calls('1');
    await other.calls('1');
    await world.turn();
    await worker.runs('1');
    expect(world.caller.heard('1')).toEqual(other.heard('1'));
    expect(other.heard('1')).toHaveLength(2);
  });

  test.each([
    ['another name', ['1', 'mul', '[2,2]', null, 0]],
    ['other arguments', ['1', 'add', '[2,3]', null, 0]],
    ['other options', ['1', 'add', '[2,2]', { priority: 1 }, 0]],
  ] as const)('with %s is a conflict, and the first task goes on', async (_, item) => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { add: {}, mul: {} } });
    await world.caller.calls('1');
    await world.caller.submits(item);
    await world.turn();
    expect(world.caller.answers[1]).toEqual(['1', 0, 'ID_CONFLICT']);
    expect(worker.ids).toEqual(['1']);
    await worker.runs('1');
    expect((await world.record('1')).state).toBe('SUCCESS');
  });

  test('of another call is told what differs, who may know of the first one', async () => {
    const world = await setup();
    await world.caller.calls('1', { countdownMs: 60_000, priority: 3 });
    await world.caller.submits(['1', 'mul', '[2,3]', { priority: 1 }, 0]);
    await world.turn();
    expect(world.caller.receipts.at(-1)?.[3]).toBe(
      'task id 1 is already used by another call, which differs in: name (add), arguments, countdown, priority',
    );
  });

  test('after its end is still one task, whose result is kept', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.runs('1');
    await world.caller.calls('1');
    await world.turn();
    expect(worker.assigned).toHaveLength(1);
    expect(world.caller.answers[1]).toEqual(['1', 1, 'default']);
    expect(await world.record('1')).toMatchObject({ state: 'SUCCESS', body: '4' });
  });

  test('gives back the room that was taken for it', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.calls('1');
    await world.turn();
    await worker.runs('1');
    await world.caller.calls('1');
    await world.caller.calls('2');
    await world.turn();
    expect(worker.ids).toEqual(['1', '2']);
  });
});
