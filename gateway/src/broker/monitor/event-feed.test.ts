import { describe, expect, test } from 'vitest';
import { RULES, setup, type World } from '../../../test/broker-setup.ts';
import { FeedInbox } from '../../../test/feed-inbox.ts';
import { numbered } from '../../../test/numbered.ts';

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
    expect(inbox.events.map(({ name }) => name)).toEqual([undefined, 'add', 'add', 'add', 'add']);
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

  test('of a worker tell its process and its version, also that it is gone', async () => {
    const world = await setup();
    const inbox = await listening(world);
    const worker = await world.worker('w1');
    world.broker.monitor.beat(worker.session);
    worker.disconnects();
    await world.pass(6_000);
    const signs = { hostname: 'w1', pid: 1, sw_ident: 'celeriac', sw_ver: '0.1.0' };
    expect(inbox.events).toMatchObject([
      { type: 'worker-online', ...signs },
      { type: 'worker-heartbeat', ...signs, active: 0 },
      { type: 'worker-offline', ...signs },
    ]);
  });

  test('of a worker that is lost before it is back after a restart make nothing up', async () => {
    const before = await setup();
    await before.worker('w1');
    await before.caller.calls('1');
    await before.turn();
    const world = await before.restarts(['1']);
    const inbox = await listening(world);
    await world.pass(RULES.leaseMs + 1_000);
    const lost = inbox.events.find(({ type }) => type === 'worker-offline');
    expect(lost).toMatchObject({ hostname: 'w1' });
    expect(lost).not.toHaveProperty('pid');
  });

  test('that a task came to a worker again stands behind that it is tried again, however long the commit took', async () => {
    const world = await setup();
    const inbox = await listening(world);
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    world.engine.holdCommits();
    world.engine.holdReads();
    void worker.settles('1', ['retry', '{"name":"KeyError","message":"again"}', '{}', 0]);
    await world.pass(200, worker);
    const before = ['worker-online', 'task-sent', 'task-received', 'task-started'];
    expect(inbox.events.map(({ type }) => type)).toEqual(before);
    world.engine.commit();
    world.engine.answerReads();
    await world.pass(200, worker);
    expect(inbox.events.map(({ type }) => type)).toEqual([...before, 'task-retried', 'task-received']);
  });

  test('that a task came to a worker are told before its start, if that is committed first', async () => {
    const world = await setup();
    const inbox = await listening(world);
    world.engine.holdReads();
    await world.caller.calls('1');
    const worker = await world.worker('w1');
    await world.turn();
    await worker.starts('1');
    await world.pass(200, worker);
    const told = ['task-sent', 'worker-online', 'task-received', 'task-started'];
    expect(inbox.events.map(({ type }) => type)).toEqual(told);
    world.engine.answerReads();
    await world.pass(200, worker);
    expect(inbox.events.map(({ type }) => type)).toEqual(told);
  });

  test('that a task was called and came to a worker name the time of that, however long its commit took', async () => {
    const world = await setup();
    const inbox = await listening(world);
    const worker = await world.worker('w1');
    world.engine.holdCommits();
    const called = world.clock.now();
    void world.caller.calls('1');
    await world.pass(500, worker);
    world.engine.commit();
    await world.pass(200, worker);
    const [, sent, received] = inbox.events;
    expect([sent?.type, received?.type]).toEqual(['task-sent', 'task-received']);
    expect([sent?.timestamp, received?.timestamp]).toEqual([called / 1_000, called / 1_000]);
  });

  test('of a run are not later than its end, however long the commit took', async () => {
    const world = await setup();
    const inbox = await listening(world);
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    world.engine.holdCommits();
    const started = worker.starts('1');
    await world.pass(500, worker);
    const settled = worker.settles('1');
    await world.pass(1_000, worker);
    world.engine.commit();
    await Promise.all([started, settled]);
    await world.pass(200, worker);
    const [start, end] = inbox.events.slice(-2);
    expect([start?.type, end?.type]).toEqual(['task-started', 'task-succeeded']);
    expect(end?.runtime).toBe(0.5);
    expect((end?.timestamp ?? 0) - (start?.timestamp ?? 0)).toBeCloseTo(0.5, 6);
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
