import { IdConflictError, NotAcceptedError } from '@celeriac/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { hostedApp } from '../hosted-app.ts';
import type { ApplyOptions } from '../task/apply-options.ts';
import { standing, TestApp } from '../test/app.ts';
import { snapshot, transition } from '../test/fake-gateway.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

describe('a call', () => {
  test('is watched from its submit', async () => {
    const result = t.app.sendTask<number>('add', [1, 2]);
    await t.welcome();
    t.session.accept(result.id).events(transition(result.id, 2, 'SUCCESS', { body: '3' }));
    expect(result.result).toBe(3);
    expect(t.session.names).toEqual(['submit']);
  });

  test('that is refused for now is tried again until acceptTimeout', async () => {
    const result = t.app.sendTask('add', []);
    await t.welcome();
    t.session.receipts([result.id, 0, 'QUEUE_FULL', 'full', 1_000]);
    await t.clock.advance(1_300);
    expect(t.session.submits).toHaveLength(2);
    t.session.receipts([result.id, 0, 'QUEUE_FULL', 'full', 60_000]);
    await t.clock.advance(30_000);
    const [, error] = (await standing(result.get())) as [string, NotAcceptedError];
    expect(error).toBeInstanceOf(NotAcceptedError);
    expect(error).toMatchObject({ indeterminate: false, cause: { code: 'QUEUE_FULL' } });
  });

  test('with a policy is tried so often, at its own pace', async () => {
    const retryPolicy = { maxRetries: 1, intervalStart: 3, intervalMax: 3 };
    const result = t.app.sendTask('add', [], { retryPolicy });
    await t.welcome();
    t.session.receipts([result.id, 0, 'QUEUE_FULL', 'full', 1_000]);
    await t.clock.advance(2_900);
    expect(t.session.submits).toHaveLength(1);
    await t.clock.advance(1_000);
    expect(t.session.submits).toHaveLength(2);
    t.session.receipts([result.id, 0, 'QUEUE_FULL', 'full', 1_000]);
    await expect(result.accepted).rejects.toMatchObject({
      indeterminate: false,
      cause: { code: 'QUEUE_FULL' },
    });
  });

  test('that is not to be tried again fails with the first try, others go on', async () => {
    const once = t.app.sendTask('add', [], { retry: false });
    const other = t.app.sendTask('add', []);
    t.session.lose();
    await expect(once.get()).rejects.toMatchObject({
      name: 'NotAcceptedError',
      indeterminate: false,
      message: expect.stringContaining('in 1 try: no gateway was reached (connection lost)'),
    });
    await t.clock.advance(200);
    await t.welcome();
    expect(t.session.submits.map(([id]) => id)).toEqual([other.id]);
    const sent = t.app.sendTask('add', [], { retry: false });
    await t.turn();
    t.session.lose();
    await expect(sent.accepted).rejects.toMatchObject({ indeterminate: true });
  });

  test('that is refused for good is told at once', async () => {
    const result = t.app.sendTask('add', []);
    const other = t.app.sendTask('add', [], { taskId: 'taken' });
    await t.welcome();
    t.session.receipts([result.id, 0, 'FORBIDDEN', 'no', null], ['taken', 0, 'ID_CONFLICT', 'no', null]);
    await expect(result.accepted).rejects.toMatchObject({
      name: 'NotAcceptedError',
      indeterminate: false,
      cause: { code: 'FORBIDDEN' },
    });
    await expect(result.get()).rejects.toBe(await result.accepted.catch((error: unknown) => error));
    await expect(other.get()).rejects.toBeInstanceOf(IdConflictError);
  });

  test('that was sent and is given up is no longer watched, and the gateway is told so at once', async () => {
    t = new TestApp({ acceptTimeout: 5 });
    const result = t.app.sendTask('add', []);
    await t.welcome();
    await t.clock.advance(5_000);
    await expect(result.accepted).rejects.toMatchObject({ indeterminate: true });
    expect(t.session.sent('unwatch')).toEqual([[result.id]]);
  });

  test('without receipt is given up after acceptTimeout; whether it was sent is told', async () => {
    t = new TestApp({ acceptTimeout: 5 });
    const sent = t.app.sendTask('add', []);
    await t.welcome();
    t.session.lose();
    const unsent = t.app.sendTask('add', []);
    await t.clock.advance(4_999);
    expect(await standing(sent.accepted)).toBe('pending');
    await t.clock.advance(1);
    expect(await standing(sent.accepted)).toMatchObject(['rejected', { indeterminate: true }]);
    expect(await standing(unsent.get())).toMatchObject(['rejected', { indeterminate: false }]);
    // What was given up is not sent in the next session.
    await t.welcome();
    expect(t.session.submits).toEqual([]);
  });

  test('may have an accept timeout of its own', async () => {
    t = new TestApp({ acceptTimeout: 5 });
    const hasty = t.app.sendTask('add', [], { acceptTimeout: 1 });
    const usual = t.app.sendTask('add', []);
    const patient = t.app.sendTask('add', [], { acceptTimeout: 10 });
    await t.clock.advance(1_000);
    expect(await standing(hasty.accepted)).toMatchObject([
      'rejected',
      { message: expect.stringContaining('within 1 s') },
    ]);
    await t.clock.advance(3_999);
    expect(await standing(usual.accepted)).toBe('pending');
    await t.clock.advance(1);
    expect(await standing(usual.accepted)).toMatchObject([
      'rejected',
      { message: expect.stringContaining('within 5 s') },
    ]);
    await t.clock.advance(4_999);
    expect(await standing(patient.accepted)).toBe('pending');
    await t.clock.advance(1);
    expect(await standing(patient.accepted)).toMatchObject([
      'rejected',
      { message: expect.stringContaining('within 10 s') },
    ]);
  });

  test('finds no room in a full outbox', async () => {
    t = new TestApp({ outboxLimit: 1024 * 1024 });
    const large = Array.from({ length: 5 }, () => t.app.sendTask('add', ['x'.repeat(200_000)]));
    const [first] = large;
    await t.welcome();
    const refused = t.app.sendTask('add', ['x'.repeat(200_000)]);
    expect(await standing(refused.accepted)).toMatchObject([
      'rejected',
      {
        name: 'NotAcceptedError',
        indeterminate: false,
        message: expect.stringMatching(/calls of 1 MB wait .*\(outboxLimit\); await app\.drained\(\)/),
        cause: { code: 'OUTBOX_FULL' },
      },
    ]);
    t.session.accept(first?.id ?? '');
    const next = t.app.sendTask('add', ['x'.repeat(200_000)]);
    expect(await standing(next.accepted)).toBe('pending');
  });

  test('is one of 100,000 that nobody waits for in between: each is accepted', async () => {
    const calls = Array.from({ length: 100_000 }, (_, n) => t.app.sendTask('add', [n, { name: `row ${n}` }]));
    const ends = Promise.all(calls.map((call) => call.accepted));
    await t.welcome();
    for (let taken = 0; taken < calls.length; ) {
      const ids = t.session.submits.map(([id]) => id);
      t.session.frames.length = 0;
      taken += ids.length;
      t.session.accept(...ids);
      await t.turn();
    }
    expect(await ends).toHaveLength(100_000);
  });

  test('has something to wait for before it is made', async () => {
    expect(await standing(t.app.drained())).toMatchObject(['resolved', undefined]);
    const calls = Array.from({ length: 30 }, () => t.app.sendTask('add', ['x'.repeat(200_000)]));
    const drained = t.app.drained();
    await t.welcome();
    t.session.accept(...calls.slice(0, 9).map(({ id }) => id));
    expect(await standing(drained)).toBe('pending');
    t.session.accept(...calls.slice(9, 10).map(({ id }) => id));
    expect(await standing(drained)).toMatchObject(['resolved', undefined]);
    // Once more, and nobody waits for what will not come.
    const more = Array.from({ length: 30 }, () => t.app.sendTask('add', ['x'.repeat(200_000)]));
    const closed = t.app.drained();
    expect(await standing(closed)).toBe('pending');
    void t.app.close({ timeout: 0 });
    await t.turn();
    expect(await standing(closed)).toMatchObject(['resolved', undefined]);
    expect(await standing(more[0]?.accepted ?? Promise.resolve())).toMatchObject(['rejected', {}]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['is refused for good', async () => t.session.loseForGood('TOKEN_EXPIRED')],
    ['reaches nobody for acceptTimeout', () => t.clock.advance(30_000)],
    ['is closed while calls are on their way', () => Promise.all([t.app.close(), t.clock.advance(5_000)])],
  ])('lets whoever waits for room go on when its app %s', async (_, end) => {
    for (let count = 0; count < 30; count++) t.app.sendTask('add', ['x'.repeat(200_000)]);
    const drained = t.app.drained();
    await t.turn();
    expect(await standing(drained)).toBe('pending');
    await end();
    await t.turn();
    expect(await standing(drained)).toMatchObject(['resolved', undefined]);
    expect(await standing(t.app.drained())).toMatchObject(['resolved', undefined]);
    await t.app.close({ timeout: 0 });
    expect(t.clock.timers).toBe(0);
  });

  test('made twice under one id before its receipt is one call, or a conflict', async () => {
    const first = t.app.sendTask('add', [1], { taskId: 'a' });
    const same = t.app.sendTask('add', [1], { taskId: 'a' });
    const other = t.app.sendTask('add', [2], { taskId: 'a' });
    await t.welcome();
    expect(t.session.submits).toHaveLength(1);
    await expect(other.get()).rejects.toBeInstanceOf(IdConflictError);
    await expect(other.get()).rejects.toThrow('used by another call, which differs in: arguments');
    t.session.accept('a').events(transition('a', 2, 'SUCCESS', { body: '1' }));
    expect([await first.get(), await same.get()]).toEqual([1, 1]);
  });

  test('made again under the id of a task that lives does not disturb its handle', async () => {
    const first = t.app.sendTask('add', [1], { taskId: 'a' });
    await t.welcome();
    t.session.accept('a');
    const conflicting = t.app.sendTask('add', [2], { taskId: 'a' });
    const same = t.app.sendTask('add', [1], { taskId: 'a' });
    await t.turn();
    await expect(same.get()).rejects.toBeInstanceOf(IdConflictError);
    t.session.receipts(['a', 0, 'ID_CONFLICT', 'no', null]);
    await expect(conflicting.get()).rejects.toBeInstanceOf(IdConflictError);
    const again = t.app.sendTask('add', [1], { taskId: 'a' });
    await t.turn();
    t.session.events(transition('a', 2, 'STARTED')).accept('a');
    t.session.snapshots(
      snapshot('a', {
        sequence: 2,
        state: 'STARTED',
        history: [
          ['PENDING', 'submitted', 1_000, 0, null],
          ['STARTED', 'started', 2_000, 1, 'w1'],
        ],
      }),
    );
    t.session.events(transition('a', 3, 'SUCCESS', { body: '1' }));
    expect([await first.get(), await again.get()]).toEqual([1, 1]);
    expect(again.history.map(({ state }) => state)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
  });

  test('whose frame the gateway could not take is sent again', async () => {
    const result = t.app.sendTask('add', []);
    await t.welcome();
    t.session.refuse('OVERLOADED', [], 1_000);
    await t.clock.advance(1_000);
    expect(t.session.submits).toHaveLength(2);
    t.session.accept(result.id);
    expect(result.known).toBe(true);
  });
});

describe('an event loop that is held', () => {
  /** As a socket is read: after the timers of its turn. */
  const arrives = (act: () => void): void => void t.clock.after(0, () => t.clock.soon(act));

  test('does not turn accepted calls into ones that were not', async () => {
    t = new TestApp({ acceptTimeout: 5 });
    const usual = t.app.sendTask('add', []);
    const hasty = t.app.sendTask('add', [], { acceptTimeout: 1 });
    await t.welcome();
    t.clock.hold(60_000);
    arrives(() => t.session.accept(usual.id, hasty.id));
    await t.turn();
    expect(await standing(usual.accepted)).toMatchObject(['resolved', {}]);
    expect(await standing(hasty.accepted)).toMatchObject(['resolved', {}]);
    expect(t.clock.timers).toBe(1);
  });

  test('leaves time to come back, where the connection was lost meanwhile', async () => {
    t = new TestApp({ acceptTimeout: 5 });
    const call = t.app.sendTask('add', []);
    await t.welcome();
    await t.clock.advance(1_000);
    t.clock.hold(60_000);
    arrives(() => t.session.lose());
    await t.clock.advance(300);
    await t.welcome();
    t.session.accept(call.id);
    expect(await standing(call.accepted)).toMatchObject(['resolved', {}]);
  });

  test('is no reason to wait without end', async () => {
    t = new TestApp({ acceptTimeout: 5 });
    const call = t.app.sendTask('add', []);
    await t.welcome();
    t.clock.hold(60_000);
    await t.clock.advance(2 * 5_000);
    expect(await standing(call.accepted)).toMatchObject(['rejected', { indeterminate: true }]);
  });

  test('says how old a call is all the same', async () => {
    t.app.sendTask('add', [], { countdown: 100 });
    await t.turn();
    t.clock.hold(20_000);
    await t.welcome();
    expect(t.session.submits[0]?.[4]).toBe(20_000);
  });

  test('lets an answer be read before a get() is over', async () => {
    const result = t.app.sendTask<number>('add', []);
    const answer = result.get({ timeout: 1 });
    const never = t.app.sendTask('add', []).get({ timeout: 1 });
    await t.welcome();
    t.session.accept(result.id);
    t.clock.hold(30_000);
    arrives(() => t.session.events(transition(result.id, 2, 'SUCCESS', { body: '3' })));
    await t.turn();
    expect(await standing(answer)).toEqual(['resolved', 3]);
    await t.clock.advance(1_000);
    expect(await standing(never)).toMatchObject(['rejected', { name: 'TimeoutError' }]);
  });

  test('does not take a gateway for one that is out of reach', async () => {
    t = new TestApp({ giveUpAfter: 10 });
    const result = await t.accepted();
    const answer = result.get();
    t.session.lose();
    t.clock.hold(600_000);
    await t.welcome();
    t.session.snapshots(
      snapshot('a', {
        state: 'SUCCESS',
        sequence: 2,
        body: '3',
        history: [
          ['PENDING', 'submitted', 1_000, 0, null],
          ['SUCCESS', 'completed', 2_000, 1, 'w1'],
        ],
      }),
    );
    expect(await standing(answer)).toEqual(['resolved', 3]);
  });

  test('does not hang up on a gateway whose welcome has arrived', async () => {
    t.app.sendTask('add', []);
    await t.turn();
    t.clock.hold(60_000);
    const { session } = t;
    arrives(() => session.welcome());
    await t.turn();
    expect(t.app.connection.state).toBe('open');
    expect(t.gateway.sessions).toHaveLength(1);
  });

  test('closes an app after the receipts that had arrived', async () => {
    const call = t.app.sendTask('add', []);
    await t.welcome();
    const { accepted } = call;
    const closed = t.app.close({ timeout: 1 });
    t.clock.hold(60_000);
    arrives(() => t.session.accept(call.id));
    await t.turn();
    await closed;
    expect(await standing(accepted)).toMatchObject(['resolved', {}]);
  });
});

describe('a call that is too large', () => {
  const link = (size: number) => ({ task: 'add', args: ['x'.repeat(size)], options: {}, immutable: true });

  test.each<[string, unknown[], ApplyOptions]>([
    [
      'arguments of many bytes',
      ['語'.repeat(100_000)],
      { headers: { a: '語'.repeat(5_000) }, link: Array.from({ length: 4 }, () => link(200_000)) },
    ],
    ['links', [], { link: Array.from({ length: 5 }, () => link(240_000)) }],
    ['links of errors', [], { linkError: Array.from({ length: 5 }, () => link(240_000)) }],
  ])('finding 17: by its %s is refused where it is made', async (_, args, options) => {
    expect(() => t.app.sendTask('add', args, options)).toThrow(
      expect.objectContaining({
        name: 'PayloadError',
        message: expect.stringMatching(/^call add has \d+ bytes .*, the limit is 1048576$/),
      }),
    );
  });

  test('for the gateway that is there, though not for the one that was expected, fails by itself', async () => {
    const large = t.app.sendTask('add', ['x'.repeat(100_000)]);
    const small = t.app.sendTask('add', []);
    await t.turn();
    t.session.welcome('epoch-1', { frame: 70_000 });
    await t.turn();
    expect(t.session.submits.map(([id]) => id)).toEqual([small.id]);
    await expect(large.accepted).rejects.toMatchObject({
      name: 'NotAcceptedError',
      indeterminate: false,
      cause: { code: 'FRAME_TOO_LARGE' },
    });
  });

  test('for something on the way is found by cutting, and costs no neighbour', async () => {
    const sizes = [1_000, 50_000, 3_000];
    const calls = sizes.map((size) => t.app.sendTask('add', ['x'.repeat(size)]));
    const [first, large, last] = calls;
    await t.welcome();
    expect(t.session.sent('submit').map((frame) => frame.length)).toEqual([3]);
    t.session.choke();
    await t.clock.advance(1_000);
    await t.welcome();
    expect(t.session.sent('submit').map((frame) => frame.length)).toEqual([1, 1, 1]);
    t.session.choke();
    await expect(large?.accepted).rejects.toMatchObject({
      name: 'NotAcceptedError',
      indeterminate: false,
      cause: { code: 'FRAME_TOO_LARGE' },
    });
    await t.clock.advance(5_000);
    await t.welcome();
    expect(t.session.submits.map(([id]) => id)).toEqual([first?.id, last?.id]);
    t.session.accept(first?.id ?? '', last?.id ?? '');
    expect([first?.known, last?.known]).toEqual([true, true]);
  });

  test('is looked for where two sessions end without a word to what was sent', async () => {
    t.app.sendTask('add', [1]);
    t.app.sendTask('add', [2]);
    for (let session = 0; session < 2; session++) {
      await t.welcome();
      expect(t.session.sent('submit')).toHaveLength(1);
      t.session.lose();
      await t.clock.advance(5_000);
    }
    await t.welcome();
    expect(t.session.sent('submit').map((frame) => frame.length)).toEqual([1, 1]);
  });
});

describe('a frame that the gateway cannot read', () => {
  const BAD = 'BAD_FRAME';

  /** Answers as a gateway does that hangs up on what is about `bad`, until a session lasts. */
  async function answer(bad: string): Promise<void> {
    for (let session = 0; session < 5; session++) {
      await t.welcome();
      for (;;) {
        const { submits, gets, closed } = t.session;
        if (closed) break;
        if (submits.some(([id]) => id === bad)) {
          t.session.refuse(BAD, []).lose(new Error('io server disconnect'));
          break;
        }
        const barriers = gets.splice(0);
        if (submits.length > 0) t.session.accept(...submits.map(([id]) => id));
        for (const { answer: sound } of barriers) sound({ ok: [] });
        await t.turn();
        if (barriers.length === 0 && t.session.gets.length === 0) return;
      }
      await t.clock.advance(5_000);
    }
  }

  test('costs the call that it is about, with the refusal as cause, and no neighbour', async () => {
    const ids = Array.from({ length: 200 }, (_, n) => `call-${n}`);
    const calls = ids.map((taskId) => t.app.sendTask('add', [], { taskId }));
    await answer('call-117');
    const ends = await Promise.all(calls.map((call) => standing(call.accepted)));
    expect(ends.filter((end) => Array.isArray(end) && end[0] === 'resolved')).toHaveLength(199);
    expect(ends[117]).toMatchObject([
      'rejected',
      { name: 'NotAcceptedError', indeterminate: false, cause: { name: 'RefusedError', code: BAD } },
    ]);
    // Whoever comes later is one of many again.
    for (let n = 0; n < 3; n++) t.app.sendTask('add', [n]);
    await t.turn();
    expect(t.session.sent('submit').at(-1)).toHaveLength(3);
  });

  test('costs no more than that call where the gateway names it', async () => {
    const [sound, bad] = ['a', 'b'].map((taskId) => t.app.sendTask('add', [], { taskId }));
    await t.welcome();
    t.session.refuse(BAD, ['b']).lose();
    await expect(bad?.accepted).rejects.toMatchObject({ name: 'NotAcceptedError', cause: { code: BAD } });
    await t.welcome();
    expect(t.session.submits.map(([id]) => id)).toEqual(['a']);
    expect(t.session.gets).toEqual([]);
    t.session.accept('a');
    expect(sound?.known).toBe(true);
  });

  test('is told to the handle whose watch it was, and to no other', async () => {
    const handles = ['a', 'b', 'c'].map((id) => t.app.AsyncResult(id));
    const waits = handles.map((handle) => standing(handle.get()));
    await t.welcome();
    t.session.refuse(BAD, []).lose();
    await t.welcome();
    const watched = (): readonly (string | undefined)[] =>
      t.session.sent('watch').map(({ tasks }) => tasks.map(([id]) => id).join());
    expect(watched()).toEqual(['a']);
    t.session.gets.shift()?.answer({ ok: [] });
    expect(watched()).toEqual(['a', 'b']);
    t.session.refuse(BAD, []).lose();
    await waits[1];
    expect(await standing(handles[1]?.get() ?? Promise.resolve())).toMatchObject(['rejected', { code: BAD }]);
    await t.welcome();
    expect(await standing(handles[0]?.get() ?? Promise.resolve())).toBe('pending');
  });

  test('of a definition costs the calls of its task', async () => {
    const bad = t.app.task('bad', () => 1).delay();
    const sound = t.app.task('sound', () => 1).delay();
    for (let session = 0; session < 2; session++) {
      await t.welcome();
      expect(t.session.sent('define').flat()[0]?.[0]).toBe('bad');
      t.session.refuse(BAD, []).lose();
    }
    await expect(bad.accepted).rejects.toMatchObject({ name: 'NotAcceptedError', cause: { code: BAD } });
    await t.welcome();
    t.session.gets.shift()?.answer({ ok: [] });
    expect(t.session.submits.map(([id]) => id)).toEqual([sound.id]);
    expect(await standing(t.app.sendTask('bad').accepted)).toMatchObject([
      'rejected',
      { cause: { code: BAD } },
    ]);
    // Another gateway may read it.
    hostedApp(t.app)?.host({ url: 'http://127.0.0.1:1', token: null });
    const anew = t.app.sendTask('bad', [], { taskId: 'anew' });
    await t.welcome();
    t.session.accept('anew');
    expect(await standing(anew.accepted)).toMatchObject(['resolved', {}]);
  });
});

describe('a question among several', () => {
  test('that is refused for good takes no other with it', async () => {
    const first = t.app.AsyncResult('a').forget();
    const second = t.app.AsyncResult('b').forget();
    await t.welcome();
    const refused = { code: 'FORBIDDEN', message: 'not b', retryAfterMs: null };
    t.session.forgets.shift()?.answer({ refused });
    await t.turn();
    expect(t.session.forgets.map(({ ids }) => ids)).toEqual([['a'], ['b']]);
    t.session.forgets[0]?.answer({ ok: [true] });
    t.session.forgets[1]?.answer({ refused });
    expect(await first).toBe(true);
    await expect(second).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe("a task's name", () => {
  test.each([
    ['is empty', ''],
    ['is too long', 'x'.repeat(256)],
  ])('that %s is refused where its handle is made', (_, name) => {
    const expected = /^expected a task's name to be a string of 1 to 255 characters, got: '/;
    expect(() => t.app.tasks[name as never]).toThrow(expected);
    expect(() => t.app.sendTask(name)).toThrow(expected);
    expect(() => t.app.task(name, () => 1)).toThrow(expected);
    expect(() => t.app.signature({ task: name, args: [], options: {}, immutable: false })).toThrow(expected);
    const foreign = {
      [Symbol.for('celeriac.signature')]: { task: name, args: [], options: {}, immutable: false },
    };
    expect(() => t.app.sendTask('add', [], { link: foreign as never })).toThrow(expected);
    expect(t.gateway.sessions).toHaveLength(0);
  });
});
