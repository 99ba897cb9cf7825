import type { Outcome } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';

describe('progress', () => {
  test('of a running task is pushed, and shown in its snapshot', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    worker.progresses('1', 'PROGRESS', '50');
    worker.progresses('1', 'PROGRESS', '90');
    expect(world.caller.events.slice(1)).toEqual([
      ['1', 2, world.clock.now(), null, 'PROGRESS', '50'],
      ['1', 2, world.clock.now(), null, 'PROGRESS', '90'],
    ]);
    const [snapshot] = await world.broker.reader.snapshots([['1', 0]]);
    expect(snapshot).toMatchObject({ state: 'STARTED', progress: ['PROGRESS', '90'] });
    await worker.settles('1');
    expect(world.caller.heard('1')).toEqual([
      'STARTED started',
      'PROGRESS 50',
      'PROGRESS 90',
      'SUCCESS completed',
    ]);
    const [after] = await world.broker.reader.snapshots([['1', 0]]);
    expect(after?.progress).toBeNull();
  });

  test('is held back until the start is published, then the last of it comes', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    world.engine.holdCommits();
    const starting = worker.starts('1');
    worker.progresses('1', 'PROGRESS', '10');
    worker.progresses('1', 'PROGRESS', '20');
    await world.turn();
    expect(world.caller.heard('1')).toEqual([]);
    world.engine.commit();
    await starting;
    expect(world.caller.heard('1')).toEqual(['STARTED started', 'PROGRESS 20']);
  });

  test.each<[string, Outcome, string]>([
    ['an end', ['success', '1'], 'SUCCESS completed'],
    ['a retry', ['retry', '{}', '{}', 10_000], 'RETRY retry'],
    ['a requeue', ['rejected', '{}', true], 'PENDING requeued'],
  ])('that was never visible is told before %s that came in the same turn', async (_, outcome, end) => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    world.engine.holdCommits();
    const starting = worker.starts('1');
    worker.progresses('1', 'PROGRESS', '10');
    worker.progresses('1', 'PROGRESS', '20');
    const settling = worker.settles('1', outcome);
    await world.turn();
    world.engine.commit();
    await Promise.all([starting, settling]);
    expect(world.caller.heard('1').slice(0, 3)).toEqual(['STARTED started', 'PROGRESS 20', end]);
  });

  test('that was never visible is told before a revoke, and where no start was reported', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.caller.calls('2');
    await world.turn();
    worker.progresses('1', 'PROGRESS', '10');
    await worker.settles('1');
    expect(world.caller.heard('1')).toEqual(['STARTED started', 'PROGRESS 10', 'SUCCESS completed']);
    world.engine.holdCommits();
    const starting = worker.starts('2');
    worker.progresses('2', 'PROGRESS', '10');
    const revoking = world.broker.revoker.revoke([['2', false, 0]]);
    await world.turn();
    world.engine.commit();
    await Promise.all([starting, revoking]);
    expect(world.caller.heard('2')).toEqual(['STARTED started', 'PROGRESS 10', 'REVOKED revoked']);
  });

  test('that was shown last is in the snapshot of the end for those who may have missed it, and for no other', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    worker.progresses('1', 'PROGRESS', '90');
    await worker.settles('1');
    const read = async (): Promise<unknown> => {
      const [late] = await world.broker.reader.snapshots([['1', 0]], () => true, true);
      const [usual] = await world.broker.reader.snapshots([['1', 0]]);
      return [late?.state, late?.progress, usual?.progress];
    };
    expect(await read()).toEqual(['SUCCESS', ['PROGRESS', '90'], null]);
  });

  test('is not in a snapshot either before the start is published', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    world.engine.holdCommits();
    const starting = worker.starts('1');
    worker.progresses('1', 'PROGRESS', '10');
    const [snapshot] = await world.broker.reader.snapshots([['1', 0]]);
    expect(snapshot?.progress).toBeNull();
    world.engine.commit();
    await starting;
  });

  test('of the next attempt is held back by its own start, not shown by that of the last', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    world.engine.holdCommits();
    const reports = [worker.starts('1'), worker.settles('1', ['retry', '{}', '{}', 0])];
    await world.turn();
    expect(worker.assigned).toHaveLength(2);
    worker.progresses('1', 'PROGRESS', 'early');
    world.engine.commit();
    await Promise.all(reports);
    expect(world.caller.heard('1')).toEqual(['STARTED started', 'RETRY retry']);
    await worker.starts('1');
    expect(world.caller.heard('1').slice(2)).toEqual(['STARTED started', 'PROGRESS early']);
  });

  test('of a task that was forgotten is told to nobody', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    worker.progresses('1', 'PROGRESS', 'private');
    await worker.settles('1');
    await world.broker.forgetter.forget(['1']);
    const [snapshot] = await world.broker.reader.snapshots([['1', 0]], undefined, true);
    expect(snapshot).toMatchObject({ state: 'SUCCESS', gone: true, progress: null });
  });

  test('of an attempt that is over is ignored', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.runs('1');
    worker.progresses('1', 'PROGRESS', '50');
    expect(world.caller.heard('1')).toEqual(['STARTED started', 'SUCCESS completed']);
  });

  test('by a session that does not hold the task is ignored', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    const thief = await world.worker('w2', { queues: ['other'] });
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    thief.assign(worker.assigned);
    thief.progresses('1', 'PROGRESS', 'forged');
    expect(world.caller.heard('1')).toEqual(['STARTED started']);
  });

  test('is not carried over to the next attempt', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    worker.progresses('1', 'PROGRESS', '50');
    await worker.settles('1', ['retry', '{}', '{}', 0]);
    await world.turn();
    await worker.starts('1');
    const [snapshot] = await world.broker.reader.snapshots([['1', 0]]);
    expect(snapshot?.progress).toBeNull();
  });
});
