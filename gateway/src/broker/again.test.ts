/** What comes again: where it stands in its queue, and whether its worker is told that it came before. */
import type { Outcome } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';

const ERROR = '{"name":"Error","message":"no"}';
const AT_ONCE: Outcome = ['retry', ERROR, ERROR, 0];
const IN_A_SECOND: Outcome = ['retry', ERROR, ERROR, 1_000];
const REQUEUED: Outcome = ['rejected', ERROR, true];
const LOST: Outcome = ['lost', 'ended (signal SIGABRT)'];

describe('with a single slot', () => {
  for (const [what, outcome] of [
    ['a retry', AT_ONCE],
    ['a rejected task that is to come again', REQUEUED],
  ] as const) {
    test(`${what} lets those go first that wait`, async () => {
      const world = await setup();
      const worker = await world.worker('w1', { capacity: 1, tasks: { add: { maxRetries: null } } });
      await world.caller.calls('old');
      await world.turn();
      await world.caller.calls(['1', '2']);
      for (let run = 0; run < 6; run++) {
        const id = worker.ids.at(-1) ?? '';
        await worker.runs(id, id === 'old' ? outcome : undefined);
        await world.turn();
      }
      expect(worker.ids).toEqual(['old', '1', '2', 'old', 'old', 'old', 'old']);
    });
  }

  test('a retry with a countdown stands behind what came meanwhile', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.calls('old');
    await world.turn();
    await world.caller.calls(['1', '2', '3']);
    await worker.runs('old', IN_A_SECOND);
    await world.pass(1_000, worker);
    for (const id of ['1', '2', '3']) {
      await worker.runs(id);
      await world.turn();
    }
    expect(worker.ids).toEqual(['old', '1', '2', '3', 'old']);
  });

  test('a task that a lost worker had begun goes first again', async () => {
    const world = await setup();
    const lost = await world.worker('w1', { capacity: 1 });
    await world.caller.calls(['old', '1']);
    await world.turn();
    await lost.starts('old');
    await world.broker.sessions.lose(lost.session, 'it died');
    const worker = await world.worker('w2', { capacity: 1 });
    expect(worker.ids).toEqual(['old']);
  });
});

describe('a delivery', () => {
  async function redelivered(...outcomes: readonly (Outcome | 'given back')[]): Promise<readonly boolean[]> {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { add: { maxRetries: null, maxDeliveries: 9 } } });
    await world.caller.calls('1');
    await world.turn();
    for (const outcome of outcomes) {
      if (outcome === 'given back') await worker.releases('1');
      else await worker.runs('1', outcome);
      await world.turn();
    }
    return worker.assigned.map(([, , , , , context]) => context.redelivered);
  }

  test('is the first after the call and after each retry', async () => {
    expect(await redelivered(AT_ONCE, AT_ONCE)).toEqual([false, false, false]);
  });

  test('is another one of what was rejected to come again', async () => {
    expect(await redelivered(REQUEUED, REQUEUED)).toEqual([false, true, true]);
  });

  test('is another one of what was given back, or lost', async () => {
    expect(await redelivered('given back')).toEqual([false, true]);
    expect(await redelivered(LOST)).toEqual([false, true]);
  });

  test('is the first of a retry whatever came before it, and another one of what was lost after it', async () => {
    expect(await redelivered(REQUEUED, AT_ONCE, 'given back', LOST, AT_ONCE)).toEqual([
      false,
      true,
      false,
      true,
      true,
      false,
    ]);
  });
});
