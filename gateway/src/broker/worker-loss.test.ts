/** Workers that go away: their tasks are free again, and nobody is blamed who had not begun. */
import { describe, expect, test } from 'vitest';
import { RULES, setup, type World } from '../../test/broker-setup.ts';
import type { TestWorker, WorkerSettings } from '../../test/test-worker.ts';
import { NameTakenError } from '../core/name-claim.ts';
import { RESCUE_EVERY_MS } from './rescuer.ts';

/** A worker that runs one task, and holds another that it has not begun. */
async function atWork(world: World, settings: Partial<WorkerSettings> = {}): Promise<TestWorker> {
  const worker = await world.worker('w1', settings);
  await world.caller.calls(['begun', 'waiting']);
  await world.turn();
  await worker.starts('begun');
  return worker;
}

function lossesOf(world: World): readonly string[] {
  const losses: string[] = [];
  world.telemetry.on('workerLost', ({ worker, why }) => losses.push(`${worker}: ${why}`));
  return losses;
}

describe('a worker whose socket closed', () => {
  test('keeps its tasks during the grace', async () => {
    const world = await setup();
    const worker = await atWork(world);
    worker.disconnects();
    await world.pass(RULES.graceMs - 1);
    expect((await world.record('begun')).phase).toBe('running');
    expect(world.broker.roster.find(worker.session.id)).toBe(worker.session);
  });

  test('loses them after it, at most one look later', async () => {
    const world = await setup();
    const losses = lossesOf(world);
    const worker = await atWork(world);
    worker.disconnects();
    await world.pass(RULES.graceMs + RESCUE_EVERY_MS);
    expect(losses).toEqual(['w1: its connection closed 5000 ms ago']);
    expect(await world.history('begun')).toEqual([
      'PENDING submitted',
      'STARTED started',
      'PENDING worker-lost',
    ]);
    expect(await world.history('waiting')).toEqual(['PENDING submitted']);
    expect(await world.record('begun')).toMatchObject({ phase: 'ready', deliveries: 1, trialMs: null });
    expect(await world.record('waiting')).toMatchObject({ phase: 'ready', deliveries: 0, trialMs: null });
  });

  test('and whose process is no more loses them at once where the gateway sees that', async () => {
    const world = await setup();
    const losses = lossesOf(world);
    const worker = await atWork(world, { machine: 'the gateway', pid: 7 });
    world.ended.add(7);
    await world.pass(RESCUE_EVERY_MS, worker);
    expect(losses).toEqual([]);
    worker.disconnects();
    await world.pass(RESCUE_EVERY_MS);
    expect(losses).toEqual(['w1: its process has ended']);
    expect(await world.record('begun')).toMatchObject({ phase: 'ready', deliveries: 1 });
  });

  test.each<readonly [string, Partial<WorkerSettings>]>([
    ['is another machine', { machine: 'elsewhere', pid: 7 }],
    ['is not known', { pid: 7 }],
    ['is the same, with a process that is there', { machine: 'the gateway', pid: 8 }],
  ])('keeps them during the grace where its machine %s', async (_, settings) => {
    const world = await setup();
    const worker = await atWork(world, settings);
    world.ended.add(7);
    worker.disconnects();
    await world.pass(RULES.graceMs - 1);
    expect((await world.record('begun')).phase).toBe('running');
  });

  test('gets nothing new, while others do', async () => {
    const world = await setup();
    const gone = await world.worker('w1');
    gone.disconnects();
    const other = await world.worker('w2', { capacity: 100 });
    await world.caller.calls(['1', '2']);
    await world.turn();
    expect(gone.ids).toEqual([]);
    expect(other.ids).toEqual(['1', '2']);
  });

  test('whose tasks run elsewhere is told that its outcome is stale', async () => {
    const world = await setup();
    const first = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await first.starts('1');
    first.disconnects();
    await world.pass(6_000);
    const second = await world.worker('w2');
    const report = first.assignment('1');
    const back = await world.worker('w1', { bootId: 'boot of w1' });
    await world.broker.completer.settled(back.session, [[report[0], '1', report[2], ['success', 'old']]]);
    expect(back.acks).toEqual([[report[0], 'stale']]);
    await second.runs('1', ['success', 'new']);
    expect(await world.record('1')).toMatchObject({ state: 'SUCCESS', body: 'new' });
  });
});

describe('a worker that is silent', () => {
  test('keeps its tasks for the term of its lease', async () => {
    const world = await setup();
    await atWork(world);
    await world.pass(RULES.leaseMs - RESCUE_EVERY_MS);
    expect((await world.record('begun')).phase).toBe('running');
  });

  test('loses them after it, and is told so', async () => {
    const world = await setup();
    const losses = lossesOf(world);
    const worker = await atWork(world);
    await world.pass(RULES.leaseMs + RESCUE_EVERY_MS);
    expect(losses).toEqual(['w1: nothing was heard from it for 30000 ms']);
    expect((await world.record('begun')).phase).toBe('ready');
    expect(worker.aborts.map(([, reason]) => reason)).toEqual(['lease-lost', 'lease-lost']);
    expect(worker.closed).toEqual([4408, 'nothing was heard from it for 30000 ms']);
  });

  test('has its whole grace to come back in, although the gateway stood still meanwhile', async () => {
    const world = await setup();
    const worker = await atWork(world);
    worker.disconnects();
    await world.pass(1_000);
    world.clock.hold(60_000);
    await world.pass(RULES.graceMs - 1_000 - 2 * RESCUE_EVERY_MS);
    expect(world.broker.roster.find(worker.session.id)).toBe(worker.session);
    const { joined } = await worker.resume([worker.holding('begun', true)]);
    expect([joined.resumed, joined.lost]).toEqual([true, []]);
  });

  test('is not blamed for the time in which the gateway stood still', async () => {
    const world = await setup();
    const stalls: number[] = [];
    world.telemetry.on('stalled', ({ lagMs }) => stalls.push(lagMs));
    const other = await world.worker('other');
    await world.caller.calls('1');
    await world.turn();
    const worker = await atWork(world);
    // The gateway waits for its disk, and reads no heartbeat meanwhile.
    other.disconnects();
    await world.pass(RULES.graceMs - RESCUE_EVERY_MS, worker);
    world.engine.holdCommits();
    await world.pass(60_000);
    expect(world.broker.roster.find(other.session.id)).toBeUndefined();
    world.engine.commit();
    await world.pass(RULES.leaseMs - 2 * RESCUE_EVERY_MS);
    expect(stalls).toEqual([60_000 - RESCUE_EVERY_MS]);
    expect((await world.record('begun')).phase).toBe('running');
    await world.pass(4 * RESCUE_EVERY_MS);
    expect((await world.record('begun')).phase).toBe('ready');
  });
});

describe('a worker that says goodbye', () => {
  test('is gone at once', async () => {
    const world = await setup();
    const worker = await atWork(world);
    await world.broker.sessions.lose(worker.session, 'it signed off');
    expect((await world.record('begun')).phase).toBe('ready');
    expect((await world.record('waiting')).phase).toBe('ready');
  });

  test('twice is gone once', async () => {
    const world = await setup();
    const losses = lossesOf(world);
    const worker = await atWork(world);
    await world.broker.sessions.lose(worker.session, 'it signed off');
    await world.broker.sessions.lose(worker.session, 'it signed off');
    expect(losses).toHaveLength(1);
    expect((await world.record('begun')).deliveries).toBe(1);
  });
});

const NEXT = { bootId: 'another boot', pid: 2 };
const HERE = { machine: 'here' };

describe('a new process of the same name', () => {
  async function left(settings: Partial<WorkerSettings> = HERE) {
    const world = await setup();
    const losses = lossesOf(world);
    const old = await atWork(world, settings);
    old.disconnects();
    return { world, losses, old };
  }

  /** How its name was refused to a worker. */
  async function refusal(world: World, settings: Partial<WorkerSettings>): Promise<NameTakenError> {
    const refused = await world.worker('w1', settings).catch((error: unknown) => error);
    if (refused instanceof NameTakenError) return refused;
    throw new Error('the name was not refused', { cause: refused });
  }

  test('frees the tasks of the old one at once where it has seen that its process has ended', async () => {
    const { world, losses, old } = await left();
    const { holder } = await refusal(world, { ...NEXT, ...HERE });
    expect(holder).toEqual({ session: old.session.shownId, pid: 1 });
    const fresh = await world.worker('w1', { ...NEXT, ...HERE, gone: holder?.session ?? '' });
    expect(losses).toEqual(['w1: its process has ended, and another one has its name']);
    expect([...fresh.ids].sort()).toEqual(['begun', 'waiting']);
    expect(await world.history('begun')).toContain('PENDING worker-lost');
  });

  test.each([
    ['on another machine', HERE, { machine: 'there' }],
    ['where nobody knows the machine of the old one', {}, HERE],
    ['where nobody knows the machine of either', {}, {}],
  ])('%s has seen nothing, and comes when the grace is over', async (_, before, after) => {
    const { world, losses, old } = await left(before);
    const gone = old.session.shownId;
    const refused = await refusal(world, { ...NEXT, ...after, gone });
    expect(refused).toMatchObject({ code: 'NAME_TAKEN', retryAfterMs: 1_000, holder: null });
    expect((await world.record('begun')).phase).toBe('running');
    await world.pass(RULES.graceMs + RESCUE_EVERY_MS);
    const fresh = await world.worker('w1', { ...NEXT, ...after });
    expect(losses).toEqual(['w1: its connection closed 5000 ms ago']);
    expect(fresh.ids).toContain('begun');
  });

  test('that has seen another process end buries nobody', async () => {
    const { world, losses } = await left();
    await expect(world.worker('w1', { ...NEXT, ...HERE, gone: 'another' })).rejects.toThrow('may come back');
    expect(losses).toEqual([]);
  });

  test('is refused while the old one is connected, whatever it has seen', async () => {
    const world = await setup();
    const old = await atWork(world, HERE);
    const gone = old.session.shownId;
    expect(await refusal(world, { ...NEXT, ...HERE, gone })).toMatchObject({
      code: 'NAME_TAKEN',
      message:
        "the worker name 'w1' belongs to another worker (process 1 on box), which is connected; give each its own name",
      retryAfterMs: null,
    });
    expect(world.broker.roster.named('w1')).toEqual([old.session]);
    await old.settles('begun');
    expect(old.acks.map(([, verdict]) => verdict)).toEqual(['applied']);
  });

  test('may ask again for the name of one that is about to leave, or has been silent', async () => {
    const world = await setup();
    const old = await atWork(world);
    old.session.capacity = 0;
    expect(await refusal(world, NEXT)).toMatchObject({
      retryAfterMs: 1_000,
      message: expect.stringContaining('about to stop'),
    });
    old.session.capacity = 10;
    await world.pass(RULES.leaseMs / 2);
    expect(await refusal(world, NEXT)).toMatchObject({
      retryAfterMs: 1_000,
      message: expect.stringContaining('silent'),
    });
    await world.broker.sessions.lose(old.session, 'it signed off');
    expect((await world.worker('w1', NEXT)).ids).toContain('begun');
  });

  test('is another one: a second session of the same process replaces nobody', async () => {
    const { world, old } = await left();
    await world.worker('w1', HERE);
    expect(world.broker.roster.find(old.session.id)).toBe(old.session);
  });

  test('leaves processes of other names alone', async () => {
    const { world, old } = await left();
    await world.worker('w2', { ...NEXT, ...HERE, gone: old.session.shownId });
    expect(world.broker.roster.find(old.session.id)).toBe(old.session);
  });
});

describe('a task that is handed over', () => {
  test('by a claim that comes back after its session was lost is freed', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { capacity: 0 });
    await world.caller.calls('1');
    worker.session.capacity = 1;
    world.engine.holdClaims();
    world.broker.dispatcher.wake();
    await world.turn();
    expect(world.engine.claiming).toBe(1);
    await world.broker.sessions.lose(worker.session, 'it died');
    world.engine.answerClaims();
    await world.pass(2 * RESCUE_EVERY_MS);
    const other = await world.worker('w2');
    expect(other.ids).toEqual(['1']);
    expect((await world.record('1')).deliveries).toBe(0);
  });

  test('to a session that is lost while its insert is applied is freed', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    const submitting = world.caller.calls('1');
    await Promise.all([world.broker.sessions.lose(worker.session, 'it died'), submitting]);
    await world.pass(2 * RESCUE_EVERY_MS);
    const other = await world.worker('w2');
    expect(other.ids).toEqual(['1']);
  });
});

describe('a late report', () => {
  test('sent twice is a duplicate the second time', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.runs('1');
    await worker.settles('1', ['failure', '{}']);
    const [nonce] = worker.assignment('1');
    expect(worker.acks).toEqual([
      [nonce, 'applied'],
      [nonce, 'duplicate'],
    ]);
    expect((await world.record('1')).state).toBe('SUCCESS');
  });

  test('of a task that nobody knows is unknown', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.broker.completer.settled(worker.session, [['n', 'x', 1, ['ignored']]]);
    expect(worker.acks).toEqual([['n', 'unknown']]);
  });

  test('is told apart by nonce, number and id, and changes nothing', async () => {
    const world = await setup();
    const stale: number[] = [];
    world.telemetry.on('stale', ({ count }) => stale.push(count));
    const worker = await world.worker('w1');
    await world.caller.calls(['1', '2']);
    await world.turn();
    await worker.starts('1', '2');
    const [nonce] = worker.assignment('1');
    await world.broker.completer.settled(worker.session, [
      ['forged', '1', 1, ['success', 'x']],
      [nonce, '1', 2, ['success', 'x']],
      [nonce, '2', 1, ['success', 'x']],
    ]);
    expect(worker.acks.map(([, verdict]) => verdict)).toEqual(['stale', 'stale', 'stale']);
    expect(stale).toEqual([3]);
    expect((await world.record('1')).state).toBe('STARTED');
    expect((await world.record('2')).state).toBe('STARTED');
  });

  test('by another session than the one that holds the task is stale', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    const thief = await world.worker('w2', { queues: ['other'] });
    await world.caller.calls('1');
    await world.turn();
    thief.assign(worker.assigned);
    await thief.starts('1');
    await thief.settles('1');
    expect(thief.startedAcks).toEqual([[worker.assignment('1')[0], 'stale']]);
    expect((await world.record('1')).state).toBe('PENDING');
  });
});
