/** A task that was lost after its start runs alone, so that the culprit is found and neighbours are never poisoned. */
import { decodeFailure } from '@celeriac/protocol';
import { describe, expect, test } from 'vitest';
import { defined, setup, type World } from '../../test/broker-setup.ts';
import { TestWorker } from '../../test/test-worker.ts';

/** Loses the worker with all it holds. */
async function dies(world: World, worker: TestWorker): Promise<void> {
  await world.broker.sessions.lose(worker.session, 'it died');
  await world.turn();
}

/** A task that was begun by a worker which then died. */
async function suspect(world: World, id: string): Promise<void> {
  const victim = await world.worker(`victim of ${id}`, { capacity: 1 });
  await world.caller.calls(id);
  await world.turn();
  await victim.starts(id);
  await dies(world, victim);
}

describe('a suspect', () => {
  test('goes to a worker that does nothing else, which gets nothing else until it settles', async () => {
    const world = await setup();
    await suspect(world, 'bad');
    const worker = await world.worker('w1');
    await world.caller.calls(['1', '2']);
    await world.turn();
    expect(worker.ids).toEqual(['bad']);
    expect(worker.assignment('bad')[5].redelivered).toBe(true);
    await worker.runs('bad');
    await world.turn();
    expect(worker.ids).toEqual(['bad', '1', '2']);
  });

  test('waits until a busy worker is drained, which gets nothing new meanwhile', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 4 });
    await world.caller.calls(['1', '2']);
    await world.turn();
    const victim = await world.worker('victim', { capacity: 1, queues: ['other'] });
    await world.caller.calls('bad', { queue: 'other' });
    await world.turn();
    await victim.starts('bad');
    worker.session.facts = { ...worker.session.facts, queues: new Set(['default', 'other']) };
    await dies(world, victim);
    await world.caller.calls('3');
    await world.turn();
    expect(worker.ids).toEqual(['1', '2']);
    await worker.runs('1');
    await world.turn();
    expect(worker.ids).toEqual(['1', '2']);
    await worker.runs('2');
    await world.turn();
    expect(worker.ids).toEqual(['1', '2', 'bad']);
    await worker.runs('bad');
    await world.turn();
    expect(worker.ids).toEqual(['1', '2', 'bad', '3']);
  });

  test('still runs alone when the gateway restarts meanwhile', async () => {
    const before = await setup();
    await suspect(before, 'bad');
    const worker = await before.worker('w1');
    await worker.starts('bad');
    const world = await before.restarts(['bad'], { definitions: [defined('add')] });
    const back = new TestWorker(world.broker, worker.settings);
    await back.join({ session: worker.session.id, held: [worker.holding('bad', true)] });
    await world.caller.calls('1');
    await world.turn();
    expect(back.ids).toEqual([]);
    back.assign(worker.assigned);
    await back.settles('bad');
    await world.turn();
    expect(back.ids).toEqual(['bad', '1']);
  });

  test('leaves the other workers at work', async () => {
    const world = await setup();
    await suspect(world, 'bad');
    const first = await world.worker('w1');
    const second = await world.worker('w2');
    await world.caller.calls(['1', '2']);
    await world.turn();
    expect([first.ids, second.ids]).toEqual([['bad'], ['1', '2']]);
  });

  test('that is taken by an idle worker sets a draining one free', async () => {
    const world = await setup();
    const large = await world.worker('large', { capacity: 10 });
    await world.caller.calls(['1', '2']);
    await world.turn();
    await suspectOnOtherQueue(world, 'bad', large);
    expect(large.session.exclusive).toBe('draining');
    const idle = await world.worker('idle', { queues: ['other'] });
    expect(idle.ids).toEqual(['bad']);
    await world.caller.calls('3');
    await world.turn();
    expect(large.ids).toEqual(['1', '2', '3']);
  });

  test('that is revoked sets a draining worker free', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 10 });
    await world.caller.calls('1');
    await world.turn();
    await suspectOnOtherQueue(world, 'bad', worker);
    await world.broker.revoker.revoke([['bad', false, 0]]);
    await world.caller.calls('2');
    await worker.runs('1');
    await world.turn();
    expect(worker.ids).toEqual(['1', '2']);
  });

  test('that ends well is forgiven: its retry runs among others', async () => {
    const world = await setup();
    await suspect(world, 'bad');
    const worker = await world.worker('w1');
    await worker.runs('bad', ['retry', '{}', '{}', 0]);
    await world.caller.calls('1');
    await world.turn();
    expect([...worker.ids].sort()).toEqual(['1', 'bad', 'bad']);
  });

  test('one of several runs at a time on each worker', async () => {
    const world = await setup();
    const victim = await world.worker('victim', { capacity: 2 });
    await world.caller.calls(['bad1', 'bad2']);
    await world.turn();
    await victim.starts('bad1', 'bad2');
    await dies(world, victim);
    const worker = await world.worker('w1');
    expect(worker.ids).toHaveLength(1);
    await worker.runs(worker.ids[0] ?? '');
    await world.turn();
    expect([...worker.ids].sort()).toEqual(['bad1', 'bad2']);
  });

  /** Once it is lost, the worker serves its queue as well. */
  async function suspectOnOtherQueue(world: World, id: string, worker: TestWorker): Promise<void> {
    const victim = await world.worker('victim', { capacity: 1, queues: ['other'] });
    await world.caller.calls(id, { queue: 'other' });
    await world.turn();
    await victim.starts(id);
    worker.session.facts = { ...worker.session.facts, queues: new Set(['default', 'other']) };
    await dies(world, victim);
  }
});

describe('poison', () => {
  test('ends as FAILURE after three workers, and takes nobody with it', async () => {
    const world = await setup();
    await world.caller.calls(['good1', 'bad', 'good2']);
    for (let death = 1; death <= 3; death++) {
      const worker = await world.worker(`w${death}`);
      await worker.starts(...worker.ids);
      for (const id of worker.ids.filter((assigned) => assigned !== 'bad')) {
        if (death > 1) await worker.settles(id);
      }
      await world.turn();
      if (!worker.ids.includes('bad')) continue;
      await dies(world, worker);
    }
    for (let round = 4; (await world.record('bad')).state !== 'FAILURE' && round < 12; round++) {
      const worker = await world.worker(`w${round}`);
      await worker.starts(...worker.ids);
      if (worker.ids.includes('bad')) await dies(world, worker);
      else for (const id of worker.ids) await worker.settles(id);
      await world.turn();
    }
    const last = await world.worker('last');
    for (const id of last.ids) await last.runs(id);
    await world.turn();
    const bad = await world.record('bad');
    expect(decodeFailure(bad.body ?? '')).toMatchObject({ name: 'WorkerLostError', code: 'WORKER_LOST' });
    expect(await world.history('bad')).toEqual([
      'PENDING submitted',
      'STARTED started',
      'PENDING worker-lost',
      'STARTED started',
      'PENDING worker-lost',
      'STARTED started',
      'FAILURE poisoned',
    ]);
    for (const id of ['good1', 'good2']) expect((await world.record(id)).deliveries).toBeLessThanOrEqual(1);
  });

  test('is counted by starts that were lost, not by tries that failed', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { add: { maxRetries: null } } });
    await world.caller.calls('1');
    for (let run = 0; run < 5; run++) {
      await world.turn();
      await worker.runs('1', ['retry', '{}', '{}', 0]);
    }
    expect(await world.record('1')).toMatchObject({ retries: 5, deliveries: 0 });
  });
});

describe('a task that may run only once', () => {
  const tasks = { add: { acksLate: false } };

  test('waits for the commit of its start', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls('1');
    await world.turn();
    expect(worker.assignment('1')[5].awaitStart).toBe(true);
    world.engine.holdCommits();
    const starting = worker.starts('1');
    await world.turn();
    expect(worker.startedAcks).toEqual([]);
    world.engine.commit();
    await starting;
    expect(worker.startedAcks).toEqual([[worker.assignment('1')[0], 'ok']]);
  });

  test('gets the answer again when it asks again', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    await worker.starts('1');
    expect(worker.startedAcks.map(([, verdict]) => verdict)).toEqual(['ok', 'ok']);
    expect(await world.history('1')).toEqual(['PENDING submitted', 'STARTED started']);
    await worker.settles('1');
    expect((await world.record('1')).state).toBe('SUCCESS');
  });

  test('is not started once it was revoked', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls('1');
    await world.turn();
    await world.broker.revoker.revoke([['1', false, 0]]);
    await worker.starts('1');
    expect(worker.startedAcks).toEqual([[worker.assignment('1')[0], 'stale']]);
  });

  test('ends when its worker is lost after the start', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    await dies(world, worker);
    expect(world.caller.heard('1')).toEqual(['STARTED started', 'FAILURE worker-lost']);
  });

  test('runs elsewhere when its worker is lost before the start', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls('1');
    await world.turn();
    await dies(world, worker);
    const other = await world.worker('w2', { tasks });
    await other.runs('1');
    expect((await world.record('1')).state).toBe('SUCCESS');
  });

  test('of other tasks is not asked for an answer', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    expect(worker.startedAcks).toEqual([]);
  });
});
