/** A task's way through the broker, from its submit to its ack. */
import { firstIllegalStep } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { defined, setup } from '../../test/broker-setup.ts';

const ERROR = '{"name":"Error","message":"no"}';

describe('a call', () => {
  test('goes to a worker, and its outcome back to the caller', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    expect(worker.assigned).toEqual([
      [
        expect.any(String),
        '1',
        1,
        'add',
        '[2,2]',
        {
          queue: 'default',
          priority: 0,
          retries: 0,
          maxRetries: 3,
          redelivered: false,
          awaitStart: false,
          etaAt: null,
          expiresAt: null,
        },
      ],
    ]);
    await worker.starts('1');
    await worker.settles('1');
    const now = world.clock.now();
    expect(world.caller.receipts).toEqual([['1', 1, 'default', true, now]]);
    expect(world.caller.events).toEqual([
      ['1', 2, now, 'STARTED', 'started', 1, 'w1', 0, null],
      ['1', 3, now, 'SUCCESS', 'completed', 1, 'w1', 0, '4'],
    ]);
    expect(worker.acks).toEqual([[worker.assignment('1')[0], 'applied']]);
    expect(world.caller.log).toEqual(['1 accepted', '1 STARTED', '1 SUCCESS']);
  });

  test('is answered after its commit, while the task is handed over before', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    world.engine.holdCommits();
    const submitting = world.caller.calls('1');
    await world.turn();
    expect(worker.ids).toEqual(['1']);
    expect(world.caller.receipts).toEqual([]);
    world.engine.commit();
    await submitting;
    expect(world.caller.receipts).toHaveLength(1);
  });

  test('whose outcome is in before its commit is still answered first with its receipt', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    world.engine.holdCommits();
    const submitting = world.caller.calls('1');
    await world.turn();
    const running = worker.runs('1');
    await world.turn();
    expect(world.caller.log).toEqual([]);
    expect(worker.acks).toEqual([]);
    world.engine.commit();
    await Promise.all([submitting, running]);
    expect(world.caller.log).toEqual(['1 accepted', '1 STARTED', '1 SUCCESS']);
  });

  test('is seen by others who watch it', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    const other = world.newCaller();
    other.watches('1');
    await world.caller.calls('1');
    await world.turn();
    await worker.runs('1');
    expect(other.heard('1')).toEqual(['PENDING submitted', 'STARTED started', 'SUCCESS completed']);
  });

  test('that no worker can take waits, and goes to the first who joins', async () => {
    const world = await setup({}, { definitions: [defined('add')] });
    await world.caller.calls('1');
    const worker = await world.worker('w1');
    expect(worker.ids).toEqual(['1']);
  });

  test('is kept as its caller knows the task until a worker has defined it', async () => {
    const world = await setup();
    world.caller.definitions.set('add', { queue: 'media', ignoreResult: true });
    await world.caller.calls('1');
    expect(world.caller.receipts).toEqual([['1', 1, null, false, world.clock.now()]]);
  });

  test('whose arguments are too large is refused alone', async () => {
    const world = await setup();
    await world.caller.submits(
      ['1', 'add', 'x'.repeat(1_001), null, 0],
      ['2', 'add', 'x'.repeat(1_000), null, 0],
      ['3', 'add', ['text/x-mine', 'x'.repeat(990)], null, 0],
    );
    expect(world.caller.answers).toEqual([
      ['1', 0, 'PAYLOAD_TOO_LARGE'],
      ['3', 0, 'PAYLOAD_TOO_LARGE'],
      ['2', 1, null],
    ]);
    expect(world.caller.receipts[0]?.[3]).toBe('the arguments have 1001 characters; the limit is 1000');
    expect(await world.engine.get(['1'])).toEqual([undefined]);
  });
});

describe('an outcome', () => {
  test('of a task whose start is not tracked shows no STARTED', async () => {
    const world = await setup();
    const worker = await world.worker('w1', { tasks: { add: { trackStarted: false } } });
    await world.caller.calls('1');
    await world.turn();
    await worker.runs('1');
    expect(world.caller.heard('1')).toEqual(['SUCCESS completed']);
  });

  test.each([
    [
      ['failure', ERROR],
      ['PENDING submitted', 'STARTED started', 'FAILURE error'],
    ],
    [['ignored'], ['PENDING submitted', 'STARTED started', 'IGNORED ignored']],
    [
      ['rejected', ERROR, false],
      ['PENDING submitted', 'STARTED started', 'FAILURE rejected'],
    ],
  ] as const)('%j ends the task', async (outcome, history) => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.runs('1', outcome);
    expect(await world.history('1')).toEqual(history);
  });

  test('that asks for another run gets one', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.runs('1', ['rejected', ERROR, true]);
    await world.turn();
    await worker.runs('1');
    expect(await world.history('1')).toEqual([
      'PENDING submitted',
      'STARTED started',
      'PENDING requeued',
      'STARTED started',
      'SUCCESS completed',
    ]);
  });

  test('comes with its events in order, for each task of a batch', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls(['1', '2', '3']);
    await world.turn();
    await worker.starts('1', '2', '3');
    for (const id of ['3', '1', '2']) await worker.settles(id);
    for (const id of ['1', '2', '3']) {
      expect(world.caller.heard(id)).toEqual(['STARTED started', 'SUCCESS completed']);
    }
  });
});

describe('a task that is retried twice', () => {
  test.each([
    [{}, ['PENDING', 'STARTED', 'RETRY', 'STARTED', 'RETRY', 'STARTED', 'SUCCESS']],
    [{ trackStarted: false }, ['PENDING', 'RETRY', 'RETRY', 'SUCCESS']],
  ])('has exactly this history with %j, with countdown 0 and two workers', async (options, expected) => {
    const world = await setup();
    const workers = [
      await world.worker('w1', { tasks: { add: options }, capacity: 1 }),
      await world.worker('w2', { tasks: { add: options }, capacity: 1 }),
    ];
    await world.caller.calls('1');
    for (let run = 0; run < 3; run++) {
      await world.turn();
      const busy = workers.find(({ session }) => session.held.size > 0);
      await busy?.runs('1', run < 2 ? ['retry', ERROR, ERROR, 0] : ['success', '4']);
    }
    const { history, retries, attempt } = await world.record('1');
    expect(history.entries.map(([state]) => state)).toEqual(expected);
    expect(world.caller.heard('1').length).toBe(expected.length - 1);
    expect({ retries, attempt }).toEqual({ retries: 2, attempt: 3 });
    const steps = history.entries.map(([state, reason]) => ({ state, reason }));
    expect(firstIllegalStep(steps)).toBe(-1);
  });

  test('waits between its runs for as long as it was told', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('1');
    await world.turn();
    await worker.runs('1', ['retry', ERROR, ERROR, 10_000]);
    await world.pass(9_999, worker);
    expect(worker.assigned).toHaveLength(1);
    await world.pass(1, worker);
    expect(worker.assigned).toHaveLength(2);
    expect(worker.assignment('1')).toMatchObject([
      expect.any(String),
      '1',
      2,
      'add',
      '[2,2]',
      { retries: 1 },
    ]);
  });
});
