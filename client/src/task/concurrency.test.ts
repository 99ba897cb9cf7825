import { KeyRequiredError, OptionError } from '@celeriac/protocol';
import { describe, expect, test } from 'vitest';
import { standing, TestApp } from '../test/app.ts';
import type { Task } from './task.ts';
import type { TaskOptions } from './task-options.ts';

/** Defines a task by options of whose types the compiler knows nothing. */
type DefineLoosely = (name: string, options: object, run: unknown) => Task<'charge', [string], string>;

const concurrencyKey = (user: string): string => `user ${user}`;

describe('limits of a definition', () => {
  test.each<readonly [TaskOptions<[string]>, object]>([
    [{ rateLimit: '10/s' }, { ratePerHour: 36_000 }],
    [{ rateLimit: 2 }, { ratePerHour: 7_200 }],
    [{ rateLimit: null }, { ratePerHour: null }],
    [{ concurrencyLimit: 4 }, { taskLimit: 4 }],
    [{ concurrencyLimit: null }, { taskLimit: null }],
    [{ concurrencyLimit: { task: 4, key: 2 } }, { taskLimit: 4, keyLimit: 2 }],
    [{ concurrencyKey }, { keyLimit: 1 }],
    [{ concurrencyKey, concurrencyLimit: 3 }, { keyLimit: 3 }],
    [
      { concurrencyKey, concurrencyLimit: { task: 9 } },
      { taskLimit: 9, keyLimit: 1 },
    ],
    [{ concurrencyLimit: { key: 5 } }, { keyLimit: 5 }],
  ])('%o are %o on the wire', async (options, wire) => {
    const test = new TestApp();
    const define = test.app.task as DefineLoosely;
    const task = define('charge', options, (user: string) => user);
    task.delay('ann');
    expect((await test.welcome()).sent('define')).toEqual([[['charge', wire]]]);
  });

  test.each([
    [{ rateLimit: '10/d' }, 'expected rateLimit to be'],
    [{ rateLimit: 0 }, 'expected rateLimit to be'],
    [{ concurrencyLimit: 0 }, 'expected concurrencyLimit to be'],
    [{ concurrencyLimit: '4' }, 'expected concurrencyLimit to be'],
    [{ concurrencyLimit: { key: null } }, 'expected concurrencyLimit.key to be'],
    [{ concurrencyLimit: { task: 1.5 } }, 'expected concurrencyLimit.task to be'],
    [{ concurrencyLimit: { keys: 1 } }, "did you mean 'key'?"],
    [{ concurrencyLimit: null, concurrencyKey }, 'where there is a concurrencyKey'],
    [{ concurrencyKey: 'user' }, 'expected concurrencyKey to be a function'],
  ])('%o are refused', (options, message) => {
    const { app } = new TestApp();
    const define = (): unknown => (app.task as DefineLoosely)('charge', options, () => {});
    expect(define).toThrow(OptionError);
    expect(define).toThrow(message);
  });
});

describe('a concurrency key', () => {
  const setup = () => {
    const test = new TestApp();
    const charge = test.app.task('charge', { concurrencyKey }, (user: string) => user);
    const plain = test.app.task('plain', (x: number) => x);
    return { test, charge, plain };
  };

  test('is made of the arguments of each call, unless the call has one', async () => {
    const { test, charge } = setup();
    charge.delay('ann');
    charge.applyAsync(['bob'], { priority: 3 });
    charge.applyAsync(['bob'], { concurrencyKey: 'mine' });
    test.app.sendTask('charge', ['eve']);
    charge.s('joe').delay();
    const { submits } = await test.welcome();
    expect(submits.map(([, , , call]) => call)).toEqual([
      { concurrencyKey: 'user ann' },
      { priority: 3, concurrencyKey: 'user bob' },
      { concurrencyKey: 'mine' },
      { concurrencyKey: 'user eve' },
      { concurrencyKey: 'user joe' },
    ]);
  });

  test('goes with a linked call whose arguments are all there', async () => {
    const { test, charge, plain } = setup();
    const linkable = test.app.signature<[number]>({
      task: 'charge',
      args: [],
      options: {},
      immutable: false,
    });
    plain.applyAsync([1], { link: [charge.si('ann'), linkable.set({ concurrencyKey: 'given' })] });
    const { submits } = await test.welcome();
    expect(submits[0]?.[3]?.link?.map(({ options }) => options)).toEqual([
      { concurrencyKey: 'user ann' },
      { concurrencyKey: 'given' },
    ]);
  });

  test('is asked for where a link is still to be given the result that it may be made of', () => {
    const { charge, plain } = setup();
    const call = (): unknown => plain.applyAsync([1], { link: charge.s() as never });
    expect(call).toThrow(KeyRequiredError);
    expect(call).toThrow('charge.s(…).set({ concurrencyKey })');
  });

  test.each([[7], [''], ['x'.repeat(256)], [undefined]])('that is %o is refused where it is made', (made) => {
    const { app } = new TestApp();
    const charge = app.task('charge', { concurrencyKey: () => made as string }, () => {});
    expect(() => charge.delay()).toThrow('expected the concurrencyKey of task charge to return a string');
  });

  test('that is missing rejects the handle', async () => {
    const { test } = setup();
    const res = test.app.sendTask('unknown.here', []);
    const [accepted, got] = [res.accepted, res.get()];
    const session = await test.welcome();
    session.receipts([res.id, 0, 'KEY_REQUIRED', 'task unknown.here wants a key', null]);
    await test.turn();
    for (const promise of [accepted, got]) {
      await expect(promise).rejects.toBeInstanceOf(KeyRequiredError);
      expect(await standing(promise)).toMatchObject(['rejected', { code: 'KEY_REQUIRED' }]);
    }
  });
});
