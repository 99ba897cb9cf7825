import type { TransportEvents } from '@celeriac/client/hosting';
import { DEFAULT_LIMITS } from '@celeriac/protocol/internal';
import { beforeEach, describe, expect, test } from 'vitest';
import { type HandMade, TestChildren } from '../../../test/test-children.ts';

let t: TestChildren;
beforeEach(() => {
  t = new TestChildren();
});

test('children are set up at the start, and get a body when they are ready', () => {
  const pool = t.open({ size: 2 });
  expect(t.children.map(({ got }) => got[0]?.[0])).toEqual(['setup', 'setup']);
  t.enter(pool);
  expect(t.told).toEqual([]);
  t.child(1).says(['ready', { rss: 5, heap: 1 }]);
  expect(t.child(1).got[1]).toEqual(['run', expect.arrayContaining(['work', '[]']), 7]);
  expect(t.told).toEqual(['work began']);
  expect(t.children).toHaveLength(2);
});

test.each([
  ['loads', (last: HandMade) => last.says(['ready', { rss: 5, heap: 1 }])],
  ['cannot load', (last: HandMade) => last.says(['broken', 'Error: no such table']).ends()],
])('it is ready once, when its last child %s', async (_, ends) => {
  const pool = t.open({ size: 2 });
  t.child(1).says(['ready', { rss: 5, heap: 1 }]);
  expect(t.ready).toBe(0);
  ends(t.child(0));
  expect(t.ready).toBe(1);
  pool.resize(3);
  await t.clock.advance(200);
  t.child(2).says(['ready', { rss: 5, heap: 1 }]);
  expect(t.ready).toBe(1);
});

test('there are more while bodies wait for others, and no more than needed after that', () => {
  const pool = t.open();
  t.child(0).says(['ready', { rss: 5, heap: 1 }]);
  t.enter(pool, 'outer');
  t.enter(pool, 'inner');
  expect(t.children).toHaveLength(2);
  t.child(1)
    .says(['ready', { rss: 5, heap: 1 }])
    .settles();
  expect(t.child(1).got.at(-1)).toEqual(['end']);
  t.child(0).settles();
  expect(t.child(0).got.at(-1)?.[0]).toBe('run');
  expect(t.told).toEqual(['outer began', 'inner began', 'inner success', 'outer success']);
});

test.each([
  ['processes', 12],
  ['threads', 0],
] as const)('the memory of %s is known as they measured it last', (kind, sum) => {
  const pool = t.open({ kind, size: 2 });
  for (const one of [...t.children]) one.says(['ready', { rss: 5, heap: 1 }]);
  t.enter(pool);
  t.child(1).settles({ rss: 7, heap: 1 });
  expect(pool.rssBytes).toBe(sum);
});

test('there are as many as are wanted, when that changes', () => {
  const pool = t.open({ size: 2 });
  for (const one of [...t.children]) one.says(['ready', { rss: 5, heap: 1 }]);
  t.enter(pool);
  pool.resize(3);
  expect(t.children).toHaveLength(3);
  t.child(2).says(['ready', { rss: 5, heap: 1 }]);
  pool.resize(1);
  expect(t.children.map(({ got }) => got.at(-1)?.[0])).toEqual(['end', 'run', 'end']);
  t.child(1).settles();
  t.enter(pool);
  expect(t.child(1).runs).toBe(2);
});

test('a child that falls takes its own run with it, and is replaced', () => {
  const pool = t.open({ size: 2 });
  for (const one of [...t.children]) one.says(['ready', { rss: 5, heap: 1 }]);
  t.enter(pool, 'a');
  t.enter(pool, 'b');
  const first = t.children.find(({ got }) => JSON.stringify(got.at(-1)).includes('"b"'));
  first?.ends('ended (exit code 7)');
  expect(t.told).toEqual(['a began', 'b began', 'b lost ended (exit code 7)']);
  expect(t.children).toHaveLength(3);
  expect(t.broken).toEqual([]);
});

test('a child that has run enough, or grown too much, is replaced at once, and ends when its calls are confirmed', async () => {
  const pool = t.open({ maxTasks: 2, maxMemory: 100 });
  t.child(0).says(['ready', { rss: 5, heap: 1 }]);
  t.enter(pool);
  t.child(0).settles({ rss: 100, heap: 9_999 });
  t.enter(pool);
  t.child(0).settles();
  expect(t.child(0).got.at(-1)).toEqual(['end']);
  expect(t.children).toHaveLength(2);
  expect(t.child(0).killed).toBe(false);
  t.child(0).says(['ended']);
  expect(t.child(0).killed).toBe(true);
  t.child(1).says(['ready', { rss: 5, heap: 1 }]);
  t.enter(pool);
  t.child(1).settles({ rss: 101, heap: 0 });
  await t.clock.advance(6_000);
  expect(t.child(1).killed).toBe(true);
});

test('what children call goes over one connection, which the pool closes at its end', async () => {
  const trunks: { events: TransportEvents; closed: boolean; sent: unknown[] }[] = [];
  const pool = t.open({
    size: 2,
    openTransport: (events) => {
      const trunk = { events, closed: false, sent: [] as unknown[] };
      trunks.push(trunk);
      return {
        send: (...frame) => void trunk.sent.push(frame),
        ask: () => undefined,
        close: () => {
          trunk.closed = true;
        },
      };
    },
  });
  t.child(0).says(['call', ['open', 1]]);
  t.child(1).says(['call', ['open', 1]]);
  expect(trunks).toHaveLength(1);
  trunks[0]?.events.welcome({ protocol: 1, epoch: 'e', now: 0, limits: DEFAULT_LIMITS });
  t.child(1).says(['call', ['send', 1, 'submit', [['t', 'add', '[]', null, 0]]]]);
  expect(trunks[0]?.sent).toEqual([['submit', [['t', 'add', '[]', null, 0]]]]);
  trunks[0]?.events.receipts([['t', 1, 'default', true, 5]]);
  expect(t.child(0).got.at(-1)).toEqual(['call', ['heard', 1, 'welcome', expect.anything()]]);
  expect(t.child(1).got.at(-1)).toEqual(['call', ['heard', 1, 'receipts', [['t', 1, 'default', true, 5]]]]);
  pool.kill();
  expect(trunks[0]?.closed).toBe(true);
});

test("what a child logs is in the worker's log, whatever it is", () => {
  t.open();
  t.child(0).says(['line', '{"level":40,"msg":"a word","task":"work"}']).says(['line', 'no JSON']);
  expect(t.lines).toEqual([
    expect.objectContaining({ level: 40, msg: 'a word', task: 'work', child: 'child 0' }),
  ]);
});

describe('children that cannot start', () => {
  test('are tried one at a time, ever more slowly, and not without end', async () => {
    t.open({ size: 3 });
    const waits: number[] = [];
    for (const one of [...t.children]) one.says(['broken', 'Error: no such table']).ends();
    for (let tries = 1; t.broken.length === 0; tries++) {
      const before = t.clock.monotonic();
      const count = t.children.length;
      while (t.children.length === count && t.broken.length === 0) await t.clock.advance(100);
      waits.push(t.clock.monotonic() - before);
      expect(t.children).toHaveLength(3 + tries);
      t.child(2 + tries)
        .says(['broken', 'Error: no such table'])
        .ends();
    }
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000]);
    expect(t.broken).toEqual(['Error: no such table']);
    expect(t.lines.filter(({ msg }) => msg === 'a child of the pool could not start')).toHaveLength(10);
    expect(t.clock.timers).toBe(0);
  });

  test('hold back the bodies that wait for them, and no longer than needed', async () => {
    const pool = t.open({ size: 2 });
    t.enter(pool);
    for (const one of [...t.children]) one.ends('ended (exit code 1)');
    await t.clock.advance(200);
    expect(t.children).toHaveLength(3);
    t.child(2)
      .says(['ready', { rss: 5, heap: 1 }])
      .settles();
    expect(t.told).toEqual(['work began', 'work success']);
    expect(t.children).toHaveLength(4);
  });

  test('include one that falls idle before it ran anything, and one that says nothing', async () => {
    t.open();
    t.child(0)
      .says(['ready', { rss: 5, heap: 1 }])
      .ends();
    expect(t.children).toHaveLength(1);
    await t.clock.advance(200);
    await t.clock.advance(60_000);
    expect(t.child(1).killed).toBe(true);
    t.child(1).ends();
    expect(t.lines.at(-1)).toMatchObject({ why: 'did not load its task files in time' });
  });
});

test.each(['starting', 'idle'])(
  'children that say so while they are %s are not tried again',
  async (state) => {
    t.open({ size: 2 });
    if (state === 'idle') t.child(0).says(['ready', { rss: 5, heap: 1 }]);
    t.child(0).says(['broken', 'it starts a worker of its own', true]).ends();
    expect(t.broken).toEqual(['it starts a worker of its own']);
    await t.clock.advance(60_000);
    expect(t.children).toHaveLength(2);
  },
);

test('children that do not even fail for a minute are not tried as often', async () => {
  t.open();
  for (let tries = 1; tries <= 2; tries++) {
    await t.clock.advance(60_200);
    t.child(tries - 1).ends();
  }
  expect(t.broken).toEqual(['did not load its task files in time']);
  expect(t.clock.timers).toBe(0);
});

describe('the end of a pool', () => {
  test('lets idle children confirm their calls, and waits for the last to be gone', async () => {
    const pool = t.open({ size: 2 });
    t.child(0).says(['ready', { rss: 5, heap: 1 }]);
    let stopped = false;
    void pool.stop().then(() => (stopped = true));
    expect(t.child(0).got.at(-1)).toEqual(['end']);
    expect(t.child(1).killed).toBe(true);
    t.child(1).ends();
    await t.clock.advance(0);
    expect(stopped).toBe(false);
    t.child(0).says(['ended']).ends();
    await t.clock.advance(0);
    expect(stopped).toBe(true);
    expect(t.children).toHaveLength(2);
  });

  test('in a hurry ends bodies at once, and replaces nothing', () => {
    const pool = t.open();
    t.child(0).says(['ready', { rss: 5, heap: 1 }]);
    t.enter(pool).abort('shutdown', true, 0);
    expect(t.child(0).killed).toBe(true);
    t.child(0).ends();
    expect(t.told.at(-1)).toBe('work lost was ended by force (shutdown)');
    expect(t.children).toHaveLength(1);
  });
});
