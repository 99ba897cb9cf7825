import { OptionError } from '@celeriac/protocol';
import { describe, expect, test } from 'vitest';
import { standing, TestApp } from './test/app.ts';

const NONE = { ratePerHour: null, taskLimit: null, keyLimit: null };

describe('app.control', () => {
  test('sends each command by itself, and gives what holds then', async () => {
    const test = new TestApp();
    const add = test.app.task('add', (x: number) => x);
    const rated = test.app.control.rateLimit(add, '50/s');
    const limited = test.app.control.concurrencyLimit('mul', { task: 4, key: 'default' });
    const session = await test.welcome();
    expect(session.controls.map(({ items }) => items)).toEqual([
      [['rateLimit', 'add', 180_000]],
      [['concurrencyLimit', 'mul', { task: 4, key: 'default' }]],
    ]);
    session.controls[0]?.answer({ ok: [{ ...NONE, ratePerHour: 180_000 }] });
    session.controls[1]?.answer({ ok: [{ ...NONE, ratePerHour: 5, taskLimit: 4, keyLimit: 2 }] });
    expect(await rated).toEqual({ rateLimit: '50/s', concurrencyLimit: { task: null, key: null } });
    expect(await limited).toEqual({ rateLimit: '5/h', concurrencyLimit: { task: 4, key: 2 } });
  });

  test('pauses and resumes a queue', async () => {
    const test = new TestApp();
    const paused = test.app.control.pauseQueue('media');
    const resumed = test.app.control.resumeQueue('media');
    const session = await test.welcome();
    expect(session.controls.map(({ items }) => items)).toEqual([
      [['pauseQueue', 'media']],
      [['resumeQueue', 'media']],
    ]);
    session.controls[0]?.answer({ ok: [3] });
    session.controls[1]?.answer({ ok: [4] });
    expect([await paused, await resumed]).toEqual([3, 4]);
  });

  test('finding 8: revokes a token by its id, or all of a subject', async () => {
    const test = new TestApp();
    const one = test.app.control.revokeToken({ jti: 'a' });
    const all = test.app.control.revokeToken({ sub: 'shop' }, { keep: '1d' });
    const session = await test.welcome();
    expect(session.controls.map(({ items }) => items)).toEqual([
      [['revokeToken', 'jti', 'a', null]],
      [['revokeToken', 'sub', 'shop', 86_400_000]],
    ]);
    session.controls[0]?.answer({ ok: [1] });
    session.controls[1]?.answer({ ok: [0] });
    expect([await one, await all]).toEqual([1, 0]);
  });

  test('asks again in the next session', async () => {
    const test = new TestApp();
    const rated = test.app.control.rateLimit('add', null);
    (await test.welcome()).lose();
    await test.clock.advance(60_000);
    const session = await test.welcome();
    expect(session.controls.map(({ items }) => items)).toEqual([[['rateLimit', 'add', null]]]);
    session.controls[0]?.answer({ ok: [NONE] });
    expect(await rated).toEqual({ rateLimit: null, concurrencyLimit: { task: null, key: null } });
  });

  test('rejects with what the gateway says', async () => {
    const test = new TestApp();
    const rated = test.app.control.rateLimit('typo', 'default');
    const session = await test.welcome();
    const refused = { code: 'TASK_NOT_DEFINED', message: 'no such task', retryAfterMs: null };
    session.controls[0]?.answer({ refused });
    await expect(rated).rejects.toMatchObject({ name: 'RefusedError', code: 'TASK_NOT_DEFINED' });
  });

  test('gives up with everything else when the gateway stays away', async () => {
    const test = new TestApp({ giveUpAfter: 10 });
    const rated = test.app.control.rateLimit('add', 1);
    const outcome = standing(rated);
    await test.clock.advance(10_000);
    const unreachable = {
      name: 'GatewayUnreachableError',
      taskId: null,
      message: 'the gateway has been unreachable for 10 s',
    };
    await expect(rated).rejects.toMatchObject(unreachable);
    expect(await outcome).toBe('pending');
    // Who asks only now would wait for what nobody else waits for any more.
    await expect(test.app.control.purge('media')).rejects.toMatchObject(unreachable);
    await expect(test.app.control.retry('t1')).rejects.toMatchObject({
      message: 'task t1: the gateway has been unreachable for 10 s',
    });
  });

  test.each([
    [(app: TestApp['app']) => app.control.rateLimit('add', '10/d'), OptionError, 'expected rate to be'],
    [(app: TestApp['app']) => app.control.rateLimit('', 1), OptionError, 'expected task to be'],
    [(app: TestApp['app']) => app.control.pauseQueue(''), OptionError, 'expected queue to be'],
    [(app: TestApp['app']) => app.control.concurrencyLimit('add', 0), OptionError, 'expected limit to be'],
    [(app: TestApp['app']) => app.control.concurrencyLimit('add', {}), OptionError, 'expected limit to be'],
    [
      (app: TestApp['app']) => app.control.concurrencyLimit('add', { key: 1.5 }),
      OptionError,
      "expected limit.key to be an integer from 1 to 10000, null or 'default', got: 1.5",
    ],
    [
      (app: TestApp['app']) => app.control.concurrencyLimit('add', { keys: 1 } as never),
      OptionError,
      "did you mean 'key'?",
    ],
    [(app: TestApp['app']) => app.control.concurrencyLimit('add', [] as never), OptionError, 'an object'],
    [(app: TestApp['app']) => app.control.revokeToken({} as never), OptionError, 'expected token to be'],
    [
      (app: TestApp['app']) => app.control.revokeToken({ jti: 'a', sub: 'b' }),
      OptionError,
      'expected token to be { jti } or { sub }',
    ],
    [(app: TestApp['app']) => app.control.revokeToken({ sub: '' }), OptionError, 'expected sub to be'],
    [(app: TestApp['app']) => app.control.revokeToken({ sub: 'a' }, { keep: -1 }), OptionError, 'keep'],
    [(app: TestApp['app']) => app.control.backup(''), OptionError, 'expected file to be'],
  ])('refuses what cannot be: %#', async (change, type, message) => {
    const { app } = new TestApp();
    await expect(change(app)).rejects.toThrow(type);
    await expect(change(app)).rejects.toThrow(message);
  });
});
