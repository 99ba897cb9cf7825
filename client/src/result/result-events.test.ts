import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { TestApp } from '../test/app.ts';
import { failure, progress, snapshot, transition } from '../test/fake-gateway.ts';
import type { Snapshot } from './snapshot.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

describe('events', () => {
  test('fire per state and by name, PENDING with the receipt first', async () => {
    const seen: string[] = [];
    const result = t.app.sendTask('add', [], { taskId: 'a' });
    for (const event of ['state', 'progress', 'success', 'failure', 'retry', 'revoked', 'ready'] as const) {
      result.on(event, (snapshot) => seen.push(`${event} ${snapshot.state}`));
    }
    await t.welcome();
    t.session
      .accept('a')
      .events(
        transition('a', 2, 'STARTED'),
        progress('a', 2, 'UPLOADING', { done: 1 }),
        transition('a', 3, 'RETRY', { body: failure('Error', 'once') }),
        transition('a', 4, 'STARTED'),
        transition('a', 5, 'SUCCESS', { body: '3' }),
      );
    expect(seen).toEqual([
      'state PENDING',
      'state STARTED',
      'progress UPLOADING',
      'state RETRY',
      'retry RETRY',
      'state STARTED',
      'state SUCCESS',
      'success SUCCESS',
      'ready SUCCESS',
    ]);
  });

  test('a snapshot does not change after it was given', async () => {
    const snapshots: Snapshot[] = [];
    const result = await t.accepted();
    result.on('state', (snapshot) => snapshots.push(snapshot));
    t.session.events(transition('a', 2, 'STARTED'), transition('a', 3, 'SUCCESS', { body: '3' }));
    expect(snapshots.map(({ history }) => history.length)).toEqual([2, 3]);
    expect(snapshots.map(({ result: value }) => value)).toEqual([undefined, 3]);
    expect(snapshots[1]?.dateDone).toEqual(new Date(3_000));
  });

  test('listening ends with the stop, with the signal and with the task, and nothing stays on the signal', async () => {
    const seen: string[] = [];
    const result = await t.accepted();
    const controller = new AbortController();
    const { signal } = controller;
    const stop = result.on('state', ({ state }) => seen.push(`first ${state}`));
    result.on('state', ({ state }) => seen.push(`second ${state}`), { signal });
    result.on('ready', () => seen.push('never'), { signal: AbortSignal.abort() });
    t.session.events(transition('a', 2, 'STARTED'));
    stop();
    stop();
    controller.abort();
    t.session.events(transition('a', 3, 'RETRY'));
    expect(seen).toEqual(['first STARTED', 'second STARTED']);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    const later = new AbortController();
    result.on('ready', ({ state }) => seen.push(state), later);
    expect(getEventListeners(later.signal, 'abort')).toHaveLength(1);
    t.session.events(transition('a', 4, 'STARTED'), transition('a', 5, 'SUCCESS', { body: '3' }));
    expect(seen.at(-1)).toBe('SUCCESS');
    expect(getEventListeners(later.signal, 'abort')).toEqual([]);
    result.on('ready', () => seen.push('never'), later);
    expect(getEventListeners(later.signal, 'abort')).toEqual([]);
    expect(seen).not.toContain('never');
  });

  test('a handle that nobody listens to any more keeps no process alive', async () => {
    const controller = new AbortController();
    const result = await t.accepted();
    const timers = t.clock.timers;
    result.on('state', () => {}, { signal: controller.signal });
    expect(t.clock.timers).toBeGreaterThan(timers);
    controller.abort();
    expect(t.clock.timers).toBe(timers);
  });

  test('each comes with a snapshot of its kind; one whose value is gone is only ready', async () => {
    const seen: unknown[] = [];
    const other = t.app.AsyncResult<number>('b');
    for (const event of ['success', 'failure', 'ready'] as const)
      other.on(event, ({ kind, result }) => seen.push([event, kind, result]));
    const result = await t.accepted();
    for (const event of ['state', 'progress', 'retry', 'success'] as const)
      result.on(event, ({ kind }) => seen.push([event, kind]));
    t.session.events(
      progress('a', 1, 'EARLY', 1),
      transition('a', 2, 'RETRY', { body: failure('Error', 'once') }),
      transition('a', 3, 'SUCCESS', { body: '3' }),
    );
    t.session.snapshots(snapshot('b', { state: 'SUCCESS', sequence: 2, gone: true, kept: false }));
    expect(seen).toEqual([
      ['progress', 'running'],
      ['state', 'retry'],
      ['retry', 'retry'],
      ['state', 'success'],
      ['success', 'success'],
      ['ready', 'gone', undefined],
    ]);
  });

  test('an event that does not exist is refused', async () => {
    const result = await t.accepted();
    expect(() => Reflect.apply(result.on, result, ['sucess', () => {}])).toThrow("did you mean 'success'?");
  });

  test('a listener that throws is logged, and the others are still told', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    const seen: string[] = [];
    const result = await t.accepted();
    const trouble = new Error('in a listener');
    result.on('state', () => {
      throw trouble;
    });
    result.on('state', ({ state }) => seen.push(state));
    t.session.events(transition('a', 2, 'STARTED'), transition('a', 3, 'SUCCESS', { body: '3' }));
    expect(seen).toEqual(['STARTED', 'SUCCESS']);
    expect(logged).toHaveBeenCalledWith("celeriac: a listener to 'state' failed:", trouble);
    logged.mockRestore();
  });
});
