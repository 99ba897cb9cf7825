/** Sessions outlive sockets, and gateways. */
import { describe, expect, test } from 'vitest';
import { defined, RULES, setup, type World } from '../../test/broker-setup.ts';
import { FeedInbox } from '../../test/feed-inbox.ts';
import { TestWorker } from '../../test/test-worker.ts';
import type { NameTakenError } from '../core/name-claim.ts';
import { RESCUE_EVERY_MS } from './rescuer.ts';

describe('a worker that comes back', () => {
  test('keeps what it holds', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    worker.disconnects();
    await world.pass(2_000);
    const { worker: back, joined } = await worker.resume([worker.holding('1', true)]);
    expect(joined).toMatchObject({ resumed: true, lost: [], started: [], missed: [] });
    expect(back.session).toBe(worker.session);
    await world.pass(20_000, back);
    back.assign(worker.assigned);
    await back.settles('1');
    expect(back.acks).toEqual([[worker.assignment('1')[0], 'applied']]);
    expect(worker.acks).toEqual([]);
    expect(await world.history('1')).toEqual(['PENDING submitted', 'STARTED started', 'SUCCESS completed']);
  });

  test('is believed about a start whose report was lost', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    worker.disconnects();
    const { joined } = await worker.resume([worker.holding('1', true)]);
    expect(joined.started).toEqual([worker.assignment('1')[0]]);
    expect(world.caller.heard('1')).toEqual(['STARTED started']);
  });

  test('brings the progress of what it runs', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    worker.disconnects();
    await worker.resume([worker.holding('1', true, ['PROGRESS', '7'])]);
    expect(world.caller.heard('1')).toEqual(['STARTED started', 'PROGRESS 7']);
  });

  test('gets the assignments that never reached it', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    worker.disconnects();
    // The gateway has not noticed, as far as this task is concerned.
    worker.session.port = worker;
    await world.caller.calls(['1', '2']);
    await world.turn();
    worker.disconnects();
    const { worker: back } = await worker.resume([worker.holding('2', false)]);
    expect(back.assigned).toEqual([worker.assignment('1')]);
    await back.runs('1');
    expect((await world.record('1')).state).toBe('SUCCESS');
  });

  test('hears what it has lost', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    await worker.releases('1');
    const { joined } = await worker.resume([
      worker.holding('1', true),
      ['x', 1, 'never seen', true, null],
      ['1', 7, worker.assignment('1')[0], true, null],
    ]);
    expect(joined.lost).toEqual([worker.assignment('1')[0], 'never seen', worker.assignment('1')[0]]);
  });

  test('is not blocked by what it lost before it began', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.calls('1');
    await world.turn();
    worker.disconnects();
    await world.broker.revoker.revoke([['1', false, 0]]);
    const { worker: back, joined } = await worker.resume([worker.holding('1', false)]);
    expect(joined.lost).toEqual([worker.assignment('1')[0]]);
    await world.caller.calls('2');
    await world.turn();
    expect(back.ids).toEqual(['2']);
  });

  test('still pays with its slot for a lost task that it runs', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    worker.disconnects();
    await world.broker.revoker.revoke([['1', false, 0]]);
    const { worker: back } = await worker.resume([worker.holding('1', true)]);
    await world.caller.calls('2');
    await world.turn();
    expect(back.ids).toEqual([]);
    back.assign(worker.assigned);
    await back.settles('1');
    await world.turn();
    expect(back.ids).toEqual(['1', '2']);
  });

  test('and knows nothing of what it had begun is blamed for it, and not given it again as missed', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    worker.disconnects();
    const { worker: back, joined } = await worker.resume([]);
    await world.turn();
    expect(joined.missed).toEqual([]);
    expect(await world.history('1')).toEqual(['PENDING submitted', 'STARTED started', 'PENDING worker-lost']);
    expect(back.assignment('1')[2]).toBe(2);
    expect(back.session.held.size).toBe(1);
  });

  test('has room again for what it does not speak of any more', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 1 });
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    worker.disconnects();
    await world.broker.revoker.revoke([['1', false, 0]]);
    const { worker: back } = await worker.resume([]);
    await world.caller.calls('2');
    await world.turn();
    expect(back.ids).toEqual(['2']);
  });

  test('while a task is being handed to it does not get more than it takes', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 1 });
    const submitting = world.caller.calls('1');
    const resuming = worker.resume([]);
    await submitting;
    const { worker: back } = await resuming;
    await world.caller.calls('2');
    await world.turn();
    expect(back.ids).toEqual(['1']);
  });

  test('on a second socket ends the first', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    const { worker: back } = await worker.resume();
    expect(worker.closed?.[0]).toBe(4409);
    worker.disconnects();
    expect(back.session.port).toBe(back);
    await world.caller.calls('1');
    await world.turn();
    expect([worker.ids, back.ids]).toEqual([[], ['1']]);
  });

  test('after its session was lost gets another one, and has lost everything', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.starts('1');
    const session = worker.session.id;
    worker.disconnects();
    await world.pass(6_000);
    const { worker: back, joined } = await worker.resume([worker.holding('1', true)]);
    expect(joined.resumed).toBe(false);
    expect(joined.lost).toEqual([worker.assignment('1')[0]]);
    expect(back.session.id).not.toBe(session);
  });
});

describe('finding 7: a session', () => {
  async function held(restarted: boolean) {
    const before = await setup();
    const queues = ['payments'];
    const owner = await before.worker('owner', { queues, tasks: { charge: { queue: 'payments' } } });
    await before.caller.submits(['1', 'charge', '["card"]', null, 0]);
    await before.turn();
    owner.disconnects();
    const world = restarted ? await before.restarts(['1']) : before;
    const claim = async (settings: Partial<TestWorker['settings']>) => {
      const worker = new TestWorker(world.broker, { ...owner.settings, ...settings });
      const joined = await worker.join({ session: owner.session.id, held: [] });
      await world.turn();
      return { worker, joined };
    };
    return { world, owner, claim };
  }

  describe.each([
    ['while the gateway lives', false],
    ['after a restart', true],
  ])('%s', (_, restarted) => {
    test.each<[string, Partial<TestWorker['settings']>]>([
      ['of another name', { name: 'thief' }],
      ['whose token does not cover its queues', { granted: ['newsletter'], queues: ['newsletter'] }],
      ['that serves none of its queues and may not', { granted: [], queues: ['payments'] }],
    ])('is not resumed by a worker %s', async (__, settings) => {
      const { owner, claim } = await held(restarted);
      const { worker, joined } = await claim(settings);
      expect(joined).toMatchObject({ resumed: false, missed: [] });
      expect(worker.session.id).not.toBe(owner.session.id);
    });

    test('is resumed by its own worker', async () => {
      const { claim } = await held(restarted);
      const { worker, joined } = await claim({ granted: ['payments'] });
      expect(joined.resumed).toBe(true);
      await worker.runs('1');
      expect(worker.acks).toHaveLength(1);
    });

    test('keeps its name from another process', async () => {
      const { claim } = await held(restarted);
      await expect(claim({ bootId: 'another' })).rejects.toThrow(
        "the worker name 'owner' belongs to another",
      );
    });

    test('is not buried by a new process of the same name that may not work on its queues', async () => {
      const { world, claim } = await held(restarted);
      const { joined } = await claim({
        bootId: 'another',
        queues: ['newsletter'],
        granted: ['newsletter'],
        tasks: {},
      });
      expect(joined.resumed).toBe(false);
      expect(await world.history('1')).toEqual(['PENDING submitted']);
      expect((await world.record('1')).phase).toBe('leased');
    });
  });

  describe('whose nonce another worker knows', () => {
    async function claimed() {
      const world = await setup();
      const owner = await world.worker('w1');
      await world.caller.calls(['running', 'waiting']);
      await world.turn();
      await owner.starts('running');
      const thief = await world.worker('thief', { queues: ['other'] });
      const items = [owner.holding('running', true), owner.holding('waiting', true)];
      const { worker, joined } = await thief.resume(items);
      expect(joined.lost).toHaveLength(2);
      return { world, owner, thief: worker };
    }

    async function kept({ world, owner }: Awaited<ReturnType<typeof claimed>>): Promise<void> {
      expect(await world.record('running')).toMatchObject({ phase: 'running', deliveries: 0 });
      expect((await world.record('waiting')).phase).toBe('leased');
      await owner.settles('running');
      await owner.runs('waiting');
      expect(owner.acks.map(([, verdict]) => verdict)).toEqual(['applied', 'applied']);
    }

    test('keeps its tasks when that one is lost', async () => {
      const scene = await claimed();
      await scene.world.broker.sessions.lose(scene.thief.session, 'silent');
      await kept(scene);
    });

    test('keeps its tasks when that one says that it has forgotten them, and gives it none', async () => {
      const scene = await claimed();
      const { worker } = await scene.thief.resume([]);
      await scene.world.turn();
      expect(worker.ids).toEqual([]);
      expect(worker.session.held.size).toBe(0);
      await kept(scene);
    });
  });

  test('is shown and logged under another name than the one that resumes it', async () => {
    const world = await setup();
    const said: unknown[] = [];
    for (const event of ['workerJoined', 'workerDisconnected', 'workerLost'] as const)
      world.telemetry.on(event, (facts) => said.push(facts));
    const inbox = new FeedInbox();
    const worker = await world.worker('w1');
    world.broker.monitor.openTable(1, 'workers', inbox);
    await world.pass(200);
    worker.disconnects();
    await world.pass(6_000);
    expect([said.length, inbox.items.length]).toEqual([3, expect.any(Number)]);
    expect(JSON.stringify(inbox.items)).toContain(worker.session.shownId);
    const [secret = ''] = worker.session.id.split('.');
    expect(JSON.stringify([said, inbox.items])).not.toContain(secret);
  });
});

describe('a gateway that restarts', () => {
  async function atWork() {
    const before = await setup();
    const worker = await before.worker('w1', { pid: 4711, machine: 'here' });
    await before.caller.calls(['begun', 'waiting']);
    await before.turn();
    await worker.starts('begun');
    return { before, worker, restart: () => before.restarts(['begun', 'waiting']) };
  }

  /** The same process, at another gateway. */
  async function comesBack(world: World, worker: TestWorker, held: Parameters<TestWorker['resume']>[0] = []) {
    const back = new TestWorker(world.broker, worker.settings);
    const joined = await back.join({ session: worker.session.id, held });
    await world.turn();
    return { back, joined };
  }

  test('takes no lease away, and runs nothing twice', async () => {
    const { worker, restart } = await atWork();
    const world = await restart();
    await world.pass(RULES.leaseMs - 1_000);
    const { back, joined } = await comesBack(world, worker, [
      worker.holding('begun', true),
      worker.holding('waiting', false),
    ]);
    expect(joined).toMatchObject({ resumed: true, lost: [] });
    expect(back.ids).toEqual([]);
    back.assign(worker.assigned);
    await back.settles('begun');
    await back.runs('waiting');
    expect(await world.history('begun')).toEqual([
      'PENDING submitted',
      'STARTED started',
      'SUCCESS completed',
    ]);
    expect((await world.record('waiting')).attempt).toBe(1);
  });

  test('takes them from a worker whose process ended meanwhile, where it sees that', async () => {
    const before = await setup();
    const worker = await before.worker('w1', { pid: 7, machine: 'the gateway' });
    await before.caller.calls('begun');
    await before.turn();
    await worker.starts('begun');
    const world = await before.restarts(['begun']);
    world.ended.add(7);
    await world.pass(RESCUE_EVERY_MS);
    expect(await world.record('begun')).toMatchObject({ phase: 'ready', deliveries: 1 });
  });

  test('hands out again what the worker never got', async () => {
    const { worker, restart } = await atWork();
    const world = await restart();
    const { back } = await comesBack(world, worker, [worker.holding('begun', true)]);
    expect(back.ids).toEqual(['waiting']);
  });

  test('takes an outcome that it had not committed', async () => {
    const { worker, restart } = await atWork();
    const world = await restart();
    const { back } = await comesBack(world, worker, [worker.holding('begun', true)]);
    back.assign(worker.assigned);
    await back.settles('begun');
    await back.settles('begun');
    expect(back.acks.map(([, verdict]) => verdict)).toEqual(['applied', 'duplicate']);
  });

  test('frees the tasks of a worker that does not come back within a lease', async () => {
    const { restart } = await atWork();
    const world = await restart();
    await world.pass(RULES.leaseMs - 500);
    expect((await world.record('begun')).phase).toBe('running');
    await world.pass(1_000);
    expect(await world.record('begun')).toMatchObject({ phase: 'ready', deliveries: 1 });
    expect(await world.record('waiting')).toMatchObject({ phase: 'ready', deliveries: 0 });
  });

  test('frees them at once when another process of the name has seen that theirs is no more', async () => {
    const { restart } = await atWork();
    const world = await restart();
    const next = { bootId: 'another boot', pid: 4712, machine: 'here' };
    const { holder } = await world.worker('w1', next).then(
      () => ({ holder: null }),
      (error: NameTakenError) => error,
    );
    expect(holder?.pid).toBe(4711);
    const fresh = await world.worker('w1', { ...next, gone: holder?.session ?? '' });
    expect(fresh.ids).toEqual(['begun', 'waiting']);
  });

  test('lets a worker of the same name wait for the one that held them, which comes back to them', async () => {
    const { worker, restart } = await atWork();
    const world = await restart();
    const refused = world.worker('w1', { bootId: 'another boot' });
    await expect(refused).rejects.toMatchObject({ code: 'NAME_TAKEN', retryAfterMs: 1_000 });
    const { joined } = await comesBack(world, worker, [worker.holding('begun', true)]);
    expect(joined).toMatchObject({ resumed: true, lost: [] });
    const still = world.worker('w1', { bootId: 'another boot' });
    await expect(still).rejects.toMatchObject({ code: 'NAME_TAKEN', retryAfterMs: null });
    expect((await world.record('begun')).phase).toBe('running');
  });

  test('lets the worker say again how far its task is', async () => {
    const { worker, restart } = await atWork();
    const world = await restart();
    world.caller.watches('begun');
    await comesBack(world, worker, [worker.holding('begun', true, ['PROGRESS', '7'])]);
    const [snapshot] = await world.broker.reader.snapshots([['begun', 0]]);
    expect(snapshot?.progress).toEqual(['PROGRESS', '7']);
    expect(world.caller.heard('begun')).toEqual(['PROGRESS 7']);
  });

  test('hands out what waited', async () => {
    const before = await setup({}, { definitions: [defined('add')] });
    await before.caller.calls(['1', '2']);
    const world = await before.restarts(['1', '2']);
    const worker = await world.worker('w1');
    expect(worker.ids).toEqual(['1', '2']);
  });

  test('lets a running task be revoked before its worker is back', async () => {
    const { worker, restart } = await atWork();
    const world = await restart();
    expect(await world.broker.revoker.revoke([['begun', false, 0]])).toEqual(['revoked']);
    const { joined } = await comesBack(world, worker, [worker.holding('begun', true)]);
    expect(joined.lost).toEqual([worker.assignment('begun')[0]]);
  });
});
