import { FEED_ROWS } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { setup, type World } from '../../../test/broker-setup.ts';
import { FeedInbox } from '../../../test/feed-inbox.ts';
import { numbered } from '../../../test/numbered.ts';

describe('the tables', () => {
  async function table(world: World, kind: 'queues' | 'workers' | 'definitions'): Promise<FeedInbox> {
    const inbox = new FeedInbox();
    world.broker.monitor.openTable(1, kind, inbox);
    await world.pass(200);
    return inbox;
  }

  test('of queues count what waits and runs, and how fast tasks come and go', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 4 });
    const inbox = await table(world, 'queues');
    const submittedAt = world.clock.now();
    await world.caller.calls(numbered(12));
    await world.turn();
    const begun = worker.ids;
    await worker.starts(...begun);
    await world.pass(1_000, worker);
    for (const id of begun) await worker.settles(id);
    await world.pass(3_000, worker);
    const [queue, depth, running, oldestAt, ins, outs, paused, workers] = inbox.rows.get('default') ?? [];
    expect([queue, depth, running, oldestAt, paused, workers]).toEqual([
      'default',
      4,
      4,
      submittedAt,
      false,
      1,
    ]);
    expect(ins).toBeCloseTo(12 / 4, 0);
    expect(outs).toBeCloseTo(4 / 4, 0);
  });

  test('finding 5: of queues show those of workers and those paused, however many others are named', async () => {
    const world = await setup();
    await world.worker('w1', { queues: ['~served'] });
    await world.broker.control.run([['pauseQueue', '~paused']]);
    for (let count = 0; count < FEED_ROWS; count++)
      void world.caller.calls(`${count}`, { queue: `named ${count}` });
    await world.turn();
    const submittedAt = world.clock.now();
    const inbox = await table(world, 'queues');
    expect([inbox.rows.size, inbox.more]).toEqual([FEED_ROWS, true]);
    expect([inbox.rows.get('~served')?.[7], inbox.rows.get('~paused')?.[6]]).toEqual([1, true]);
    expect(inbox.rows.get('named 7')?.slice(0, 4)).toEqual(['named 7', 1, 0, submittedAt]);
  });

  test('of queues show one that is paused, also where nothing is in it, as soon as it is', async () => {
    const world = await setup();
    const inbox = await table(world, 'queues');
    await world.broker.control.run([['pauseQueue', 'media']]);
    await world.pass(200);
    expect(inbox.rows.get('media')?.[6]).toBe(true);
    await world.broker.control.run([['resumeQueue', 'media']]);
    await world.pass(200);
    expect(inbox.rows.size).toBe(0);
  });

  test('of workers say what each runs and how it is', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 4 });
    await world.caller.calls(['1', '2']);
    await world.turn();
    await worker.starts('1');
    const inbox = await table(world, 'workers');
    const [row] = [...inbox.rows.values()];
    expect(row?.slice(1, 5)).toEqual(['w1', 'box', 1, 'online']);
    expect(row?.[12]).toEqual([['1', 'add', expect.any(Number)]]);
    worker.disconnects();
    await world.pass(1_500);
    expect([...inbox.rows.values()][0]?.[4]).toBe('away');
    await world.pass(7_000);
    expect(inbox.rows.size).toBe(0);
  });

  test('of definitions give what workers advertise', async () => {
    const world = await setup();
    const inbox = await table(world, 'definitions');
    expect(inbox.rows.size).toBe(0);
    await world.worker('w1', { tasks: { add: { priority: 3 } } });
    await world.pass(1_500);
    expect(inbox.rows.get('add')).toMatchObject(['add', { name: 'add', options: { priority: 3 } }, 1]);
  });

  test('are sent again only where they changed', async () => {
    const world = await setup();
    const inbox = await table(world, 'queues');
    await world.pass(5_000);
    expect(inbox.items).toHaveLength(1);
  });
});
