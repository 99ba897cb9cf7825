import { ClosedError, OptionError, RefusedError } from '@celeriac/protocol';
import type { FeedItem, WireTaskRow } from '@celeriac/protocol/internal';
import { describe, expect, test, vi } from 'vitest';
import { TestApp } from '../test/app.ts';
import { TABLE_ROWS } from './rows-store.ts';

function taskRow(id: string, at: number, state: WireTaskRow[2] = 'PENDING'): WireTaskRow {
  const facts = [id, 'add', state, 'submitted', null, 'default', 0, null, 0, 0] as const;
  return [...facts, at, null, null, null, null, '[2,2]', null, null, id, null];
}

function rows(
  feed: number,
  given: readonly WireTaskRow[],
  more: Partial<Extract<FeedItem, readonly [number, 'rows', unknown]>[2]> = {},
): FeedItem {
  return [feed, 'rows', { replaces: false, last: true, rows: given, gone: [], more: false, ...more }];
}

async function watching(): Promise<{
  readonly test: TestApp;
  readonly store: ReturnType<TestApp['app']['monitor']['tasks']>;
  readonly seen: (readonly string[])[];
  readonly stop: () => void;
}> {
  const made = new TestApp();
  const store = made.app.monitor.tasks();
  const seen: (readonly string[])[] = [];
  const stop = store.subscribe((view) => seen.push(view.rows.map(({ id }) => id)));
  await made.welcome();
  return { test: made, store, seen, stop };
}

describe('a store of rows', () => {
  test('asks for nothing until somebody listens, and then opens the line', async () => {
    const { app, gateway, ...made } = new TestApp();
    const store = app.monitor.tasks({ states: ['STARTED'], limit: 10 });
    expect(store.get()).toEqual({ rows: [], more: false, live: false, trouble: null });
    expect(gateway.sessions).toHaveLength(0);
    store.subscribe(() => {});
    gateway.session.welcome();
    await made.clock.advance(0);
    expect(gateway.session.sent('openFeeds')).toEqual([[[1, 'tasks', { states: ['STARTED'] }, 10]]]);
  });

  test('shows the newest first, keeps what did not change, and is one object until something does', async () => {
    const { test: made, store, seen } = await watching();
    made.session.feeds(rows(1, [taskRow('a', 1), taskRow('b', 2)], { replaces: true, more: true }));
    const before = store.get();
    expect(before).toMatchObject({ live: true, more: true });
    expect(store.get()).toBe(before);
    made.session.feeds(rows(1, [taskRow('c', 2), taskRow('a', 1, 'SUCCESS')]));
    expect(seen).toEqual([
      ['b', 'a'],
      ['c', 'b', 'a'],
    ]);
    expect(store.get().rows[1]).toBe(before.rows[0]);
    expect(store.get().rows[2]?.state).toBe('SUCCESS');
    made.session.feeds(rows(1, [], { gone: ['b'] }));
    expect(seen.at(-1)).toEqual(['c', 'a']);
  });

  test('shows no half of an update', async () => {
    const { test: made, store, seen } = await watching();
    made.session.feeds(rows(1, [taskRow('a', 1)], { replaces: true }));
    made.session.feeds(rows(1, [taskRow('b', 2)], { replaces: true, last: false }));
    expect(store.get().rows.map(({ id }) => id)).toEqual(['a']);
    made.session.feeds(rows(1, [taskRow('c', 3)]));
    expect(seen).toEqual([['a'], ['c', 'b']]);
  });

  test('keeps no more rows than anybody can look at, however many a gateway sends, and says that there are more', async () => {
    const { test: made, store } = await watching();
    const many = (first: number, count: number): readonly WireTaskRow[] =>
      Array.from({ length: count }, (_, at) => taskRow(`${first + at}`, first + at));
    for (let first = 0; first < TABLE_ROWS; first += 10_000)
      made.session.feeds(rows(1, many(first, 10_000), { replaces: first === 0, last: false }));
    made.session.feeds(rows(1, [taskRow('0', 0, 'SUCCESS'), ...many(TABLE_ROWS, 10)]));
    const { rows: kept, more } = store.get();
    expect([kept.length, more, kept.at(-1)?.state]).toEqual([TABLE_ROWS, true, 'SUCCESS']);
    made.session.feeds(rows(1, many(TABLE_ROWS, 1), { gone: ['1', '2'] }));
    expect([store.get().rows.length, store.get().more]).toEqual([TABLE_ROWS - 1, false]);
  });

  test('keeps its rows while the gateway is away, and replaces them when it is back', async () => {
    const { test: made, store } = await watching();
    made.session.feeds(rows(1, [taskRow('a', 1)], { replaces: true }));
    made.session.lose();
    expect(store.get()).toMatchObject({ live: false, rows: [{ id: 'a' }] });
    await made.clock.advance(200);
    await made.welcome();
    expect(made.session.sent('openFeeds')).toEqual([[[2, 'tasks', {}, 500]]]);
    made.session.feeds(rows(2, [taskRow('b', 2)], { replaces: true }));
    expect(store.get()).toMatchObject({ live: true, rows: [{ id: 'b' }] });
  });

  test('is closed with its last listener, but not for one who leaves and comes back at once', async () => {
    const { test: made, store, stop } = await watching();
    stop();
    const again = store.subscribe(() => {});
    await made.turn();
    expect(made.session.sent('closeFeeds')).toEqual([]);
    again();
    await made.turn();
    expect(made.session.sent('closeFeeds')).toEqual([[1]]);
    expect(store.get().live).toBe(false);
  });

  test('is the same for equal lists that somebody listens to', async () => {
    const { test: made, store } = await watching();
    expect(made.app.monitor.tasks({})).toBe(store);
    expect(made.app.monitor.tasks({ queue: 'other' })).not.toBe(store);
    expect(made.app.monitor.queues()).toBe(made.app.monitor.queues());
  });

  test('says why it gets nothing', async () => {
    const { test: made, store } = await watching();
    made.session.feeds([1, 'refused', { code: 'FORBIDDEN', message: 'no', retryAfterMs: null }]);
    expect(store.get().trouble).toEqual(new RefusedError('FORBIDDEN', 'no'));
    await made.app.close({ timeout: 0 });
    expect(store.get().trouble).toBeInstanceOf(ClosedError);
  });

  test('does not suffer from a listener that throws', async () => {
    const { test: made, store, seen } = await watching();
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    store.subscribe(() => {
      throw new Error('mine');
    });
    made.session.feeds(rows(1, [taskRow('a', 1)], { replaces: true }));
    expect(seen).toEqual([['a']]);
    expect(logged).toHaveBeenCalledWith('celeriac: a listener failed:', new Error('mine'));
    logged.mockRestore();
  });
});

describe('the options of a list', () => {
  test.each<[object, string]>([
    [{ states: ['DONE'] }, 'states'],
    [{ states: 'STARTED' }, 'states'],
    [{ text: '' }, 'text'],
    [{ limit: 0 }, 'limit'],
    [{ limit: 5_001 }, 'limit'],
    [{ colour: 'red' }, 'colour'],
  ])('%j make no sense, and the error names %s', (options, option) => {
    const { app } = new TestApp();
    expect(() => app.monitor.tasks(options)).toThrow(OptionError);
    expect(() => app.monitor.tasks(options)).toThrow(option);
    expect(() => app.monitor.history(options)).toThrow(option);
  });

  test('of events are checked as well', () => {
    const { app } = new TestApp();
    expect(() => app.monitor.events({ types: ['task-done' as 'task-sent'] })).toThrow(OptionError);
    expect(() => app.monitor.events({ keep: 0 })).toThrow('keep');
  });
});

describe('events', () => {
  const event = (clock: number) =>
    ({ type: 'task-sent', timestamp: clock, clock, uuid: `${clock}` }) as const;

  test('are the last few in a store', async () => {
    const made = new TestApp();
    const store = made.app.monitor.events({ keep: 2 });
    store.subscribe(() => {});
    await made.welcome();
    made.session.feeds([1, 'events', { point: ['e', 3], missed: 0, events: [1, 2, 3].map(event) }]);
    expect(store.get().events).toEqual([event(2), event(3)]);
  });

  test('go on over a lost connection, with a mark where some are missing', async () => {
    const made = new TestApp();
    const heard: unknown[] = [];
    const loop = (async () => {
      for await (const one of made.app.monitor.events({ types: ['task-sent'] })) {
        heard.push(one.type === 'gap' ? `gap ${one.missed}` : one.clock);
        if (heard.length === 4) return;
      }
    })();
    await made.welcome();
    made.session.feeds([1, 'events', { point: ['e', 1], missed: 0, events: [event(1)] }]);
    await made.turn();
    made.session.lose();
    await made.clock.advance(200);
    await made.welcome();
    expect(made.session.sent('openFeeds')).toEqual([[[2, 'events', ['task-sent'], ['e', 1]]]]);
    made.session.feeds([2, 'events', { point: ['e', 8], missed: 5, events: [event(7), event(8)] }]);
    await loop;
    expect(heard).toEqual([1, 'gap 5', 7, 8]);
    await made.turn();
    expect(made.session.sent('closeFeeds')).toEqual([[2]]);
  });

  test('end a loop with the reason when there will be no more', async () => {
    const made = new TestApp();
    const loop = (async () => {
      for await (const _ of made.app.monitor.events());
    })();
    await made.welcome();
    made.session.feeds([1, 'refused', { code: 'FORBIDDEN', message: 'no', retryAfterMs: null }]);
    await expect(loop).rejects.toThrow(RefusedError);
  });
});

describe('history', () => {
  test('is read page by page, over pages without a match', async () => {
    const made = new TestApp();
    const store = made.app.monitor.history({ text: 'x', limit: 2 });
    store.subscribe(() => {});
    await made.welcome();
    expect(made.session.lists[0]?.queries).toEqual([{ filter: { text: 'x' }, before: null, rows: 2 }]);
    expect(store.get().loading).toBe(true);
    made.session.lists[0]?.answer({ ok: [{ rows: [], next: 90 }] });
    await made.turn();
    expect(made.session.lists[1]?.queries).toEqual([{ filter: { text: 'x' }, before: 90, rows: 2 }]);
    made.session.lists[1]?.answer({ ok: [{ rows: [taskRow('a', 1)], next: 50 }] });
    await made.turn();
    expect(store.get()).toMatchObject({ rows: [{ id: 'a' }], loading: false, done: false });
    const more = store.more();
    await made.turn();
    made.session.lists[2]?.answer({ ok: [{ rows: [taskRow('b', 0)], next: null }] });
    await more;
    expect(store.get()).toMatchObject({ rows: [{ id: 'a' }, { id: 'b' }], done: true });
  });

  test('says what went wrong, and tries again when asked', async () => {
    const made = new TestApp();
    const store = made.app.monitor.history();
    store.subscribe(() => {});
    await made.welcome();
    made.session.lists[0]?.answer({ refused: { code: 'FORBIDDEN', message: 'no', retryAfterMs: null } });
    await made.turn();
    expect(store.get().trouble).toEqual(new RefusedError('FORBIDDEN', 'no'));
    void store.more();
    await made.turn();
    made.session.lists[1]?.answer({ ok: [{ rows: [], next: null }] });
    await made.turn();
    expect(store.get()).toMatchObject({ trouble: null, done: true });
  });

  test('is a loop over all of it', async () => {
    const made = new TestApp();
    const found: string[] = [];
    const loop = (async () => {
      for await (const { id } of made.app.monitor.history()) found.push(id);
    })();
    await made.welcome();
    made.session.lists[0]?.answer({ ok: [{ rows: [taskRow('a', 1)], next: 50 }] });
    await made.turn();
    made.session.lists[1]?.answer({ ok: [{ rows: [taskRow('b', 0)], next: null }] });
    await loop;
    expect(found).toEqual(['a', 'b']);
  });
});
