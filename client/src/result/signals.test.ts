import { getEventListeners } from 'node:events';
import { OptionError } from '@celeriac/protocol';
import type { SignalOptions } from '@celeriac/runtime';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Celeriac } from '../celeriac.ts';
import { standing, TestApp } from '../test/app.ts';
import { progress, snapshot, transition } from '../test/fake-gateway.ts';
import type { AsyncResult } from './async-result.ts';
import { ResultSet } from './result-set.ts';

const REASON = new Error('enough');

interface Wait {
  readonly name: string;
  readonly begin: (result: AsyncResult<number>, app: Celeriac, options: SignalOptions) => Promise<unknown>;
}

const wait = (name: string, begin: Wait['begin']): Wait => ({ name, begin });

/** Each waits while a call has no receipt, and is over when `finish` has been said. */
const WAITS: readonly Wait[] = [
  wait('get()', (result, _, options) => result.get(options)),
  wait('updates()', async (result, _, options) => {
    for await (const { state } of result.updates(options)) if (state === 'SUCCESS') return;
  }),
  wait('stream()', async (result, _, options) => {
    for await (const chunk of result.stream(options)) void chunk;
  }),
  wait('refresh()', (result, _, options) => result.refresh(options)),
  wait('exists()', (result, _, options) => result.exists(options)),
  wait('forget()', (result, _, options) => result.forget(options)),
  wait('revoke()', (result, _, options) => result.revoke({ ...options, terminate: true })),
  wait('iterdeps()', async (result, _, options) => {
    for await (const [, task] of result.iterdeps(options)) void task;
  }),
  wait('collect()', async (result, _, options) => {
    for await (const [, value] of result.collect({ ...options, intermediate: true })) void value;
  }),
  wait('getLeaf()', (result, _, options) => result.getLeaf(options)),
  wait('set.get()', (result, _, options) => new ResultSet([result]).get(options)),
  wait('set.join()', (result, _, options) => new ResultSet([result]).join(options)),
  wait('set.completed()', async (result, _, options) => {
    for await (const one of new ResultSet([result]).completed(options)) void one;
  }),
  wait('set.revoke()', (result, _, options) => new ResultSet([result]).revoke(options)),
  wait('set.forget()', (result, _, options) => new ResultSet([result]).forget(options)),
  wait('app.flush()', (_, app, options) => app.flush(options)),
  wait('app.close()', (_, app, options) => app.close(options)),
  wait('app.control.pauseQueue()', (_, app, options) => app.control.pauseQueue('default', options)),
  wait('app.control.revokeToken()', (_, app, options) => app.control.revokeToken({ sub: 'a' }, options)),
  wait('app.monitor.history()', async (_, app, options) => {
    for await (const row of app.monitor.history(options)) void row;
  }),
];

let t: TestApp;
let result: AsyncResult<number>;
beforeEach(async () => {
  t = new TestApp();
  result = t.app.sendTask<number>('add', [1, 2], { taskId: 'a' });
  await t.welcome();
});

describe.each(WAITS)('$name', ({ name, begin }) => {
  test('rejects with the reason when the signal aborts, and leaves nothing on it', async () => {
    const controller = new AbortController();
    const waiting = begin(result, t.app, { signal: controller.signal });
    await t.turn();
    expect(await standing(waiting)).toBe('pending');
    expect(getEventListeners(controller.signal, 'abort').length).toBeGreaterThan(0);
    controller.abort(REASON);
    await expect(waiting).rejects.toBe(REASON);
    await t.turn();
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('leaves nothing on the signal where it comes to its end', async () => {
    const { signal } = new AbortController();
    const waiting = begin(result, t.app, { signal });
    await finish();
    await waiting;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('with an aborted signal does nothing', async () => {
    const other = t.app.AsyncResult<number>('b');
    const before = t.session.frames.length;
    await expect(begin(other, t.app, { signal: AbortSignal.abort(REASON) })).rejects.toBe(REASON);
    await t.turn();
    const { frames, gets, revokes, forgets, controls, lists } = t.session;
    expect([frames.length, gets, revokes, forgets, controls, lists]).toEqual([before, [], [], [], [], []]);
    expect(t.app.connection.state).toBe('open');
  });

  test('refuses what is no signal', async () => {
    const begun = async (): Promise<unknown> =>
      Reflect.apply(begin, undefined, [result, t.app, { signal: 'now' }]);
    await expect(begun()).rejects.toThrow(OptionError);
    expect(name).not.toBe('');
  });
});

test('a wait for a receipt or an answer that was ended keeps no process alive', async () => {
  t.session.accept('a');
  t.session.events(transition('a', 2, 'SUCCESS', { body: '3' }));
  const timers = t.clock.timers;
  const controller = new AbortController();
  const other = t.app.AsyncResult('b');
  const options = { signal: controller.signal };
  const waits = [other.refresh(options), other.revoke(options), t.app.control.drain('w1', options)];
  expect(t.clock.timers).toBeGreaterThan(timers);
  controller.abort(REASON);
  for (const one of waits) await expect(one).rejects.toBe(REASON);
  expect(t.clock.timers).toBe(timers);
  await t.turn();
  // Nothing had left yet, and nothing leaves now.
  expect([t.session.gets, t.session.revokes, t.session.controls]).toEqual([[], [], []]);
});

test('close() that is hurried closes at once, and what waited is told', async () => {
  const controller = new AbortController();
  const closing = t.app.close({ timeout: '1h', signal: controller.signal });
  await t.turn();
  expect(t.app.connection.state).toBe('open');
  controller.abort(REASON);
  await expect(closing).rejects.toBe(REASON);
  await expect(result.accepted).rejects.toMatchObject({ code: 'CLOSED' });
  expect(t.app.connection.state).toBe('closed');
});

test('drained() ends with its signal', async () => {
  const full = new TestApp({ outboxLimit: 1024 * 1024 });
  for (let call = 0; call < 2_000; call++) full.app.sendTask('add', [1, 2]).accepted.catch(() => {});
  const controller = new AbortController();
  const waiting = full.app.drained({ signal: controller.signal });
  expect(await standing(waiting)).toBe('pending');
  controller.abort(REASON);
  await expect(waiting).rejects.toBe(REASON);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  await expect(full.app.drained({ signal: controller.signal })).rejects.toBe(REASON);
});

test('a loop over events ends with its signal', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const next = t.app.monitor.events({ signal })[Symbol.asyncIterator]().next();
  expect(await standing(next)).toBe('pending');
  controller.abort(REASON);
  await expect(next).rejects.toBe(REASON);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  await t.turn();
  const [feed] = t.session.sent('openFeeds').flat();
  expect(t.session.sent('closeFeeds')).toEqual(feed === undefined ? [] : [[feed[0]]]);
  await expect(t.app.monitor.events({ signal })[Symbol.asyncIterator]().next()).rejects.toBe(REASON);
});

/** Answers whatever was asked, and ends the task. */
async function finish(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    t.session.accept('a');
    await t.turn();
    for (const { ids, answer } of t.session.gets.splice(0)) answer({ ok: ids.map((id) => snapshot(id)) });
    for (const { items, answer } of t.session.revokes.splice(0)) answer({ ok: items.map(() => 'revoked') });
    for (const { ids, answer } of t.session.forgets.splice(0)) answer({ ok: ids.map(() => true) });
    for (const { items, answer } of t.session.controls.splice(0)) answer({ ok: items.map(() => 1) });
    for (const { queries, answer } of t.session.lists.splice(0))
      answer({ ok: queries.map(() => ({ rows: [], next: null })) });
    await t.turn();
  }
  t.session.events(progress('a', 1, 'NEARLY', 1), transition('a', 2, 'SUCCESS', { body: '3' }));
  for (const [number] of t.session.sent('openStreams').flat()) t.session.streams([number, 'end', 0, 0]);
  await t.turn();
}
