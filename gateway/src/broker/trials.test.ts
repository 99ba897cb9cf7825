/** What is lost with its worker again and again stands trial, so that the culprit is found and its neighbours are not blamed. */

import type { PoolKind } from '@celeriac/protocol';
import { decodeFailure, type Outcome } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { defined, setup, type World } from '../../test/broker-setup.ts';
import { TestWorker } from '../../test/test-worker.ts';
import { trialAfter } from '../core/suspicion.ts';
import { RETURN_MS } from './planner.ts';
import { TRIALS_EVERY_MS } from './trials.ts';

/** Loses the worker with all it holds. */
async function dies(world: World, worker: TestWorker): Promise<void> {
  await world.broker.sessions.lose(worker.session, 'it died');
  await world.turn();
}

/** Begun by workers that then died, all of them each time, as often as is said. */
async function lost(
  world: World,
  ids: readonly string[],
  times: number,
  pool: PoolKind = 'inline',
): Promise<void> {
  await world.caller.calls([...ids]);
  for (let time = 1; time <= times; time++) {
    const victim = await world.worker(`victim ${time} of ${ids[0]}`, { capacity: 2 * ids.length, pool });
    await victim.starts(...ids);
    await world.pass(LOST_AFTER_MS, victim);
    await dies(world, victim);
  }
}

const LOST_AFTER_MS = 2_000;
const CLEARED_MS = trialAfter(LOST_AFTER_MS) + TRIALS_EVERY_MS;
const TWELVE = Array.from({ length: 12 }, (_, number) => `lost ${number}`);

describe('tasks that were lost with their worker', () => {
  test.each(['inline', 'threads', 'processes'] as const)(
    'once run again at once in %s, and leave a quarter of the slots to others for a moment',
    async (pool) => {
      const world = await setup();
      await lost(world, TWELVE, 1, pool);
      const worker = await world.worker('w1', { capacity: 12, pool });
      expect(worker.ids).toEqual(TWELVE.slice(0, 9));
      expect(worker.assignment('lost 0')[5].redelivered).toBe(true);
      await world.caller.calls(['quick 1', 'quick 2']);
      await world.turn();
      expect(worker.ids.slice(9)).toEqual(['quick 1', 'quick 2']);
      await worker.runs('quick 1');
      await worker.runs('quick 2');
      await world.turn();
      expect(worker.ids).toHaveLength(11);
      await world.clock.advance(RETURN_MS);
      expect(worker.ids.slice(11)).toEqual(TWELVE.slice(9));
      expect(world.broker.suspectsHeldBack).toBe(0);
    },
  );

  test('once take the only slot of a worker that has one', async () => {
    const world = await setup();
    await lost(world, ['a'], 1);
    const worker = await world.worker('w1', { capacity: 1 });
    expect(worker.ids).toEqual(['a']);
  });

  test.each(['threads', 'processes'] as const)('twice run again all together in %s', async (pool) => {
    const world = await setup();
    await lost(world, TWELVE, 2, pool);
    const worker = await world.worker('w1', { capacity: 16, pool });
    expect(worker.ids).toEqual(TWELVE);
  });

  test('twice where that ends their worker run all together where it does not', async () => {
    const world = await setup();
    await lost(world, TWELVE, 2);
    const worker = await world.worker('w1', { capacity: 12, pool: 'processes' });
    expect(worker.ids).toEqual(TWELVE);
    const inline = await world.worker('w2');
    expect(inline.ids).toEqual([]);
  });

  test('twice take one slot of a worker, one after the other, and leave it the others', async () => {
    const world = await setup();
    await lost(world, TWELVE, 2);
    const worker = await world.worker('w1', { capacity: 12 });
    expect(worker.ids).toEqual(['lost 0']);
    expect(world.broker.suspectsHeldBack).toBe(11);
    await worker.starts('lost 0');
    const others = Array.from({ length: 11 }, (_, number) => `quick ${number}`);
    await world.caller.calls(others);
    await world.turn();
    expect(worker.ids).toEqual(['lost 0', ...others]);
    await worker.settles('lost 0');
    await world.turn();
    expect(worker.ids.at(-1)).toBe('lost 1');
    expect(world.broker.suspectsHeldBack).toBe(10);
  });

  test('twice run one on each worker', async () => {
    const world = await setup();
    await lost(world, ['a', 'b', 'c'], 2);
    const first = await world.worker('w1');
    const second = await world.worker('w2');
    expect([first.ids, second.ids]).toEqual([['a'], ['b']]);
  });
});

describe('a suspect', () => {
  test('begins alone: what comes is given out once it has begun', async () => {
    const world = await setup();
    await lost(world, ['bad'], 2);
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    expect(worker.ids).toEqual(['bad']);
    await worker.starts('bad');
    await world.turn();
    expect(worker.ids).toEqual(['bad', '1']);
  });

  test('that does not begin holds nothing up for longer than a second', async () => {
    const world = await setup();
    await lost(world, ['bad'], 2);
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.pass(1_000, worker);
    expect(worker.ids).toEqual(['bad', '1']);
  });

  test('has no company while another worker has room', async () => {
    const world = await setup();
    await lost(world, ['bad'], 2);
    const first = await world.worker('w1');
    const second = await world.worker('w2', { capacity: 2 });
    await first.starts('bad');
    await world.caller.calls(['1', '2']);
    await world.turn();
    expect([first.ids, second.ids]).toEqual([['bad'], ['1', '2']]);
    await world.caller.calls(['3']);
    await world.turn();
    expect(first.ids).toEqual(['bad', '3']);
  });

  test('that has run for longer than before is cleared, and the next one has its turn', async () => {
    const world = await setup();
    await lost(world, ['a', 'b'], 2);
    const worker = await world.worker('w1');
    await worker.starts('a');
    await world.pass(LOST_AFTER_MS, worker);
    expect(worker.ids).toEqual(['a']);
    await world.pass(CLEARED_MS - LOST_AFTER_MS, worker);
    expect(worker.ids).toEqual(['a', 'b']);
    expect(await world.record('a')).toMatchObject({ phase: 'running', trialMs: null, deliveries: 2 });
    await worker.settles('a');
    expect((await world.record('a')).state).toBe('SUCCESS');
  });

  test('is not cleared while nothing is heard of its worker: that may hang because of it', async () => {
    const world = await setup();
    await lost(world, ['a', 'b'], 2);
    const worker = await world.worker('w1');
    await worker.starts('a');
    await world.pass(LOST_AFTER_MS);
    expect(worker.probes).toBe(0);
    await world.pass(CLEARED_MS);
    expect(worker.ids).toEqual(['a']);
    expect(worker.probes).toBeGreaterThan(0);
    await world.pass(TRIALS_EVERY_MS, worker);
    await world.pass(TRIALS_EVERY_MS, worker);
    expect(worker.ids).toEqual(['a', 'b']);
  });

  test('that ends its worker once more is given up, and those beside it are not charged', async () => {
    const world = await setup();
    await lost(world, ['cleared', 'bad'], 2);
    const worker = await world.worker('w1');
    await worker.starts('cleared');
    await world.pass(CLEARED_MS, worker);
    await worker.starts('bad');
    await dies(world, worker);
    expect((await world.history('bad')).at(-1)).toBe('FAILURE poisoned');
    expect(await world.record('cleared')).toMatchObject({ phase: 'ready', deliveries: 2, trialMs: null });
  });

  test('that is lost with something that came after it is not given up: it may not be to blame', async () => {
    const world = await setup();
    await lost(world, ['suspect'], 2);
    let worker = await world.worker('w1');
    await worker.starts('suspect');
    await world.caller.calls('bad');
    await world.turn();
    await worker.starts('bad');
    await dies(world, worker);
    expect(await world.record('suspect')).toMatchObject({ phase: 'ready', deliveries: 3 });
    expect(await world.record('bad')).toMatchObject({ phase: 'ready', deliveries: 1 });
    worker = await world.worker('w2');
    await worker.starts('suspect');
    await dies(world, worker);
    expect((await world.history('suspect')).at(-1)).toBe('FAILURE poisoned');
  });

  test('is still the only one on its worker when the gateway restarts meanwhile', async () => {
    const before = await setup();
    await lost(before, ['a', 'b'], 2);
    const worker = await before.worker('w1');
    await worker.starts('a');
    const world = await before.restarts(['a', 'b'], { definitions: [defined('add')] });
    const back = new TestWorker(world.broker, worker.settings);
    await back.join({ session: worker.session.id, held: [worker.holding('a', true)] });
    await world.caller.calls('1');
    await world.turn();
    expect(back.ids).toEqual(['1']);
    await world.pass(CLEARED_MS + TRIALS_EVERY_MS, back);
    expect(back.ids).toEqual(['1', 'b']);
  });

  test('is all that the next one waits for: nothing could be handed out meanwhile, and nobody calls that a standstill', async () => {
    const world = await setup();
    await lost(world, ['a', 'b'], 2);
    const worker = await world.worker('w1');
    expect([world.broker.dispatcher.couldDeliver, world.broker.suspectsHeldBack]).toEqual([false, 1]);
    await worker.starts('a');
    expect([world.broker.dispatcher.couldDeliver, world.broker.suspectsHeldBack]).toEqual([false, 1]);
  });

  test('that is revoked makes way for the next one', async () => {
    const world = await setup();
    await lost(world, ['a', 'b'], 2);
    const worker = await world.worker('w1');
    await worker.starts('a');
    await world.broker.revoker.revoke([['a', false, 0]]);
    await worker.settles('a', ['failure', '{}']);
    await world.turn();
    expect(worker.ids).toEqual(['a', 'b']);
  });

  test('that is revoked and does not end makes way once its time is over', async () => {
    const world = await setup();
    await lost(world, ['a', 'b'], 2);
    const worker = await world.worker('w1');
    await worker.starts('a');
    await world.broker.revoker.revoke([['a', false, 0]]);
    await world.pass(CLEARED_MS - 2 * TRIALS_EVERY_MS, worker);
    expect(worker.ids).toEqual(['a']);
    await world.pass(3 * TRIALS_EVERY_MS, worker);
    expect(worker.ids).toEqual(['a', 'b']);
  });

  test('that runs where it can end nobody after a restart keeps nothing from that worker', async () => {
    const before = await setup();
    await lost(before, ['a'], 2);
    const worker = await before.worker('w1', { pool: 'processes' });
    await worker.starts('a');
    const world = await before.restarts(['a'], { definitions: [defined('add')] });
    const back = new TestWorker(world.broker, worker.settings);
    await back.join({ session: worker.session.id, held: [worker.holding('a', true)] });
    expect(back.session.trial).toBeNull();
  });

  test.each<readonly [string, Outcome]>([
    ['a retry', ['retry', '{}', '{}', 0]],
    ['a requeue', ['rejected', '{}', true]],
  ])('that ends well is forgiven: %s of it runs among others', async (_, outcome) => {
    const world = await setup();
    await lost(world, ['a', 'b'], 2);
    const worker = await world.worker('w1');
    await worker.runs('a', outcome);
    await world.turn();
    await worker.starts('b');
    await world.turn();
    expect(worker.ids).toEqual(['a', 'b', 'a']);
  });

  test('that its worker gives back makes way for the next one, and is still one', async () => {
    const world = await setup();
    await lost(world, ['a', 'b'], 2);
    const worker = await world.worker('w1');
    await worker.releases('a');
    await world.turn();
    expect(worker.ids).toEqual(['a', 'a']);
    expect(await world.record('a')).toMatchObject({ trialMs: trialAfter(LOST_AFTER_MS) });
  });
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

  test('is stopped at once where it is revoked before that', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks });
    await world.caller.calls('1');
    await world.turn();
    world.engine.holdCommits();
    const starting = worker.starts('1');
    const revoked = world.broker.revoker.revoke([['1', true, 0]]);
    await world.turn();
    expect(worker.aborts.map(([, reason]) => reason)).toEqual(['revoked']);
    world.engine.commit();
    await Promise.all([starting, revoked]);
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
