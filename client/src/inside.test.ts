import { UsageError } from '@celeriac/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CURRENT_TASK, type CurrentTaskSlot, INSIDE, type TaskSelf } from './hosting.ts';
import { standing, TestApp } from './test/app.ts';
import { transition } from './test/fake-gateway.ts';

const slot = globalThis as CurrentTaskSlot;
let t: TestApp;
let seen: string[];

beforeEach(() => {
  t = new TestApp();
  seen = [];
  const inside = {
    rootId: 'root',
    called: (id: string) => seen.push(id),
    wait: () => {
      seen.push('waits');
      return () => seen.push('goes on');
    },
  };
  const self = { name: 'outer', request: { id: 'me' }, [INSIDE]: inside };
  slot[CURRENT_TASK] = () => self as unknown as TaskSelf;
});
afterEach(() => {
  delete slot[CURRENT_TASK];
});

test('a call made inside a task is its child', async () => {
  const inner = t.app.sendTask('add', [1], { taskId: 'child' });
  await t.welcome();
  expect(t.session.submits).toEqual([['child', 'add', '[1]', null, 0, ['root', 'me'], null]]);
  expect(seen).toEqual(['child']);
  expect(inner.parent?.id).toBe('me');
  expect(inner.asTuple()).toEqual([['child', [['me', null], null]], null]);
});

test('a call that is refused at once is nobody’s child', async () => {
  await t.app.close();
  expect(() => t.app.sendTask('add', [1])).toThrow('closed');
  expect(seen).toEqual([]);
});

test('a task does not wait for another one', async () => {
  const inner = t.app.sendTask('add', [1], { taskId: 'child' });
  await expect(inner.get()).rejects.toBeInstanceOf(UsageError);
  await expect(inner.get({ timeout: 1 })).rejects.toThrow(/task outer waits for another task's result/);
});

test('unless it asks for it; then whoever runs it is told of each wait', async () => {
  const inner = t.app.sendTask('add', [1], { taskId: 'child' });
  await t.welcome();
  t.session.accept('child');
  const value = inner.get({ disableSyncSubtasks: false });
  const same = inner.get({ disableSyncSubtasks: false });
  expect(await standing(value)).toBe('pending');
  expect(seen).toEqual(['child', 'waits', 'waits']);
  t.session.events(transition('child', 2, 'SUCCESS', { body: '1' }));
  expect(await Promise.all([value, same])).toEqual([1, 1]);
  expect(seen).toEqual(['child', 'waits', 'waits', 'goes on', 'goes on']);
  const next = t.app.sendTask('add', [2], { taskId: 'next' });
  const later = next.get({ disableSyncSubtasks: false });
  await t.turn();
  t.session.accept('next').events(transition('next', 2, 'SUCCESS', { body: '2' }));
  expect(await later).toBe(2);
  expect(seen.slice(5)).toEqual(['next', 'waits', 'goes on']);
});
