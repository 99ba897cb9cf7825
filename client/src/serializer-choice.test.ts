/** Who decides what writes a call, and what becomes of its result. */
import { OptionError, PayloadError, UsageError } from '@celeriac/protocol';
import type { WirePayload } from '@celeriac/protocol/internal';
import { describe, expect, test, vi } from 'vitest';
import type { CeleriacOptions } from './app-options.ts';
import { standing, TestApp } from './test/app.ts';
import type { Serializer } from './values/serializer.ts';

const mine: Serializer = {
  name: 'mine',
  contentType: 'text/x-mine',
  encode: (value) => `mine ${JSON.stringify(value)}`,
  decode: (body) => JSON.parse(body.slice('mine '.length)),
};

const TYPE_OF = { devalue: 'application/vnd.devalue+json', mine: 'text/x-mine' } as const;

function typeOf(payload: WirePayload | undefined): string {
  return Array.isArray(payload) ? payload[0] : 'application/json';
}

async function sent(t: TestApp): Promise<readonly string[]> {
  const session = await t.welcome();
  return session.submits.map(([, , args]) => typeOf(args));
}

function makeTest(options: CeleriacOptions = {}): TestApp {
  const t = new TestApp(options);
  t.app.registerSerializer(mine);
  return t;
}

describe('the serializer of a call', () => {
  test('is JSON when nobody says otherwise', async () => {
    const t = makeTest();
    t.app.task('a', (x: number) => x).delay(1);
    t.app.sendTask('b', [1]);
    expect(await sent(t)).toEqual(['application/json', 'application/json']);
  });

  test('is what the call says, else the task, else its route, else the app', async () => {
    const t = makeTest({
      serializer: 'mine',
      taskRoutes: [{ routed: { serializer: 'devalue' }, owned: { serializer: 'devalue' } }],
    });
    const { app } = t;
    const owned = app.task('owned', { serializer: 'json' }, (x: number) => x);
    owned.applyAsync([1], { serializer: 'mine' });
    owned.delay(1);
    app.task('routed', (x: number) => x).delay(1);
    app.sendTask('elsewhere', [1]);
    app.sendTask('elsewhere', [1], { serializer: 'json' });
    expect(await sent(t)).toEqual([
      TYPE_OF.mine,
      'application/json',
      TYPE_OF.devalue,
      TYPE_OF.mine,
      'application/json',
    ]);
  });

  test('may be that of a route for a task that is not defined here, or of a function that is asked once', async () => {
    const decide = vi.fn((name: string) => (name === 'far' ? { serializer: 'mine' } : undefined));
    const t = makeTest({ taskRoutes: [{ 'media.*': { serializer: 'devalue' } }, decide] });
    t.app.sendTask('media.encode', [1]);
    t.app.sendTask('far', [1]);
    t.app.task('near', { serializer: 'devalue' }, (x: number) => x).delay(1);
    expect(await sent(t)).toEqual([TYPE_OF.devalue, TYPE_OF.mine, TYPE_OF.devalue]);
    expect(decide).toHaveBeenCalledTimes(2);
  });

  test('is decided for each link by itself', async () => {
    const t = makeTest({ serializer: 'mine' });
    const { app } = t;
    const first = app.task('first', { serializer: 'devalue' }, (x: number) => x);
    const then = app.task('then', (x: number, y: number) => x + y);
    first.applyAsync([1], {
      link: [then.s(1), then.s(2).set({ serializer: 'json' })],
      linkError: first.si(1),
    });
    const session = await t.welcome();
    const [item] = session.submits;
    expect(item?.[3]?.link?.map(({ args }) => typeOf(args))).toEqual([TYPE_OF.mine, 'application/json']);
    expect(item?.[3]?.linkError?.map(({ args }) => typeOf(args))).toEqual([TYPE_OF.devalue]);
    expect(JSON.stringify(item?.[3])).not.toContain('serializer');
  });

  test('that does not exist is an error where it is named', () => {
    const { app } = makeTest();
    const known = 'known are json, devalue, mine';
    expect(() => app.task('a', { serializer: 'devalu' }, () => 1)).toThrow(
      `app.task('a'): there is no serializer 'devalu', ${known}; did you mean 'devalue'?`,
    );
    expect(() => app.sendTask('a', [], { serializer: 'pickle' })).toThrow(OptionError);
    expect(() => app.sendTask('a', [], { serializer: 'pickle' })).toThrow(
      `arguments of a: there is no serializer 'pickle', ${known}`,
    );
    expect(() => app.sendTask('a', [], { serializer: 7 as never })).toThrow(
      'expected serializer to be a string',
    );
    expect(() => new TestApp({ serializer: '' })).toThrow(OptionError);
    const wrong = new TestApp({ serializer: 'mine' }).app;
    expect(() => wrong.task('a', () => 1)).toThrow("there is no serializer 'mine'");
    expect(() => wrong.sendTask('a')).toThrow("there is no serializer 'mine'");
    const routed = new TestApp({ taskRoutes: { a: { serializer: 'mine' } } }).app;
    expect(() => routed.task('a', () => 1)).toThrow("there is no serializer 'mine'");
    expect(() => app.registerSerializer(mine)).toThrow(UsageError);
  });

  test('names the place of what it cannot carry, and who can', () => {
    const { app } = makeTest();
    expect(() => app.sendTask('a', [{ when: new Date(0) }])).toThrow(
      "arguments of a: [0].when is a Date, which JSON turns into a string; serializer: 'devalue' carries it",
    );
    expect(() => app.sendTask('a', [() => 1], { serializer: 'devalue' })).toThrow(
      "arguments of a: [0] is a function, which 'devalue' cannot carry",
    );
    const large = 'x'.repeat(300_000);
    expect(() => app.sendTask('a', [large], { serializer: 'devalue' })).toThrow(
      'arguments of a have 300036 characters, the limit is 262144',
    );
  });
});

describe('a body', () => {
  async function ended(body: WirePayload): Promise<{ get: Promise<unknown> }> {
    const t = makeTest();
    const res = t.app.sendTask('a', [], { taskId: 'id-1' });
    const session = await t.welcome();
    session.accept('id-1');
    session.events(['id-1', 2, 2_000, 'SUCCESS', 'completed', 1, 'w', 0, body]);
    return { get: res.get() };
  }

  test.each([
    [['text/x-mine', 'mine {"a":1}'] as const, { a: 1 }],
    [
      [TYPE_OF.devalue, '[["Map",1,2],"a",["Date","1970-01-01T00:00:00.000Z"]]'] as const,
      new Map([['a', new Date(0)]]),
    ],
  ])('is read by what wrote it: %j', async (body, value) => {
    expect(await (await ended(body)).get).toStrictEqual(value);
  });

  test('of an unknown content type makes get() reject, and does not hang', async () => {
    const { get } = await ended(['application/x-theirs', 'abc']);
    expect(await standing(get)).toEqual(['rejected', expect.any(PayloadError)]);
    await expect(get).rejects.toThrow(
      "result of a came as 'application/x-theirs', which no serializer of this app",
    );
  });

  test('that its serializer cannot read makes get() reject as well', async () => {
    const { get } = await ended(['text/x-mine', 'mine {']);
    await expect(get).rejects.toThrow("result of a cannot be read by 'mine'");
  });

  test('of arguments or of a custom state that cannot be read hides nothing else', async () => {
    const t = makeTest();
    const res = t.app.sendTask('a', [], { taskId: 'id-1' });
    const session = await t.welcome();
    session.accept('id-1');
    session.events(['id-1', 2, 2_000, 'STARTED', 'started', 1, 'w', 0, null]);
    session.events(['id-1', 2, 2_000, null, 'HALF', ['text/x-mine', 'mine [1]']]);
    expect([res.state, res.info]).toEqual(['HALF', [1]]);
    session.events(['id-1', 2, 2_000, null, 'MORE', ['application/x-theirs', '']]);
    expect([res.state, res.info]).toEqual(['MORE', undefined]);
  });
});

describe('a call that runs here', () => {
  test('goes through its serializer, and its result and meta as well', async () => {
    const { app } = makeTest({ alwaysEager: true });
    const later = app.task(
      'later',
      { serializer: 'devalue' },
      (at: Map<string, Date>) => new Map([...at, ['b', at.get('a')]]),
    );
    const given = new Map([['a', new Date(1)]]);
    const back = await later.delay(given).get();
    expect(back).toStrictEqual(
      new Map([
        ['a', new Date(1)],
        ['b', new Date(1)],
      ]),
    );
    expect(back?.get('a')).toBe(back?.get('b'));
    const nan = app.task('nan', () => ({ items: [1, Number.NaN] }));
    await expect(nan.delay().get()).rejects.toThrow(
      'result of nan: items[1] is NaN, which JSON turns into null',
    );
    expect(await nan.applyAsync([], { serializer: 'devalue' }).get()).toEqual({ items: [1, Number.NaN] });
  });

  test('hands its result to its links as it is', async () => {
    const { app } = makeTest({ alwaysEager: true });
    const seen: unknown[] = [];
    const first = app.task('first', { serializer: 'devalue' }, () => new Set([1n]));
    const then = app.task('then', { typing: false }, (...args: unknown[]) => void seen.push(args));
    first.applyAsync([], { link: then.s('own') });
    await Promise.resolve();
    expect(seen).toEqual([[new Set([1n]), 'own']]);
  });
});
