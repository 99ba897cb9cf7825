import { describe, expect, test } from 'vitest';
import { setup, type World } from '../../test/broker-setup.ts';

async function revoke(world: World, id: string, terminate = false, graceMs = 0): Promise<string | undefined> {
  const [verdict] = await world.broker.revoker.revoke([[id, terminate, graceMs]]);
  return verdict;
}

describe('a task that waits is prevented', () => {
  test('while nobody has defined it', async () => {
    const world = await setup();
    await world.caller.calls('1');
    expect(await revoke(world, '1')).toBe('prevented');
    expect(world.caller.heard('1')).toEqual(['REVOKED revoked']);
    const worker = await world.worker('w1');
    expect(worker.ids).toEqual([]);
  });

  test('while it is not due', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1', { countdownMs: 1_000 });
    expect(await revoke(world, '1')).toBe('prevented');
    await world.pass(2_000, worker);
    expect(worker.ids).toEqual([]);
  });

  test('while it is ready', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 0 });
    await world.caller.calls('1');
    expect(await revoke(world, '1')).toBe('prevented');
    worker.session.capacity = 1;
    world.broker.dispatcher.wake();
    await world.turn();
    expect(worker.ids).toEqual([]);
  });

  test('while it waits for a retry', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.runs('1', ['retry', '{}', '{}', 1_000]);
    expect(await revoke(world, '1')).toBe('prevented');
    expect(await world.history('1')).toEqual([
      'PENDING submitted',
      'STARTED started',
      'RETRY retry',
      'REVOKED revoked',
    ]);
  });
});

describe('a task on its way to a worker never gets there', () => {
  test('when its claim is answered after the revoke', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 0 });
    await world.caller.calls('1');
    world.engine.holdClaims();
    worker.session.capacity = 1;
    world.broker.dispatcher.wake();
    await world.turn();
    expect(await revoke(world, '1')).toBe('prevented');
    world.engine.answerClaims();
    await world.turn();
    expect([worker.ids, worker.aborts]).toEqual([[], []]);
    expect(world.caller.heard('1')).toEqual(['REVOKED revoked']);
    await world.caller.calls('2');
    await world.turn();
    expect(worker.ids).toEqual(['2']);
  });

  test('when the engine tells of its insert after the revoke', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 1 });
    world.engine.holdWrites();
    const calling = world.caller.calls('1');
    const revoking = revoke(world, '1');
    await world.turn();
    world.engine.answerWrites();
    await calling;
    expect(await revoking).toBe('prevented');
    await world.turn();
    expect([worker.ids, worker.aborts]).toEqual([[], []]);
    await world.caller.calls('2');
    await world.turn();
    expect(worker.ids).toEqual(['2']);
  });

  test('and the others of its claim do', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 0 });
    await world.caller.calls(['1', '2', '3']);
    world.engine.holdClaims();
    worker.session.capacity = 2;
    world.broker.dispatcher.wake();
    await world.turn();
    // Twice: who comes second must not bring it back.
    expect(await Promise.all([revoke(world, '1'), revoke(world, '1')])).toEqual([
      'prevented',
      'already-done',
    ]);
    world.engine.answerClaims();
    await world.turn();
    expect(worker.ids).toEqual(['2', '3']);
  });
});

describe('a task in a worker’s hands is revoked', () => {
  test('before it begins: the worker is told, and keeps its slot until it lets go', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.calls('1');
    await world.turn();
    expect(await revoke(world, '1')).toBe('revoked');
    expect(worker.aborts).toEqual([[worker.assignment('1')[0], 'revoked', false, 0]]);
    await world.caller.calls('2');
    await world.turn();
    expect(worker.ids).toEqual(['1']);
    await worker.releases('1');
    await world.turn();
    expect(worker.ids).toEqual(['1', '2']);
  });

  test('while it runs: REVOKED at once, and its late outcome is stale', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    expect(await revoke(world, '1', true, 5_000)).toBe('revoked');
    expect(worker.aborts).toEqual([[worker.assignment('1')[0], 'revoked', true, 5_000]]);
    await worker.settles('1');
    expect(worker.acks).toEqual([[worker.assignment('1')[0], 'stale']]);
    expect(worker.session.held.size).toBe(0);
    expect(world.caller.heard('1')).toEqual(['STARTED started', 'REVOKED revoked']);
  });

  test('and the worker is told once that is committed: a gateway that dies sooner has stopped nothing', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    world.engine.holdCommits();
    const verdict = revoke(world, '1');
    await world.turn();
    expect(worker.aborts).toEqual([]);
    world.engine.commit();
    expect(await verdict).toBe('revoked');
    expect(worker.aborts).toEqual([[worker.assignment('1')[0], 'revoked', false, 0]]);
  });

  test('while its start is being committed', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    world.engine.holdCommits();
    const starting = worker.starts('1');
    const verdict = revoke(world, '1');
    await world.turn();
    world.engine.commit();
    await starting;
    expect(await verdict).toBe('revoked');
    expect(world.caller.heard('1')).toEqual(['STARTED started', 'REVOKED revoked']);
  });

  test('while it is on its way there', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    const submitting = world.caller.calls('1');
    const verdict = revoke(world, '1');
    await submitting;
    expect(await verdict).toBe('revoked');
    await world.turn();
    // Whether it was assigned at all or not: the worker must not run it.
    expect(worker.aborts.map(([nonce]) => nonce)).toEqual(worker.assigned.map(([nonce]) => nonce));
    expect(worker.session.held.size).toBe(worker.assigned.length);
  });

  test('while a claim brings it there', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 0 });
    await world.caller.calls('1');
    worker.session.capacity = 1;
    const handingOut = world.broker.dispatcher.runOnce();
    const verdict = revoke(world, '1');
    await handingOut;
    expect(await verdict).toBe('revoked');
    await world.turn();
    expect(worker.aborts.map(([nonce]) => nonce)).toEqual(worker.assigned.map(([nonce]) => nonce));
  });

  test('while its socket is broken: the worker hears of it when it comes back', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    worker.disconnects();
    expect(await revoke(world, '1')).toBe('revoked');
    const { joined } = await worker.resume([worker.holding('1', true)]);
    expect(joined.lost).toEqual([worker.assignment('1')[0]]);
  });
});

describe('a task that has ended', () => {
  test.each([
    [['success', '4'], 'SUCCESS'],
    [['failure', '{}'], 'FAILURE'],
    [['ignored'], 'IGNORED'],
  ] as const)('as %j stays what it is', async (outcome, state) => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.runs('1', outcome);
    expect(await revoke(world, '1')).toBe('already-done');
    expect((await world.record('1')).state).toBe(state);
  });

  test('by revoking is done already', async () => {
    const world = await setup();
    await world.caller.calls('1');
    await revoke(world, '1');
    expect(await revoke(world, '1')).toBe('already-done');
  });
});

test('a task that nobody knows is unknown', async () => {
  const world = await setup();
  expect(await revoke(world, 'x')).toBe('unknown');
});

test('several are answered in the order of the question', async () => {
  const world = await setup();
  await world.caller.calls(['1', '2']);
  const verdicts = await world.broker.revoker.revoke([
    ['x', false, 0],
    ['2', false, 0],
    ['1', false, 0],
    ['2', false, 0],
  ]);
  expect(verdicts).toEqual(['unknown', 'prevented', 'prevented', 'already-done']);
});
