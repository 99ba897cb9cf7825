import { beforeEach, describe, expect, test } from 'vitest';
import { SIGNAL, type TaskSelf } from '../hosting.ts';
import { currentTask } from '../inside.ts';
import type { FakeTask } from '../test/fake-task.ts';
import { messageOf, TestExecutor } from '../test/test-executor.ts';
import { AbortSource } from './abort-source.ts';
import type { Follow } from './run-reports.ts';
import { fillCurrentTaskSlot } from './running-task.ts';

let t: TestExecutor;
beforeEach(() => {
  t = new TestExecutor();
});

describe('handlers', () => {
  let calls: unknown[][];
  beforeEach(() => {
    calls = [];
    fillCurrentTaskSlot();
  });

  const note = async (name: string, self: TaskSelf, ...facts: unknown[]): Promise<void> => {
    await Promise.resolve();
    calls.push([name, self.request.id, currentTask() === self, ...facts]);
  };
  const handlers: FakeTask['handlers'] = {
    beforeStart: (self) => note('beforeStart', self),
    onSuccess: (self, result) => note('onSuccess', self, result),
    onFailure: (self, error) => note('onFailure', self, error),
    onRetry: (self, error) => note('onRetry', self, error),
    afterReturn: (self, state, value) => note('afterReturn', self, state, value),
  };
  const error = new RangeError('no');
  const body = (self: TaskSelf, how: string): string => {
    calls.push(['body']);
    if (how === 'fail') throw error;
    if (how === 'retry') self.retry({ exc: error });
    if (how === 'ignore') throw Object.assign(new Error('ignored'), { [SIGNAL]: { kind: 'ignore' } });
    return how;
  };
  const before = [['beforeStart', 'id-1', true], ['body']];
  const failed = [
    ['onFailure', 'id-1', true, error],
    ['afterReturn', 'id-1', true, 'FAILURE', error],
  ];

  test.each([
    ['ok', 0, [...before, ['onSuccess', 'id-1', true, 'ok'], ['afterReturn', 'id-1', true, 'SUCCESS', 'ok']]],
    ['fail', 0, [...before, ...failed]],
    ['retry', 0, [...before, ['onRetry', 'id-1', true, error]]],
    ['retry', 3, [...before, ...failed]],
    ['ignore', 0, before],
  ])('around a body that ends with %s after %i retries', async (how, retries, expected) => {
    await t.run(body, { bind: true, handlers, args: [how], context: { retries } });
    expect(calls).toEqual(expected);
  });

  test('hear of arguments that do not fit, though the body never began', async () => {
    await t.run(body, { bind: true, handlers, arity: { min: 1, max: 1 } });
    expect(calls.map(([name]) => name)).toEqual(['onFailure', 'afterReturn']);
  });

  test('that fail are told of, and change nothing', async () => {
    const fail = (): never => {
      throw new Error('handler');
    };
    const { outcome } = await t.run(body, {
      bind: true,
      args: ['ok'],
      handlers: { beforeStart: fail, onSuccess: fail, afterReturn: async () => fail() },
    });
    expect(outcome).toEqual(['success', '"ok"']);
    expect(t.lines.map(({ handler, level, error }) => [handler, level, error])).toEqual([
      ['beforeStart', 50, 'Error: handler'],
      ['onSuccess', 50, 'Error: handler'],
      ['afterReturn', 50, 'Error: handler'],
    ]);
  });

  test('are called when the outcome is recorded, and not where it was refused', async () => {
    const follows: Follow[] = [];
    const bodies = ['first', 'second'].map((how) =>
      t.run(body, { bind: true, handlers, args: [how], follow: (follow) => follows.push(follow) }),
    );
    await t.clock.advance(0);
    expect(calls.map(([name]) => name)).toEqual(['beforeStart', 'beforeStart', 'body', 'body']);
    follows[0]?.(false);
    follows[1]?.(true);
    expect((await Promise.all(bodies)).map(({ outcome }) => outcome[0])).toEqual(['success', 'success']);
    expect(calls.slice(4).map(([name, , , fact]) => [name, fact])).toEqual([
      ['onSuccess', 'second'],
      ['afterReturn', 'SUCCESS'],
    ]);
  });

  test('have a signal of their own; when it aborts, the others are not called and the log tells which', async () => {
    const abort = new AbortSource();
    abort.ask(new Error('the soft limit'));
    const seen: boolean[] = [];
    await t.run(body, {
      bind: true,
      abort,
      args: ['ok'],
      handlers: {
        onSuccess: async (self) => {
          seen.push(self.signal.aborted);
          abort.ask(new RangeError('too long'));
          seen.push(self.signal.aborted);
        },
        afterReturn: () => void seen.push(true),
      },
    });
    expect(seen).toEqual([false, true]);
    expect(t.lines).toMatchObject([
      {
        level: 50,
        task: 'work',
        id: 'id-1',
        handlers: ['onSuccess', 'afterReturn'],
        error: 'RangeError: too long',
      },
    ]);
  });

  test('before the body are waited for only so long', async () => {
    const run = t.run(body, {
      bind: true,
      args: ['ok'],
      handlers: { beforeStart: () => new Promise(() => {}) },
    });
    await t.clock.advance(999);
    expect(calls).toEqual([]);
    await t.clock.advance(1);
    expect((await run).outcome).toEqual(['success', '"ok"']);
    expect(t.lines).toMatchObject([{ level: 50, id: 'id-1', handler: 'beforeStart', limitMs: 1_000 }]);

    const patient = t.run(body, {
      bind: true,
      args: ['ok'],
      handlers: { beforeStart: (self) => note('slow', self) },
      handlerTimeoutMs: 0,
    });
    expect((await patient).outcome[0]).toBe('success');
    expect(t.clock.timers).toBe(0);
  });

  test('before the body: where it is asked to stop meanwhile, it does not begin', async () => {
    const abort = new AbortSource();
    const { outcome } = await t.run(body, {
      bind: true,
      abort,
      args: ['ok'],
      handlers: { ...handlers, beforeStart: () => abort.abort(new RangeError('revoked')) },
    });
    expect([messageOf(outcome), calls]).toEqual(['revoked', []]);
  });

  test('show no state and give no chunk any more', async () => {
    const { progress } = await t.run(body, {
      bind: true,
      args: ['ok'],
      handlers: {
        onSuccess: (self) => {
          self.updateState({ state: 'LATE' });
          self.updateState({ state: 'LATER' });
          return self.emit('late');
        },
      },
    });
    expect(progress).toEqual([]);
    expect(t.lines).toMatchObject([
      { level: 40, task: 'work', id: 'id-1', state: 'LATE' },
      { handler: 'onSuccess', error: expect.stringContaining('work has ended') },
    ]);
  });

  test('are not told how an attempt ended that was asked to stop: the gateway has decided', async () => {
    const abort = new AbortSource();
    const stopped = (): never => {
      abort.abort(new Error('revoked'));
      throw error;
    };
    await t.run(stopped, { abort, handlers });
    expect(calls.map(([name]) => name)).toEqual(['beforeStart']);
  });
});
