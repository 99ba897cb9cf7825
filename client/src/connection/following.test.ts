import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { WireSnapshot } from '@celeriac/protocol/internal';
import { beforeEach, describe, expect, test } from 'vitest';
import type { AsyncResult } from '../result/async-result.ts';
import type { StreamRestart } from '../result/follow-stream.ts';
import { standing, TestApp } from '../test/app.ts';
import { snapshot, transition, unknown } from '../test/fake-gateway.ts';

let t: TestApp;
beforeEach(() => {
  t = new TestApp();
});

describe('another store', () => {
  test('has lost what was accepted, and not what was not', async () => {
    const accepted = t.app.sendTask('add', [], { taskId: 'a' });
    const unconfirmed = t.app.sendTask('add', [], { taskId: 'b' });
    const moved = t.app.sendTask('add', [], { taskId: 'c' });
    await t.welcome();
    const timed = accepted.get({ timeout: 60 });
    t.session.accept('a', 'c').lose();
    await t.clock.advance(100);
    await t.welcome('epoch-2');
    expect(t.session.submits.map(([id]) => id)).toEqual(['b']);
    expect(t.session.gets[0]?.ids).toEqual(['a', 'c']);
    t.session.gets[0]?.answer({ ok: [unknown('a'), snapshot('c')] });
    t.session.snapshots(unknown('b')).accept('b');
    await expect(timed).rejects.toMatchObject({ name: 'UnknownTaskError', lost: true });
    await expect(accepted.get()).rejects.toMatchObject({ lost: true });
    expect([accepted.known, accepted.state, accepted.history]).toEqual([false, 'PENDING', []]);
    expect(unconfirmed.known).toBe(true);
    await t.turn();
    expect(t.session.sent('watch')).toEqual([{ epoch: 'epoch-2', tasks: [['c', 1, 1_000]] }]);
    t.session.events(transition('c', 2, 'SUCCESS', { body: '1' }));
    expect(await moved.get()).toBe(1);
  });

  test('that hides what was accepted is told as it says', async () => {
    const accepted = t.app.sendTask('add', [], { taskId: 'a' });
    await t.welcome();
    t.session.accept('a').lose();
    await t.clock.advance(100);
    await t.welcome('epoch-2');
    t.session.gets[0]?.answer({ refused: { code: 'FORBIDDEN', message: 'no', retryAfterMs: null } });
    await expect(accepted.get()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('the same store, restored from a backup,', () => {
  const ended = { sequence: 3, state: 'SUCCESS', body: '"fine"' } as const;
  const history: WireSnapshot['history'] = [
    ['PENDING', 'submitted', 1_000, 0, null],
    ['STARTED', 'started', 7_000, 1, 'w1'],
    ['SUCCESS', 'completed', 8_000, 1, 'w1'],
  ];

  /** A handle that has seen the task fail twice, and a new session of the same store. */
  async function sawMore(): Promise<AsyncResult<number>> {
    const result = await t.accepted();
    for (const [sequence, state] of (['STARTED', 'RETRY', 'STARTED', 'RETRY'] as const).entries())
      t.session.events(transition('a', sequence + 2, state));
    return result;
  }

  async function comeBack(): Promise<void> {
    t.session.lose();
    await t.clock.advance(100);
    await t.welcome();
  }

  test('ends what knew more with what it says: get(), listeners and loops', async () => {
    const result = await sawMore();
    const value = result.get();
    const told: string[] = [];
    result.on('state', ({ state }) => told.push(state));
    const seen: string[] = [];
    const updates = (async () => {
      for await (const { state } of result.updates()) seen.push(state);
    })();
    await comeBack();
    expect(t.session.sent('watch')).toEqual([{ epoch: 'epoch-1', tasks: [['a', 5, 5_000]] }]);
    t.session.snapshots(snapshot('a')).events(transition('a', 2, 'STARTED'));
    t.session.events(transition('a', 3, 'SUCCESS', { body: '"fine"' }));
    expect(await value).toBe('fine');
    await updates;
    expect(told).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
    expect(seen).toEqual(['RETRY', 'PENDING', 'STARTED', 'SUCCESS']);
    expect(result.history.map(({ state }) => state)).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
  });

  test('is told to a question of its own as well', async () => {
    const result = await sawMore();
    await comeBack();
    const fresh = result.refresh();
    await t.turn();
    t.session.gets[0]?.answer({ ok: [snapshot('a', { ...ended, history })] });
    expect(await fresh).toMatchObject({ state: 'SUCCESS', result: 'fine' });
    expect(await result.get()).toBe('fine');
  });

  test('that does not know of a task has lost it, whoever watches it', async () => {
    const own = await sawMore();
    const other = t.app.AsyncResult('other');
    const waits = [own.get(), other.get()];
    for (const wait of waits) wait.catch(() => {});
    t.session.snapshots(snapshot('other', { sequence: 2, state: 'STARTED' }));
    await comeBack();
    t.session.snapshots(unknown('a'), unknown('other'));
    await expect(waits[0]).rejects.toMatchObject({ name: 'UnknownTaskError', lost: true });
    await expect(waits[1]).rejects.toMatchObject({ name: 'UnknownTaskError' });
    expect([own.known, other.known]).toEqual([false, false]);
  });

  test('changes nothing about an end that was heard, and its children', async () => {
    const result = await t.accepted();
    t.session.events(transition('a', 2, 'SUCCESS', { body: '3', children: ['b'] }));
    await comeBack();
    const fresh = result.refresh();
    await t.turn();
    t.session.gets[0]?.answer({ ok: [snapshot('a')] });
    expect(await fresh).toMatchObject({ state: 'SUCCESS', result: 3 });
    expect(result.children.map(({ id }) => id)).toEqual(['b']);
  });

  test('starts its streams over, and says so', async () => {
    const result = await sawMore();
    const told: unknown[] = [];
    const reading = (async () => {
      const onRestart = ({ reason }: StreamRestart): void => void told.push(reason);
      for await (const chunk of result.stream({ onRestart })) told.push(chunk);
    })();
    await t.turn();
    t.session.streams([1, 'chunks', 2, 0, ['0', '1']]);
    await comeBack();
    t.session.snapshots(snapshot('a', { attempt: 1 }));
    await t.turn();
    // A handle of its own finds out as well; one that was opened since has read of nothing else.
    void t.app.AsyncResult('a').state;
    await t.turn();
    t.session.snapshots(snapshot('a', { attempt: 1 }));
    await t.turn();
    expect(t.session.sent('closeStreams')).toEqual([[2]]);
    expect(t.session.sent('openStreams')).toEqual([[[2, 'a', 2, 2]], [[3, 'a', 0, 0]]]);
    t.session.streams([2, 'chunks', 2, 2, ['7']], [3, 'chunks', 1, 0, ['0']], [3, 'end', 1, 1]);
    t.session.events(transition('a', 2, 'SUCCESS', { body: '3' }));
    await reading;
    expect(told).toEqual([0, 1, 'restored', 0]);
  });

  describe('and a handle that has heard an end', () => {
    async function sawEnd(): Promise<AsyncResult<number>> {
      const result = await t.accepted();
      t.session.events(transition('a', 2, 'STARTED'), transition('a', 3, 'SUCCESS', { body: '3' }));
      return result;
    }

    /** @param onRestart nothing: the loop ends with it */
    function read(result: AsyncResult, onRestart?: (restart: StreamRestart) => void) {
      const chunks: unknown[] = [];
      const over = (async () => {
        for await (const chunk of result.stream({ onRestart })) chunks.push(chunk);
        return chunks;
      })();
      over.catch(() => {});
      return { chunks, over };
    }

    /** @param state what the store says to whoever asks, in this session */
    async function say(state: WireSnapshot): Promise<void> {
      await t.turn();
      expect(t.session.gets).toHaveLength(1);
      t.session.gets[0]?.answer({ ok: [state] });
      await t.turn();
    }

    test('tells a loop over its stream that the task has not come so far there', async () => {
      const result = await sawEnd();
      await comeBack();
      const { over } = read(result);
      await say(snapshot('a'));
      await expect(over).rejects.toMatchObject({ code: 'STREAM_RESTARTED', reason: 'restored' });
      expect(await result.get()).toBe(3);
    });

    test('lets a loop that takes that read what the task gives there, and tells it once', async () => {
      const result = await sawEnd();
      await comeBack();
      const told: string[] = [];
      const { over } = read(result, ({ reason, attempt }) => told.push(`${reason} ${attempt}`));
      await say(snapshot('a'));
      expect(t.session.sent('openStreams').at(-1)).toEqual([[2, 'a', 0, 0]]);
      t.session.streams([2, 'chunks', 1, 0, ['"x"']]);
      await comeBack();
      await t.turn();
      expect(t.session.gets).toEqual([]);
      t.session.streams([3, 'chunks', 1, 1, ['"y"']], [3, 'end', 1, 2]);
      expect(await over).toEqual(['x', 'y']);
      expect(told).toEqual(['restored 0']);
    });

    test('starts a loop over that was not done with what had come', async () => {
      const result = await t.accepted();
      const told: string[] = [];
      const { chunks, over } = read(result, ({ reason }) => told.push(reason));
      await t.turn();
      t.session.streams([1, 'chunks', 1, 0, ['0', '1']]);
      t.session.events(transition('a', 2, 'STARTED'), transition('a', 3, 'SUCCESS', { body: '3' }));
      await comeBack();
      await say(snapshot('a'));
      // The same attempt, in another past: its first chunks are not those that were read.
      t.session.streams([3, 'chunks', 1, 0, ['7', '8']], [3, 'end', 1, 2]);
      await over;
      expect(chunks).toEqual([0, 1, 7, 8]);
      expect(told).toEqual(['restored']);
    });

    test.each<[string, Partial<WireSnapshot>]>([
      [
        'the same end',
        {
          ...ended,
          history: [
            ...history.slice(0, 1),
            ['STARTED', 'started', 2_000, 1, 'w1'],
            ['SUCCESS', 'completed', 3_000, 1, 'w1'],
          ],
        },
      ],
      ['another one', { ...ended, history }],
    ])('reads on where the task has ended there as well: %s', async (_, facts) => {
      const result = await sawEnd();
      await comeBack();
      const { over } = read(result);
      await say(snapshot('a', facts));
      t.session.streams([1, 'chunks', 1, 0, ['0']], [1, 'end', 1, 1]);
      expect(await over).toEqual([0]);
    });

    test('ends a loop where the store has no such task, whether it was lost or its time was over', async () => {
      const result = await sawEnd();
      const first = read(result);
      await say(unknown('a'));
      await expect(first.over).rejects.toMatchObject({ name: 'UnknownTaskError', taskId: 'a' });
      await comeBack();
      const second = read(result);
      await say(unknown('a'));
      await expect(second.over).rejects.toMatchObject({ name: 'UnknownTaskError', taskId: 'a' });
    });
  });
});

test('so many open calls as no gateway answers at once are asked about in turn, as answers come', async () => {
  const ids = Array.from({ length: 60_000 }, (_, position) => `${position}`);
  for (const part of [ids.slice(0, 30_000), ids.slice(30_000)]) {
    for (const id of part) t.app.sendTask('add', [], { taskId: id, ignoreResult: true });
    if (part[0] === '0') await t.welcome();
    for (let sent = -1; sent < t.session.submits.length; await t.turn()) {
      sent = t.session.submits.length;
      t.session.accept(...part);
    }
  }
  t.session.lose();
  await t.clock.advance(100);
  await t.welcome();
  const asked = (): readonly string[] =>
    t.session.sent('watch').flatMap(({ tasks }) => tasks.map(([id]) => id));
  expect(asked()).toEqual(ids.slice(0, 50_000));
  t.session.snapshots(...ids.slice(0, 24_999).map((id) => snapshot(id, { sequence: 1 })));
  await t.turn();
  expect(asked()).toHaveLength(50_000);
  t.session.snapshots(snapshot('24999', { sequence: 1 }));
  await t.turn();
  expect(asked()).toEqual(ids);
});

describe('watching others', () => {
  test('a refused watch breaks the handles it names, and no others', async () => {
    const secret = t.app.AsyncResult('secret').get();
    const open = t.app.AsyncResult('open').get({ timeout: 60 });
    await t.welcome();
    t.session.refuse('FORBIDDEN', ['secret']);
    await t.turn();
    expect(await standing(secret)).toMatchObject(['rejected', { code: 'FORBIDDEN' }]);
    expect(await standing(open)).toBe('pending');
  });

  test('unwatch lets the gateway know, and ends the listening', async () => {
    const states: string[] = [];
    const result = t.app.AsyncResult('a');
    result.on('state', ({ state }) => states.push(state));
    await t.welcome();
    t.session.snapshots(snapshot('a'));
    result.unwatch();
    await t.turn();
    t.session.events(transition('a', 2, 'STARTED'));
    expect(t.session.sent('unwatch')).toEqual([['a']]);
    expect(states).toEqual(['PENDING']);
  });
});

describe('of very many calls', () => {
  const MANY = 10_000;
  const collect = (): void => {
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
  };
  const untilLetGo = async (count: number): Promise<readonly string[]> => {
    for (;;) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
      await t.turn();
      const ids = t.session.sent('unwatch').flat();
      if (ids.length >= count) return ids;
    }
  };

  test('those whose handles nobody has are let go once they are accepted; whoever has one hears all', async () => {
    for (let n = 0; n < MANY; n++) t.app.sendTask('add', [n]);
    const kept = t.app.sendTask<number>('add', [1, 2], { taskId: 'kept' });
    const waited = t.app.sendTask<number>('add', [1, 2], { taskId: 'waited' }).get();
    const dropped = Array.from({ length: 50 }, (_, n) => `dropped-${n}`);
    const accepted = dropped.map((taskId, n) => {
      const call = t.app.sendTask('add', [], { taskId });
      return n % 2 === 0 ? call.accepted : null;
    });
    await t.welcome();
    collect();
    await new Promise((resolve) => setImmediate(resolve));
    expect(t.session.sent('unwatch')).toEqual([]);
    while (t.session.submits.length > 0) {
      const ids = t.session.submits.map(([id]) => id);
      t.session.frames.length = 0;
      t.session.accept(...ids);
      await t.turn();
    }
    expect([...(await untilLetGo(dropped.length))].sort()).toEqual([...dropped].sort());
    for (const id of ['kept', 'waited']) t.session.events(transition(id, 2, 'SUCCESS', { body: '3' }));
    expect([kept.result, await waited]).toEqual([3, 3]);
    expect(await Promise.all(accepted)).toHaveLength(50);
  });
});

test('a call without a receipt has a limit of its own: that the gateway is out of reach ends only what it had taken', async () => {
  t = new TestApp({ acceptTimeout: 60, giveUpAfter: 10 });
  const taken = await t.accepted();
  const heard: string[] = [];
  const waiting = taken.get().catch((error: Error) => heard.push(`taken: ${error.name}`));
  t.session.lose();
  const call = t.app.sendTask('add', []);
  const get = call.get().catch((error: Error) => heard.push(`call: ${error.name}`));
  await t.clock.advance(20_000);
  expect(heard).toEqual(['taken: GatewayUnreachableError']);
  await t.clock.advance(60_000);
  await Promise.all([waiting, get]);
  expect(heard).toEqual(['taken: GatewayUnreachableError', 'call: NotAcceptedError']);
});
