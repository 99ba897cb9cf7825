import { beforeEach, describe, expect, test } from 'vitest';
import type { TaskSelf } from '../index.ts';
import { TestExecutor } from '../test/test-executor.ts';
import { AbortSource } from './abort-source.ts';

let t: TestExecutor;
beforeEach(() => {
  t = new TestExecutor();
});

describe('the log', () => {
  test('has what the task says, with its id and the name its caller wants shown', async () => {
    const body = (self: TaskSelf): void => {
      self.log.info('begun', { part: 1 });
      self.log.warn('slow');
      self.log.error('bad');
    };
    await t.run(body, { bind: true, context: { shadow: 'work for Ada' } });
    expect(t.lines).toMatchObject([
      { level: 30, msg: 'begun', part: 1, task: 'work for Ada', id: 'id-1' },
      { level: 40, msg: 'slow' },
      { level: 50, msg: 'bad' },
    ]);
  });

  const fails = (): never => {
    throw new RangeError('too far');
  };

  test('tells of a failure with its traceback, and of its arguments only what may be shown', async () => {
    await t.run(fails, { args: ['secret'], context: { argsRepr: '(***)' } });
    expect(t.lines).toMatchObject([
      { level: 50, task: 'work', id: 'id-1', args: '(***)', error: 'RangeError: too far' },
    ]);
    expect(t.lines[0]?.['traceback']).toMatch('log-lines.test.ts');
    expect(JSON.stringify(t.lines)).not.toMatch('secret');
  });

  test('is calm about what the task says it throws', async () => {
    const { outcome } = await t.run(fails, { throws: ['RangeError'] });
    expect(outcome[0]).toBe('failure');
    expect(t.lines).toMatchObject([{ level: 30, error: 'RangeError: too far' }]);
    expect(t.lines[0]).not.toHaveProperty('traceback');
  });

  test('is calm about a retry, and no longer when none is left', async () => {
    const outcomes = [
      (await t.run(fails, { autoretryFor: [RangeError] })).outcome[0],
      (await t.run(fails, { autoretryFor: [RangeError], context: { retries: 3 } })).outcome[0],
    ];
    expect(outcomes).toEqual(['retry', 'failure']);
    expect(t.lines.map(({ level }) => level)).toEqual([30, 50]);
  });

  test('is calm about a body that ends because it was asked to', async () => {
    const abort = new AbortSource();
    abort.abort(new Error('revoked'));
    await t.run((self: TaskSelf) => self.signal.throwIfAborted(), { bind: true, abort });
    expect(t.lines).toMatchObject([{ level: 30, error: 'Error: revoked' }]);
  });
});
