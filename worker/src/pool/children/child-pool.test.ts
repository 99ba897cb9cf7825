import type { LinkEvents } from '@celeriac/client';
import { DEFAULT_LIMITS, type Outcome } from '@celeriac/protocol';
import { ManualClock } from '@celeriac/runtime';
import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../../../test/assignment.ts';
import type { FromChild, ToChild } from '../child/messages.ts';
import type { Run } from '../pool.ts';
import type { ChildEvents, ChildHandle } from './child-handle.ts';
import { ChildPool, type ChildPoolSettings } from './child-pool.ts';

/** A child that does what a test says. */
class HandMade implements ChildHandle {
  readonly label: string;
  readonly got: ToChild[] = [];
  killed = false;
  readonly #events: ChildEvents;

  constructor(number: number, events: ChildEvents) {
    this.label = `child ${number}`;
    this.#events = events;
  }

  post(message: ToChild): void {
    this.got.push(message);
  }

  kill(): void {
    this.killed = true;
  }

  says(message: FromChild): this {
    this.#events.received(message);
    return this;
  }

  settles(memory = { rss: 0, heap: 0 }): void {
    this.says(['settled', ['success', '1'], [], memory]);
  }

  ends(why = 'ended (signal SIGKILL)'): void {
    this.#events.ended(why);
  }

  get runs(): number {
    return this.got.filter(([kind]) => kind === 'run').length;
  }
}

let clock: ManualClock;
let children: HandMade[];
let lines: Readonly<Record<string, unknown>>[];
let broken: string[];
let told: string[];
beforeEach(() => {
  clock = new ManualClock();
  children = [];
  lines = [];
  broken = [];
  told = [];
});

function open(given: Partial<ChildPoolSettings> = {}): ChildPool {
  const pool = new ChildPool({
    kind: 'processes',
    spawn: (events) => {
      const child = new HandMade(children.length, events);
      children.push(child);
      return child;
    },
    setup: { files: ['file:///tasks.ts'], gateway: 'http://127.0.0.1:9', worker: 'w', logLevel: 'info' },
    size: 1,
    maxTasks: undefined,
    maxMemory: undefined,
    measure: 'rss',
    clock,
    log: pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) }),
    payloadLimit: () => 7,
    openLink: () => {
      throw new Error('nobody calls');
    },
    broken: (why) => void broken.push(why),
    ...given,
  });
  pool.start();
  return pool;
}

function enter(pool: ChildPool, name = 'work'): Run {
  const run = pool.prepare(assignment(name), {
    began: () => void told.push(`${name} began`),
    progress: () => undefined,
    emit: () => undefined,
    waits: () => undefined,
    settled: ([kind, why]: Outcome) => void told.push(`${name} ${kind}${kind === 'lost' ? ` ${why}` : ''}`),
  });
  run.enter();
  return run;
}

function child(position: number): HandMade {
  const found = children[position];
  if (found === undefined) throw new Error(`there are ${children.length} children`);
  return found;
}

test('children are set up at the start, and get a body when they are ready', () => {
  const pool = open({ size: 2 });
  expect(children.map(({ got }) => got[0]?.[0])).toEqual(['setup', 'setup']);
  enter(pool);
  expect(told).toEqual([]);
  child(1).says(['ready', { rss: 5, heap: 1 }]);
  expect(child(1).got[1]).toEqual(['run', expect.arrayContaining(['work', '[]']), 7]);
  expect(told).toEqual(['work began']);
  expect(children).toHaveLength(2);
});

test('there are more while bodies wait for others, and no more than needed after that', () => {
  const pool = open();
  child(0).says(['ready', { rss: 5, heap: 1 }]);
  enter(pool, 'outer');
  enter(pool, 'inner');
  expect(children).toHaveLength(2);
  child(1)
    .says(['ready', { rss: 5, heap: 1 }])
    .settles();
  expect(child(1).got.at(-1)).toEqual(['end']);
  child(0).settles();
  expect(child(0).got.at(-1)?.[0]).toBe('run');
  expect(told).toEqual(['outer began', 'inner began', 'inner success', 'outer success']);
});

test.each([
  ['processes', 12],
  ['threads', 0],
] as const)('the memory of %s is known as they measured it last', (kind, sum) => {
  const pool = open({ kind, size: 2 });
  for (const one of [...children]) one.says(['ready', { rss: 5, heap: 1 }]);
  enter(pool);
  child(1).settles({ rss: 7, heap: 1 });
  expect(pool.rssBytes).toBe(sum);
});

test('there are as many as are wanted, when that changes', () => {
  const pool = open({ size: 2 });
  for (const one of [...children]) one.says(['ready', { rss: 5, heap: 1 }]);
  enter(pool);
  pool.resize(3);
  expect(children).toHaveLength(3);
  child(2).says(['ready', { rss: 5, heap: 1 }]);
  pool.resize(1);
  expect(children.map(({ got }) => got.at(-1)?.[0])).toEqual(['end', 'run', 'end']);
  child(1).settles();
  enter(pool);
  expect(child(1).runs).toBe(2);
});

test('a run that is stopped before a child has it never begins', () => {
  const pool = open();
  enter(pool).abort('revoked', true, 5_000);
  expect(told).toEqual(['work rejected']);
  child(0).says(['ready', { rss: 5, heap: 1 }]);
  expect(child(0).runs).toBe(0);
});

test('an abort is named by its run, and force follows only after the grace', async () => {
  const pool = open();
  child(0).says(['ready', { rss: 5, heap: 1 }]);
  const run = enter(pool);
  run.abort('revoked', true, 500);
  expect(child(0).got.at(-1)).toEqual(['abort', expect.stringMatching(/^nonce-/), 'revoked']);
  await clock.advance(499);
  expect(child(0).killed).toBe(false);
  await clock.advance(1);
  expect(child(0).killed).toBe(true);
  expect(told).toEqual(['work began']);
  child(0).ends();
  expect(told).toEqual(['work began', 'work lost was ended by force (revoked)']);
  expect(children).toHaveLength(2);
});

test('a body that ends as it is killed has ended, and its child is not used again', async () => {
  const pool = open();
  child(0).says(['ready', { rss: 5, heap: 1 }]);
  enter(pool).abort('revoked', true, 0);
  child(0).settles();
  expect(told).toEqual(['work began', 'work success']);
  enter(pool, 'next');
  expect(child(0).runs).toBe(1);
  child(0).ends();
  child(1).says(['ready', { rss: 5, heap: 1 }]);
  expect(told.at(-1)).toBe('next began');
});

test('a child that falls takes its own run with it, and is replaced', () => {
  const pool = open({ size: 2 });
  for (const one of [...children]) one.says(['ready', { rss: 5, heap: 1 }]);
  enter(pool, 'a');
  enter(pool, 'b');
  const first = children.find(({ got }) => JSON.stringify(got.at(-1)).includes('"b"'));
  first?.ends('ended (exit code 7)');
  expect(told).toEqual(['a began', 'b began', 'b lost ended (exit code 7)']);
  expect(children).toHaveLength(3);
  expect(broken).toEqual([]);
});

test('a child that has run enough, or grown too much, is replaced at once, and ends when its calls are confirmed', async () => {
  const pool = open({ maxTasks: 2, maxMemory: 100 });
  child(0).says(['ready', { rss: 5, heap: 1 }]);
  enter(pool);
  child(0).settles({ rss: 100, heap: 9_999 });
  enter(pool);
  child(0).settles();
  expect(child(0).got.at(-1)).toEqual(['end']);
  expect(children).toHaveLength(2);
  expect(child(0).killed).toBe(false);
  child(0).says(['ended']);
  expect(child(0).killed).toBe(true);
  child(1).says(['ready', { rss: 5, heap: 1 }]);
  enter(pool);
  child(1).settles({ rss: 101, heap: 0 });
  await clock.advance(6_000);
  expect(child(1).killed).toBe(true);
});

test('what children call goes over one connection, which the pool closes at its end', async () => {
  const trunks: { events: LinkEvents; closed: boolean; sent: unknown[] }[] = [];
  const pool = open({
    size: 2,
    openLink: (events) => {
      const trunk = { events, closed: false, sent: [] as unknown[] };
      trunks.push(trunk);
      const ask = (): void => undefined;
      return {
        send: (...frame) => void trunk.sent.push(frame),
        get: ask,
        revoke: ask,
        forget: ask,
        control: ask,
        list: ask,
        close: () => {
          trunk.closed = true;
        },
      };
    },
  });
  child(0).says(['call', ['open', 1]]);
  child(1).says(['call', ['open', 1]]);
  expect(trunks).toHaveLength(1);
  trunks[0]?.events.welcome({ protocol: 1, epoch: 'e', now: 0, limits: DEFAULT_LIMITS });
  child(1).says(['call', ['send', 1, 'submit', [['t', 'add', '[]', null, 0]]]]);
  expect(trunks[0]?.sent).toEqual([['submit', [['t', 'add', '[]', null, 0]]]]);
  trunks[0]?.events.receipts([['t', 1, 'default', true, 5]]);
  expect(child(0).got.at(-1)).toEqual(['call', ['heard', 1, 'welcome', expect.anything()]]);
  expect(child(1).got.at(-1)).toEqual(['call', ['heard', 1, 'receipts', [['t', 1, 'default', true, 5]]]]);
  pool.kill();
  expect(trunks[0]?.closed).toBe(true);
});

test("what a child logs is in the worker's log, whatever it is", () => {
  open();
  child(0).says(['line', '{"level":40,"msg":"a word","task":"work"}']).says(['line', 'no JSON']);
  expect(lines).toEqual([
    expect.objectContaining({ level: 40, msg: 'a word', task: 'work', child: 'child 0' }),
  ]);
});

describe('children that cannot start', () => {
  test('are tried one at a time, ever more slowly, and not without end', async () => {
    open({ size: 3 });
    const waits: number[] = [];
    for (const one of [...children]) one.says(['broken', 'Error: no such table']).ends();
    for (let tries = 1; broken.length === 0; tries++) {
      const before = clock.monotonic();
      const count = children.length;
      while (children.length === count && broken.length === 0) await clock.advance(100);
      waits.push(clock.monotonic() - before);
      expect(children).toHaveLength(3 + tries);
      child(2 + tries)
        .says(['broken', 'Error: no such table'])
        .ends();
    }
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000]);
    expect(broken).toEqual(['Error: no such table']);
    expect(lines.filter(({ msg }) => msg === 'a child could not start')).toHaveLength(10);
    expect(clock.timers).toBe(0);
  });

  test('hold back the bodies that wait for them, and no longer than needed', async () => {
    const pool = open({ size: 2 });
    enter(pool);
    for (const one of [...children]) one.ends('ended (exit code 1)');
    await clock.advance(200);
    expect(children).toHaveLength(3);
    child(2)
      .says(['ready', { rss: 5, heap: 1 }])
      .settles();
    expect(told).toEqual(['work began', 'work success']);
    expect(children).toHaveLength(4);
  });

  test('include one that falls idle before it ran anything, and one that says nothing', async () => {
    open();
    child(0)
      .says(['ready', { rss: 5, heap: 1 }])
      .ends();
    expect(children).toHaveLength(1);
    await clock.advance(200);
    await clock.advance(60_000);
    expect(child(1).killed).toBe(true);
    child(1).ends();
    expect(lines.at(-1)).toMatchObject({ why: 'did not load its task files in time' });
  });
});

describe('the end of a pool', () => {
  test('lets idle children confirm their calls, and waits for the last to be gone', async () => {
    const pool = open({ size: 2 });
    child(0).says(['ready', { rss: 5, heap: 1 }]);
    let stopped = false;
    void pool.stop().then(() => (stopped = true));
    expect(child(0).got.at(-1)).toEqual(['end']);
    expect(child(1).killed).toBe(true);
    child(1).ends();
    await clock.advance(0);
    expect(stopped).toBe(false);
    child(0).says(['ended']).ends();
    await clock.advance(0);
    expect(stopped).toBe(true);
    expect(children).toHaveLength(2);
  });

  test('in a hurry ends bodies at once, and replaces nothing', () => {
    const pool = open();
    child(0).says(['ready', { rss: 5, heap: 1 }]);
    enter(pool).abort('shutdown', true, 0);
    expect(child(0).killed).toBe(true);
    child(0).ends();
    expect(told.at(-1)).toBe('work lost was ended by force (shutdown)');
    expect(children).toHaveLength(1);
  });
});
