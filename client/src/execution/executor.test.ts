import { decodeFailure, type Outcome } from '@celeriac/protocol/internal';
import { beforeEach, expect, test } from 'vitest';
import type { TaskSelf } from '../index.ts';
import { currentTask } from '../inside.ts';
import { assignment, messageOf, TestExecutor } from '../test/test-executor.ts';
import { AbortSource } from './abort-source.ts';
import { ChunkWindow } from './chunk-window.ts';
import { fillCurrentTaskSlot } from './running-task.ts';

let t: TestExecutor;
beforeEach(() => {
  t = new TestExecutor();
});

test('a plain function gets its arguments, a bound one self before them', async () => {
  expect((await t.run((x: number, y: number) => x + y, { args: [2, 3] })).outcome).toEqual(['success', '5']);
  const bound = await t.run((self: TaskSelf, x: number) => [self.name, x], { bind: true, args: [2] });
  expect(bound.outcome).toEqual(['success', '["work",2]']);
});

test('what answers at once is reported before the call returns', () => {
  const outcomes: Outcome[] = [];
  t.executorOf(() => 1).execute(assignment('work', '[]'), new AbortSource(), new ChunkWindow(), {
    emit: () => undefined,
    progress: () => undefined,
    waits: () => undefined,
    entered: () => undefined,
    settled: (outcome) => void outcomes.push(outcome),
    followed: () => undefined,
  });
  expect(outcomes).toEqual([['success', '1']]);
});

test('promises and thenables are waited for', async () => {
  expect((await t.run(async () => 'later')).outcome).toEqual(['success', '"later"']);
  // biome-ignore lint/suspicious/noThenProperty: a query builder looks like this
  const lazy = { then: (resolve: (value: string) => void) => resolve('asked') };
  expect((await t.run(() => lazy)).outcome).toEqual(['success', '"asked"']);
  expect(messageOf((await t.run(() => Promise.reject(new Error('no')))).outcome)).toBe('no');
  const hostile = Object.defineProperty({}, 'then', { get: () => JSON.parse('}') });
  expect((await t.run(() => hostile)).outcome[0]).toBe('failure');
});

test('a traceback names the line of the task', async () => {
  const { outcome } = await t.run(() => {
    throw new Error('here');
  });
  const [, error] = outcome;
  expect(decodeFailure(typeof error === 'string' ? error : '').traceback).toMatch(/executor\.test\.ts:\d+/);
});

test('a wrong number of arguments never enters the body', async () => {
  let entered = false;
  const { outcome } = await t.run(() => (entered = true), {
    arity: { min: 2, max: 2 },
    args: [1],
    autoretryFor: [TypeError],
  });
  expect(messageOf(outcome)).toBe('work() takes exactly 2 arguments (1 given)');
  expect(entered).toBe(false);
});

test('a task that is not registered goes back to the queue', async () => {
  const { outcome } = await t.run(() => 0, { name: 'other' });
  expect([outcome[0], outcome[2]]).toEqual(['rejected', true]);
});

test('currentTask is each task’s own, across awaits and side by side', async () => {
  fillCurrentTaskSlot();
  const seen: (string | undefined)[] = [];
  const gates = new Map<string, () => void>();
  const body = async (label: string): Promise<boolean> => {
    const before = currentTask();
    await new Promise<void>((resolve) => gates.set(label, resolve));
    seen.push(label);
    await Promise.resolve();
    const args = currentTask()?.request.args;
    return before !== undefined && before === currentTask() && args?.[0] === label;
  };
  const both = [t.run(body, { args: ['a'] }), t.run(body, { args: ['b'] })];
  gates.get('b')?.();
  gates.get('a')?.();
  expect((await Promise.all(both)).map(({ outcome }) => outcome)).toEqual([
    ['success', 'true'],
    ['success', 'true'],
  ]);
  expect(seen).toEqual(['b', 'a']);
  expect(currentTask()).toBeUndefined();
});

test('says how long a body held the event loop', async () => {
  await t.run(async () => {
    t.clock.hold(40);
    await t.clock.advance(1_000);
  });
  expect(t.held).toEqual([['work', 40]]);
});
