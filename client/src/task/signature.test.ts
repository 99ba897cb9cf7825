import { OptionError, PayloadError } from '@celeriac/protocol';
import type { CallOptions } from '@celeriac/protocol/internal';
import { beforeEach, describe, expect, test } from 'vitest';
import { TestApp } from '../test/app.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

const defineAdd = () => t.app.task('add', (x: number, y: number) => x + y);
const ID = expect.stringMatching(/^[0-9a-f-]{36}$/);

/** Options of what has been submitted. */
async function submitted(): Promise<readonly (CallOptions | null)[]> {
  await t.welcome();
  return t.session.submits.map((item) => item[3]);
}

describe('a signature', () => {
  test('is given the last arguments; what is called with it comes first', async () => {
    const add = defineAdd();
    expect([add.s(2, 3)(), add.s(3)(2), add.s()(2, 3)]).toEqual([5, 5, 5]);
    add.s(2, 3).delay();
    add.s(3).delay(2);
    add.s(3).applyAsync([2], { countdown: 1 });
    add.s(3).clone([2]).delay();
    await t.welcome();
    expect(t.session.submits.map((item) => item[2])).toEqual(['[2,3]', '[2,3]', '[2,3]', '[2,3]']);
    expect(t.session.submits[2]?.[3]).toEqual({ countdownMs: 1_000 });
  });

  test('that is immutable takes options only', async () => {
    const signature = defineAdd().si(2, 3).set({ queue: 'lopri' });
    expect(signature(7, 8)).toBe(5);
    signature.applyAsync([7], { priority: 3 });
    await t.welcome();
    expect(t.session.submits[0]?.slice(2, 4)).toEqual(['[2,3]', { queue: 'lopri', priority: 3 }]);
  });

  test('keeps its options until others are said; a clone is another one', async () => {
    const first = defineAdd().s(2, 3).set({ queue: 'a', countdown: 1 });
    const second = first.clone([], { queue: 'b' });
    first.set({ countdown: undefined, priority: 2 });
    first.delay();
    second.applyAsync([], { queue: 'c' });
    second.delay();
    expect(await submitted()).toEqual([
      { queue: 'a', countdownMs: 1_000, priority: 2 },
      { queue: 'c', countdownMs: 1_000 },
      { queue: 'b', countdownMs: 1_000 },
    ]);
  });

  test('of options that exclude each other has the one that was said last, and null takes one back', async () => {
    const add = defineAdd();
    const eta = new Date(5_000);
    const later = add.s(2, 3).set({ countdown: 10, expires: '1m', retryPolicy: {} });
    later.applyAsync([], { eta, expires: eta, retry: false });
    later.clone([], { eta }).set({ countdown: 1 }).delay();
    add.s(2, 3).set({ retry: false }).applyAsync([], { retryPolicy: {} });
    const named = add.s(2, 3).set({ queue: 'a', priority: 3, headers: { a: 1 }, countdown: 5 });
    named.link(add.si(1, 1)).applyAsync([], { queue: null, countdown: null, link: null });
    named.set({ priority: null, headers: null, link: null }).delay();
    expect(named.options).toEqual({ queue: 'a', countdown: 5 });
    expect(await submitted()).toEqual([
      { etaAt: 5_000, expiresAt: 5_000 },
      { countdownMs: 1_000, expiresMs: 60_000 },
      null,
      { priority: 3, headers: '{"a":1}' },
      { queue: 'a', countdownMs: 5_000 },
    ]);
    const data = { task: 'add', args: [1], options: { countdown: null, eta }, immutable: false };
    expect(t.app.signature(data).clone([2], { queue: 'a' }).options).toMatchObject({ eta, queue: 'a' });
    expect(() => add.s(2, 3).applyAsync([], { eta, countdown: 1 })).toThrow('countdown or eta, got both');
    expect(() => add.s(2, 3).set({ eta, countdown: 1 })).toThrow('countdown or eta, got both');
  });

  test('refuses at once what is no option, and what is no object of them', () => {
    const given = (...args: readonly unknown[]) => ({
      set: () => Reflect.apply(defined.set, undefined, args),
      clone: () => Reflect.apply(defined.clone, undefined, args),
      applyAsync: () => Reflect.apply(defined.applyAsync, undefined, args),
    });
    const defined = defineAdd().s(2, 3);
    expect(given({ count_down: 1 }).set).toThrow(
      "add.s().set() has no option 'count_down'; did you mean 'countdown'?",
    );
    expect(given(5).set).toThrow('expected the options of add.s().set() to be an object, got: 5');
    expect(given([], { Queue: 'a' }).clone).toThrow("did you mean 'queue'?");
    expect(given([], 'a').applyAsync).toThrow(
      "expected the options of add.applyAsync() to be an object, got: 'a'",
    );
    expect(given(5).applyAsync).toThrow('expected the arguments of add to be an array, got: 5');
  });

  test('is plain data and back', async () => {
    const add = defineAdd();
    const eta = new Date(5_000);
    const signature = add.s(3).set({ eta, expires: '10s' }).link(add.si(1, 1).set({ eta }));
    const text = JSON.stringify(signature);
    expect(JSON.parse(text)).toMatchObject({ task: 'add', args: [3], immutable: false });
    const read = t.app.signature<[number], number>(JSON.parse(text));
    expect(read(2)).toBe(5);
    read.delay(2);
    expect(await submitted()).toEqual([
      {
        etaAt: 5_000,
        expiresMs: 10_000,
        link: [{ id: ID, name: 'add', args: '[1,1]', immutable: true, options: { etaAt: 5_000 } }],
      },
    ]);
  });

  test('of a task that is not here is sent, but not called', () => {
    const signature = t.app.signature({ task: 'far.away', args: [], options: {}, immutable: false });
    expect(() => signature()).toThrow(/task 'far.away' is not defined here/);
    expect(signature.delay(1).name).toBe('far.away');
  });
});

describe('links', () => {
  test('travel with their own arguments, options, links and new ids', async () => {
    const add = defineAdd();
    const last = add.s(9).set({ taskId: 'last', acceptTimeout: 1 });
    add.applyAsync([1, 2], {
      link: [add.s(5).set({ queue: 'q' }).link(last), add.s(6)],
      linkError: add.si(0, 0),
    });
    const [options] = await submitted();
    expect(options).toEqual({
      link: [
        {
          id: ID,
          name: 'add',
          args: '[5]',
          immutable: false,
          options: {
            queue: 'q',
            link: [{ id: 'last', name: 'add', args: '[9]', immutable: false, options: null }],
          },
        },
        { id: ID, name: 'add', args: '[6]', immutable: false, options: null },
      ],
      linkError: [{ id: ID, name: 'add', args: '[0,0]', immutable: true, options: null }],
    });
  });

  test('of a signature and of its call add up, and each call makes new ids', async () => {
    const add = defineAdd();
    const signature = add.s(1, 2).link(add.s(3)).link(add.s(4));
    signature.applyAsync([], { link: add.s(5) });
    signature.delay();
    const [first, second] = await submitted();
    expect(first?.link?.map(({ args }) => args)).toEqual(['[3]', '[4]', '[5]']);
    expect(second?.link?.map(({ args }) => args)).toEqual(['[3]', '[4]']);
    expect(second?.link?.[0]?.id).not.toBe(first?.link?.[0]?.id);
  });

  test('of a call whose id is chosen have the same ids each time', async () => {
    const add = defineAdd();
    const call = (taskId: string) =>
      add.applyAsync([1, 2], { taskId, link: [add.s(3).link(add.s(4)), add.s(5)], linkError: add.si(0, 0) });
    const [one, again] = [call('nightly'), call('nightly')];
    call('daily');
    const [options, others, ...more] = await submitted();
    expect(more).toEqual([]);
    const idsOf = (of: typeof options) =>
      [...(of?.link ?? []), ...(of?.link?.[0]?.options?.link ?? []), ...(of?.linkError ?? [])].map(
        ({ id }) => id,
      );
    expect(new Set([...idsOf(options), ...idsOf(others)]).size).toBe(8);
    t.session.accept('nightly');
    await expect(Promise.all([one.accepted, again.accepted])).resolves.toHaveLength(2);
  });

  test('that cannot be are refused where they are called', () => {
    const add = defineAdd();
    const echo = t.app.task('echo', (x: unknown) => x);
    expect(() => add.applyAsync([1, 2], { link: 'add' as never })).toThrow(OptionError);
    expect(() => add.applyAsync([1, 2], { link: { task: 7 } as never })).toThrow(/to be a signature/);
    expect(() => add.applyAsync([1, 2], { link: echo.si(1n) })).toThrow(PayloadError);
    expect(() => add.applyAsync([1, 2], { link: add.s(1).set({ priority: 10 }) })).toThrow(OptionError);
    const many = Array.from({ length: 101 }, () => add.s(1));
    expect(() => add.applyAsync([1, 2], { link: many })).toThrow(/at most 100 signatures/);
    const cycle = add.s(1);
    cycle.link(cycle);
    expect(() => cycle.delay(1)).toThrow(/more than 20 deep; is one linked to itself/);
    expect(t.gateway.sessions).toHaveLength(0);
  });

  test('are so many in all and no more', () => {
    const add = defineAdd();
    const many = Array.from({ length: 100 }, () => add.s(1));
    const tens = (count: number) =>
      Array.from({ length: count }, () => add.s(1).set({ link: many.slice(0, 99) }));
    expect(() => add.applyAsync([1, 2], { link: tens(10) })).not.toThrow();
    expect(() => add.applyAsync([1, 2], { link: tens(10), linkError: add.si(0, 0) })).toThrow(
      /more than 1000 linked calls in all/,
    );
  });
});
