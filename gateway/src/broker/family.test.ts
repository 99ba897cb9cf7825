import type { CallOptions, LinkedCall } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';
import { FeedInbox } from '../../test/feed-inbox.ts';

const ERROR = '{"name":"Error","message":"no"}';
const linked = (id: string, name = 'add'): LinkedCall => ({
  id,
  name,
  args: '[1]',
  immutable: false,
  options: null,
});

describe('a linked call', () => {
  test('is made once, in the write that ends its task, and watched by whoever asked', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    const call: CallOptions = { link: [linked('next')] };
    await world.caller.calls('first', call);
    world.caller.watches('next');
    await worker.runs('first');
    await world.turn();
    expect(worker.assignment('next')).toMatchObject([
      expect.any(String),
      'next',
      1,
      'add',
      '[1]',
      { prepend: ['4'], rootId: 'first', parentId: 'first' },
    ]);
    expect(world.caller.heard('next')).toContain('PENDING submitted');
    const [parent] = await world.broker.reader.snapshots([['first', 0]]);
    expect(parent?.children).toEqual(['next']);
  });

  test('whose id is taken is no child, and is told of by telemetry and an event', async () => {
    const world = await setup();
    const told: unknown[] = [];
    world.telemetry.on('linkTaken', (facts) => told.push(facts));
    const inbox = new FeedInbox();
    world.broker.monitor.openEvents([1, ['task-link-taken'], null], inbox);
    const worker = await world.worker('w1');
    await world.caller.calls(['taken', 'first'], null);
    await world.caller.calls('second', { link: [linked('taken', 'report'), linked('next')] });
    for (const id of ['taken', 'first']) await worker.runs(id);
    expect(told).toEqual([]);
    await worker.runs('second');
    await world.pass(200, worker);
    const [parent] = await world.broker.reader.snapshots([['second', 0]]);
    expect(parent?.children).toEqual(['next']);
    expect(told).toEqual([{ parent: 'second', links: [{ id: 'taken', name: 'report' }] }]);
    expect(inbox.events).toMatchObject([
      { type: 'task-link-taken', uuid: 'taken', name: 'report', parent_id: 'second' },
    ]);
  });

  test('to an error is made when the workers of a task are lost too often', async () => {
    const world = await setup();
    await world.caller.calls('first', { linkError: [linked('sorry')] });
    for (const name of ['w1', 'w2', 'w3']) {
      const worker = await world.worker(name);
      await worker.starts('first');
      await world.broker.sessions.lose(worker.session, 'killed');
    }
    const last = await world.worker('w4');
    await world.turn();
    const [, error] = last.assignment('sorry')[5].prepend ?? [];
    expect(error).toContain('WorkerLostError');
  });

  test('is not made when its task is retried', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('first', { link: [linked('next')], linkError: [linked('sorry')] });
    await worker.runs('first', ['retry', ERROR, ERROR, 60_000]);
    await world.turn();
    expect(worker.ids).toEqual(['first']);
  });
});

test('a retry may bring new arguments', async () => {
  const world = await setup();
  const worker = await world.worker('w1');
  await world.caller.calls('first');
  await worker.runs('first', ['retry', ERROR, ERROR, 0, 'task', '[7]']);
  await world.turn();
  expect(worker.assignment('first')[4]).toBe('[7]');
  await world.caller.calls('first');
  expect(world.caller.answers).toEqual([
    ['first', 1, 'default'],
    ['first', 1, 'default'],
  ]);
});

test('a run that was lost fails at once where rejectOnWorkerLost is off', async () => {
  const world = await setup();
  const worker = await world.worker('w1', { tasks: { add: { rejectOnWorkerLost: false } } });
  await world.caller.calls('first');
  await worker.starts('first');
  await world.broker.sessions.lose(worker.session, 'killed');
  const [snapshot] = await world.broker.reader.snapshots([['first', 0]]);
  expect(snapshot).toMatchObject({ state: 'FAILURE' });
});

describe('forgetting', () => {
  test('drops what an ended task gave, and keeps that it was', async () => {
    const world = await setup();
    const worker = await world.worker('w1');
    await world.caller.calls('first');
    await worker.runs('first');
    expect(await world.broker.forgetter.forget(['first', 'nobody'])).toEqual([true, false]);
    expect(await world.broker.forgetter.forget(['first'])).toEqual([false]);
    const [snapshot] = await world.broker.reader.snapshots([['first', 0]]);
    expect(snapshot).toMatchObject({ known: true, state: 'SUCCESS', gone: true, body: null, args: null });
    await world.caller.submits(['first', 'add', '[9,9]', null, 0]);
    expect(world.caller.answers.at(-1)).toEqual(['first', 0, 'ID_CONFLICT']);
  });

  test('leaves a task alone that has not ended', async () => {
    const world = await setup();
    await world.caller.calls('first');
    expect(await world.broker.forgetter.forget(['first'])).toEqual([false]);
  });
});

describe('where queues are not made by naming them', () => {
  test('an unknown one is refused, a listed one and a worker’s are taken', async () => {
    const world = await setup({ knownQueues: new Set(['default']) });
    await world.worker('w1', { queues: ['default', 'media'] });
    await world.caller.calls('a', { queue: 'nowhere' });
    await world.caller.calls('b', { queue: 'media' });
    await world.caller.calls('c');
    expect(world.caller.answers).toEqual([
      ['a', 0, 'QUEUE_NOT_FOUND'],
      ['b', 1, 'media'],
      ['c', 1, 'default'],
    ]);
  });
});

test('an error is kept where only the result is ignored', async () => {
  const world = await setup();
  const tasks = { add: { ignoreResult: true, storeErrorsEvenIfIgnored: true } };
  const worker = await world.worker('w1', { tasks });
  await world.caller.calls(['good', 'bad']);
  await worker.runs('good');
  await worker.runs('bad', ['failure', ERROR]);
  const [good, bad] = await world.broker.reader.snapshots([
    ['good', 0],
    ['bad', 0],
  ]);
  expect(good).toMatchObject({ gone: true, body: null });
  expect(bad).toMatchObject({ gone: false, body: ERROR });
});

test('a call made in a task belongs to its family, and a route stands below the task', async () => {
  const world = await setup();
  const worker = await world.worker('w1', { tasks: { add: { priority: 3 } }, queues: ['default', 'routed'] });
  await world.caller.calls('parent');
  await world.caller.submits([
    'child',
    'add',
    '[1]',
    null,
    0,
    ['whatever it says', 'parent'],
    { queue: 'routed', priority: 9 },
  ]);
  expect(worker.assignment('child')[5]).toMatchObject({
    rootId: 'parent',
    parentId: 'parent',
    queue: 'routed',
    priority: 3,
  });
});
