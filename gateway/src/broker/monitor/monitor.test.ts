import type { TaskFilter } from '@celeriac/protocol';
import { describe, expect, test } from 'vitest';
import { setup, type World } from '../../../test/broker-setup.ts';
import { FeedInbox } from '../../../test/feed-inbox.ts';

function numbered(count: number, from = 0): readonly string[] {
  return Array.from({ length: count }, (_, position) => `t${String(from + position).padStart(4, '0')}`);
}

async function watching(world: World, filter: TaskFilter = {}, limit = 100): Promise<FeedInbox> {
  const inbox = new FeedInbox();
  world.broker.monitor.openTasks([1, filter, limit], inbox);
  await world.pass(200);
  return inbox;
}

/** State and waiting of each row. */
function standings(inbox: FeedInbox): Readonly<Record<string, readonly unknown[]>> {
  return Object.fromEntries([...inbox.rows].map(([id, row]) => [id, [row[2], row[4]]]));
}

describe('a feed of tasks', () => {
  test('begins with all that match, queued ones included, and says why they wait', async () => {
    const world = await setup();
    await world.caller.calls('due', { countdownMs: 60_000 });
    await world.caller.calls('nobody', { queue: 'other' });
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.calls(['runs', 'queued']);
    await world.turn();
    await worker.starts('runs');
    const inbox = await watching(world);
    expect(standings(inbox)).toEqual({
      due: ['PENDING', 'due'],
      nobody: ['PENDING', 'worker'],
      queued: ['PENDING', 'turn'],
      runs: ['STARTED', null],
    });
    expect(inbox.items).toHaveLength(1);
  });

  test('follows each task, one row for whatever happened since it last spoke', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    const inbox = await watching(world);
    await world.caller.calls(['1', '2']);
    await world.turn();
    await worker.runs('1');
    await worker.starts('2');
    await world.pass(200, worker);
    expect(standings(inbox)).toEqual({ '1': ['SUCCESS', null], '2': ['STARTED', null] });
    expect(inbox.items.length).toBeLessThan(5);
  });

  test('speaks ten times a second at most, however much happens', async () => {
    const world = await setup();
    const inbox = await watching(world);
    for (const id of numbered(100)) {
      await world.caller.calls(id);
      await world.clock.advance(10);
    }
    await world.pass(200);
    expect(inbox.rows.size).toBe(100);
    expect(inbox.items.length).toBeLessThanOrEqual(14);
  });

  test('lets go of a task that no longer matches', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    const inbox = await watching(world, { states: ['STARTED'] });
    await world.caller.calls(['1', '2']);
    await world.turn();
    await worker.starts('1', '2');
    await world.pass(200, worker);
    expect(inbox.keys).toEqual(['1', '2']);
    await worker.settles('1');
    await world.pass(200, worker);
    expect(inbox.keys).toEqual(['2']);
  });

  test('keeps the newest of many, and says that there are more', async () => {
    const world = await setup();
    await world.caller.calls(numbered(30));
    const inbox = await watching(world, {}, 10);
    expect(inbox.keys).toEqual(numbered(10, 20));
    expect(inbox.more).toBe(true);
    await world.clock.advance(1);
    await world.caller.calls(numbered(500, 30));
    await world.pass(200);
    expect(inbox.keys).toEqual(numbered(10, 520));
  });

  test('finds older ones when those that it showed have left', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 100 });
    await world.caller.calls(numbered(20));
    await world.turn();
    const inbox = await watching(world, { states: ['PENDING'] }, 5);
    expect(inbox.keys).toEqual(numbered(5, 15));
    await worker.starts(...numbered(5, 15));
    await world.pass(2_000, worker);
    expect(inbox.keys).toEqual(numbered(5, 10));
  });

  test('says so when a worker comes for what waits, and when it goes', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 0 });
    await world.caller.calls('1');
    const inbox = await watching(world);
    expect(standings(inbox)).toEqual({ '1': ['PENDING', 'turn'] });
    worker.disconnects();
    await world.pass(1_500);
    expect(standings(inbox)).toEqual({ '1': ['PENDING', 'worker'] });
  });

  test('misses nothing that happens while history is read', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls(['1', '2']);
    await world.turn();
    await worker.starts('1', '2');
    const inbox = new FeedInbox();
    world.broker.monitor.openTasks([1, { states: ['STARTED'] }, 100], inbox);
    await worker.settles('1');
    await world.pass(200, worker);
    expect(inbox.keys).toEqual(['2']);
  });

  test('gives one who did not read the latest of each row, once', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 100 });
    const inbox = await watching(world);
    const before = inbox.items.length;
    inbox.hangs();
    await world.caller.calls(numbered(20));
    await world.turn();
    for (const id of numbered(20)) {
      await worker.runs(id);
      await world.clock.advance(50);
    }
    expect(inbox.items).toHaveLength(before);
    inbox.reads();
    await world.pass(200, worker);
    expect(inbox.items).toHaveLength(before + 1);
    expect([...inbox.rows.values()].every((row) => row[2] === 'SUCCESS')).toBe(true);
  });

  test('is told nothing after it is closed', async () => {
    const world = await setup();
    const inbox = new FeedInbox();
    const feed = world.broker.monitor.openTasks([1, {}, 100], inbox);
    feed.close();
    await world.caller.calls('1');
    await world.pass(2_000);
    expect(inbox.items).toEqual([]);
  });
});

describe('a page of history', () => {
  test('has rows as a feed has, and leads to the next', async () => {
    const world = await setup();
    await world.caller.calls(numbered(5));
    const first = await world.broker.monitor.list({ filter: {}, before: null, rows: 3 });
    expect(first.rows.map(([id]) => id)).toEqual(['t0004', 't0003', 't0002']);
    expect(first.rows[0]?.[4]).toBe('worker');
    const second = await world.broker.monitor.list({ filter: {}, before: first.next, rows: 3 });
    expect(second).toMatchObject({ next: null });
    expect(second.rows.map(([id]) => id)).toEqual(['t0001', 't0000']);
  });
});

describe('the events', () => {
  async function listening(world: World): Promise<FeedInbox> {
    const inbox = new FeedInbox();
    world.broker.monitor.openEvents([1, null, null], inbox);
    await world.pass(200);
    return inbox;
  }

  test('of a task that succeeds come in order, with Celery’s fields', async () => {
    const world = await setup();
    const inbox = await listening(world);
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    await world.pass(500, worker);
    await worker.settles('1');
    await world.pass(200, worker);
    expect(inbox.events.map(({ type }) => type)).toEqual([
      'worker-online',
      'task-sent',
      'task-received',
      'task-started',
      'task-succeeded',
    ]);
    expect(inbox.events.map(({ clock }) => clock)).toEqual([1, 2, 3, 4, 5]);
    expect(inbox.events.find(({ type }) => type === 'task-sent')).toMatchObject({
      uuid: '1',
      name: 'add',
      args: '[2,2]',
      queue: 'default',
      root_id: '1',
      parent_id: null,
      retries: 0,
      eta: null,
      expires: null,
    });
    expect(inbox.events.at(-1)).toMatchObject({ uuid: '1', hostname: 'w1', result: '4', runtime: 0.5 });
  });

  test('of a run are not later than its end, however long the commit took', async () => {
    const world = await setup();
    const inbox = await listening(world);
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    await world.pass(500, worker);
    await worker.settles('1');
    await world.pass(200, worker);
    const [started, ended] = inbox.events.slice(-2);
    expect((ended?.timestamp ?? 0) - (started?.timestamp ?? 0)).toBeCloseTo(ended?.runtime ?? 0, 6);
  });

  test.each([
    ['failure', ['failure', '{"name":"KeyError","message":"again","traceback":"at x"}'], 'task-failed'],
    ['retry', ['retry', '{"name":"KeyError","message":"again"}', '{}', null], 'task-retried'],
    ['ignored', ['ignored'], 'task-ignored'],
    ['requeued', ['rejected', '{}', true], 'task-rejected'],
    ['rejected', ['rejected', '{"name":"Reject","message":"no"}', false], 'task-failed task-rejected'],
  ] as const)('name an outcome of kind %s', async (_, outcome, types) => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    const inbox = await listening(world);
    await worker.settles('1', outcome);
    await world.turn();
    await world.pass(200, worker);
    const told = inbox.events.map(({ type }) => type).filter((type) => type !== 'task-received');
    expect(told.join(' ')).toBe(types);
    if (types === 'task-failed')
      expect(inbox.events[0]).toMatchObject({ exception: 'KeyError: again', traceback: 'at x' });
  });

  test('tell a revoked task, and a lost worker', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls(['1', '2']);
    await world.turn();
    await worker.starts('1', '2');
    const inbox = await listening(world);
    await world.broker.revoker.revoke([['1', true, 0]]);
    worker.disconnects();
    await world.pass(7_000);
    expect(inbox.events.map(({ type, uuid, hostname }) => [type, uuid ?? hostname])).toEqual([
      ['task-revoked', '1'],
      ['worker-offline', 'w1'],
      ['task-released', '2'],
    ]);
    expect(inbox.events[0]).toMatchObject({ terminated: true, expired: false });
  });

  test('are only those that are asked for', async () => {
    const world = await setup();
    const inbox = new FeedInbox();
    world.broker.monitor.openEvents([1, ['task-sent'], null], inbox);
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.runs('1');
    await world.pass(500, worker);
    expect(inbox.events.map(({ type }) => type)).toEqual(['task-sent']);
  });

  test('go on where one was who comes back', async () => {
    const world = await setup();
    const first = new FeedInbox();
    const feed = world.broker.monitor.openEvents([1, null, null], first);
    await world.caller.calls('1');
    await world.pass(200);
    feed.close();
    await world.caller.calls('2');
    const point = first.updates.at(-1)?.point ?? null;
    const second = new FeedInbox();
    world.broker.monitor.openEvents([2, null, point], second);
    await world.pass(200);
    expect(second.updates[0]?.missed).toBe(0);
    expect(second.events.map(({ uuid }) => uuid)).toEqual(['2']);
  });

  test('say how many are missing where there were too many, and that nobody knows after a restart', async () => {
    const world = await setup();
    const inbox = await listening(world);
    inbox.hangs();
    await world.caller.calls(numbered(2_500));
    inbox.reads();
    await world.pass(200);
    expect(inbox.updates.at(-1)?.missed).toBe(500);
    expect(inbox.events).toHaveLength(2_000);
    const other = new FeedInbox();
    world.broker.monitor.openEvents([2, null, ['another gateway', 17]], other);
    await world.pass(200);
    expect(other.updates[0]).toMatchObject({ missed: null, events: [] });
  });
});

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

  test('of queues show one that is paused, also where nothing is in it, as soon as it is', async () => {
    const world = await setup();
    const inbox = await table(world, 'queues');
    await world.broker.controller.control([['pauseQueue', 'media']]);
    await world.pass(200);
    expect(inbox.rows.get('media')?.[6]).toBe(true);
    await world.broker.controller.control([['resumeQueue', 'media']]);
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
