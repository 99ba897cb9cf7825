import { beforeEach, describe, expect, test } from 'vitest';
import type { TaskSelf } from '../index.ts';
import { currentTask } from '../inside.ts';
import { TestApp } from '../test/app.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

describe('a task that is called directly', () => {
  test('gives what its function gives, at once and as it is', async () => {
    const given = { at: new Date(0) };
    expect(t.app.task('same', () => given)()).toBe(given);
    expect(await t.app.task('later', async () => given)()).toBe(given);
    const twice = t.app.task('twice', { bind: true }, (self, x: number) => [self.name, 2 * x]);
    expect(twice(2)).toEqual(['twice', 4]);
  });

  test('takes more arguments than it counts, as any function, and no fewer', () => {
    const double = t.app.task('double', (x: number) => 2 * x);
    expect([1, 2].map(double)).toEqual([2, 4]);
    expect(() => Reflect.apply(double, undefined, [])).toThrow(
      new TypeError('double() takes exactly 1 argument (0 given)'),
    );
    const loose = t.app.task('loose', { typing: false }, (x?: number) => x);
    expect(loose()).toBeUndefined();
  });

  test('has a request of its own', () => {
    const options = { bind: true, timeLimit: 10, softTimeLimit: 5, priority: 3 } as const;
    const request = t.app.task('request', options, (self, _: string) => self.request)('a');
    expect(request).toEqual({
      ...{ id: request.id, rootId: request.id, parentId: null, headers: {}, args: ['a'] },
      ...{ attempt: 1, retries: 0, maxRetries: 3, queue: 'default', priority: 3, worker: 'local' },
      ...{ eta: null, expires: null, timeLimit: null, softTimeLimit: null },
      ...{ redelivered: false, calledDirectly: true },
    });
  });

  test('raises the error that would have been retried, or that none were left', () => {
    const again = t.app.task('again', { bind: true, typing: false }, (self, exc?: unknown) =>
      self.retry({ exc }),
    );
    const error = new RangeError('this one');
    expect(() => again(error)).toThrow(error);
    expect(() => again()).toThrow(/^Can't retry again\[[-0-9a-f]+\] args: \[\]$/);
    const bad = t.app.task('bad', { bind: true }, (self) => self.retry({ countdown: -1 }));
    expect(() => bad()).toThrow('expected countdown to be');
  });

  test('checks its states and its chunks as a worker does, and shows them to nobody', async () => {
    let self: TaskSelf | undefined;
    const task = t.app.task('task', { bind: true }, (given) => {
      self = given;
    });
    task();
    self?.updateState({ state: 'FINE', meta: { done: 1 } });
    expect(() => self?.updateState({ state: 'SUCCESS' })).toThrow(
      "'SUCCESS' is one of Celery's own states; task must use another name for a custom one",
    );
    expect(() => self?.updateState({ state: '' })).toThrow(
      'expected a custom state to be a string of 1 to 100',
    );
    expect(() => self?.updateState({ state: 'BIG', meta: 1n })).toThrow(
      'meta of BIG in task: the value is a BigInt',
    );
    for (let chunk = 0; chunk < 1_000; chunk++) void self?.emit(chunk);
    expect(() => self?.emit(new Date(0))).toThrow('chunk 1000 of task: the value is a Date');
    expect(t.gateway.sessions).toHaveLength(0);
  });

  test('writes its states as its calls are written', () => {
    const task = t.app.task('task', { bind: true, serializer: 'devalue' }, (self) =>
      self.updateState({ state: 'SET', meta: new Set([1n]) }),
    );
    expect(() => task()).not.toThrow();
  });

  test('is a part of the task that calls it', async () => {
    t = new TestApp({ alwaysEager: true });
    const inner = t.app.task('inner', () => currentTask()?.name ?? 'none');
    const outer = t.app.task('outer', () => inner());
    expect([inner(), await outer.delay().get()]).toEqual(['none', 'outer']);
  });
});
