/** Attempts and their slots by themselves: no socket, no pool, no clock but a test's. */
import type { Outcome } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { type HandRun, TestAttempts } from '../../test/test-attempts.ts';
import type { Attempt } from './attempt.ts';

let place: TestAttempts;
beforeEach(() => {
  place = new TestAttempts();
});

const NOTHING = { taken: 0, waiting: 0, yielded: 0, unheld: 0, unanswered: 0 };
function counts({ slots }: TestAttempts): typeof NOTHING {
  const { taken, waiting, yielded, unheld, unanswered } = slots;
  return { taken, waiting, yielded, unheld, unanswered };
}

describe('a slot', () => {
  test('is taken by an announcement, and given back when the body has ended', () => {
    const run = place.run(assignment('work', [], { nonce: 'a' }));
    place.assign(assignment('work', [], { nonce: 'b' }));
    place.turn();
    expect(counts(place)).toEqual({ ...NOTHING, taken: 1, waiting: 1 });
    run.settle();
    expect(counts(place)).toEqual({ ...NOTHING, waiting: 1 });
    place.turn();
    expect([...place.runs.keys()]).toEqual(['a', 'b']);
  });

  test('of a body that has timed out is given back when the body is gone', async () => {
    const run = place.run(assignment('work', [], { nonce: 'a', timeLimitMs: 10 }));
    await place.clock.advance(10);
    expect([place.reported, run.stops]).toEqual([[['a', ['timed-out', expect.any(String)]]], ['time-limit']]);
    expect(counts(place)).toEqual({ ...NOTHING, taken: 1, unheld: 1 });
    run.settle(['lost', 'was ended by force'], true);
    expect([place.reported.length, run.followed]).toEqual([1, false]);
    expect(counts(place)).toEqual(NOTHING);
  });

  test('that was yielded is given back once, however the attempt ends', () => {
    const run = place.run(assignment('work', [], { nonce: 'a' }));
    run.waits(true);
    run.waits(true);
    expect(counts(place)).toEqual({ ...NOTHING, taken: 1, yielded: 1 });
    run.settle(['success', '1'], true);
    expect(counts(place)).toEqual({ ...NOTHING, taken: 1, unheld: 1, unanswered: 1 });
    place.slots.answer([['a', 'applied']]);
    run.waits(true);
    run.end('its child has ended');
    run.reports.waits(false);
    run.reports.waits(true);
    expect(counts(place)).toEqual(NOTHING);
    expect(place.lines).toMatchObject([{ task: 'work', why: 'its child has ended' }]);
  });

  test('of an announcement that may not have arrived is free again, and the attempt the first to have one', () => {
    place.assign(assignment('work', [], { nonce: 'a' }));
    place.assign(assignment('work', [], { nonce: 'b' }));
    const lost = place.slots.announce();
    place.slots.unannounce();
    expect(counts(place)).toEqual({ ...NOTHING, waiting: 2 });
    place.slots.enter(lost);
    expect(place.runs.size).toBe(0);
    place.turn();
    expect([...place.runs.keys()]).toEqual(['a']);
  });

  test('of handlers that take too long is given back in our own loop, and kept until a child is ended', async () => {
    for (const [kind, left] of [
      ['inline', 0],
      ['threads', 1],
    ] as const) {
      place = new TestAttempts(1, kind);
      place.handlerTimeoutMs = 50;
      const run = place.run(assignment('work', [], { nonce: 'a' }));
      run.settle(['success', '1'], true);
      place.slots.answer([['a', 'duplicate']]);
      await place.clock.advance(50);
      expect([run.stops, place.slots.taken]).toEqual([['handler-limit'], left]);
      run.end();
      expect(counts(place)).toEqual(NOTHING);
    }
  });
});

test('what a body shows leaves while it runs, and no longer than the attempt is its own', async () => {
  const run = place.run(assignment('work', [], { nonce: 'a', timeLimitMs: 10 }));
  run.reports.progress('P', '1');
  run.reports.emit('"c"');
  await place.clock.advance(10);
  run.reports.progress('P', '2');
  run.reports.emit('"d"');
  expect(place.shown).toEqual([
    ['a', 'P', '1'],
    ['a', '"c"'],
  ]);
});

describe('the outcome of a body', () => {
  const ERROR = '{"name":"Error"}';
  test.each<[string, Outcome]>([
    ['fails', ['failure', ERROR]],
    ['asks for a retry', ['retry', ERROR, ERROR, 0]],
    ['rejects', ['rejected', ERROR, true]],
  ])(
    'that was told to stop and %s is that its run is lost, and its handlers are not called',
    (_, outcome) => {
      const run = place.run(assignment('work', [], { nonce: 'a' }));
      place.slots.abort([['a', 'revoked', false, 0]]);
      run.settle(outcome, true);
      place.slots.answer([['a', 'applied']]);
      expect(place.reported).toEqual([['a', ['lost', 'was told to stop (revoked)']]]);
      expect([run.followed, counts(place)]).toEqual([false, NOTHING]);
    },
  );

  test.each<[string, Outcome]>([
    ['returns', ['success', '1']],
    ['asks to be ignored', ['ignored']],
  ])('that was told to stop and %s is what it says', (_, outcome) => {
    const run = place.run(assignment('work', [], { nonce: 'a' }));
    place.slots.lose(['a']);
    run.settle(outcome);
    expect(place.reported).toEqual([['a', outcome]]);
  });
});

test('handlers are not called for an outcome that the gateway is not told, and the log says so', () => {
  place.faithful = false;
  const run = place.run(assignment('work', [], { nonce: 'a' }));
  run.settle(['success', '1'], true);
  expect([run.followed, counts(place)]).toEqual([false, NOTHING]);
  expect(place.lines).toMatchObject([
    { task: 'work', why: expect.stringContaining('could not be reported') },
  ]);
});

describe('a worker that gives back what runs', () => {
  test('asks bodies and handlers to stop, and keeps their slots until they have', () => {
    place = new TestAttempts(4);
    const given = { once: { awaitStart: true }, body: {}, called: {}, uncalled: {} };
    for (const [nonce, context] of Object.entries(given))
      place.assign(assignment('work', [], { nonce, ...context }));
    place.turn();
    const [body, called, uncalled] = [...place.runs.values()];
    called?.settle(['success', '1'], true);
    place.slots.answer([['called', 'applied']]);
    uncalled?.settle(['success', '1'], true);
    expect(place.slots.releaseRunning()).toEqual(['once', 'body']);
    expect([body?.stops, called?.stops, uncalled?.stops]).toEqual([['shutdown'], ['shutdown'], []]);
    expect([called?.followed, uncalled?.followed]).toEqual([true, false]);
    expect(counts(place)).toEqual({ ...NOTHING, taken: 2, unheld: 2 });
    body?.settle(['failure', '{}']);
    called?.end();
    expect(counts(place)).toEqual(NOTHING);
    expect(place.reported.map(([nonce]) => nonce)).toEqual(['called', 'uncalled']);
  });

  test('does not give back what may run only once and has begun', () => {
    const once = assignment('work', [], { nonce: 'once', awaitStart: true });
    place.assign(once);
    place.turn();
    expect(place.runs.size).toBe(0);
    place.slots.confirm([['once', 'ok']]);
    expect(place.slots.releaseRunning()).toEqual([]);
    expect(place.runs.get('once')?.stops).toEqual(['shutdown']);
  });
});

describe('an attempt that was not entered', () => {
  test('is given back when it is aborted, and dropped when it is lost or its start refused', () => {
    for (const nonce of ['a', 'b', 'c', 'd']) place.assign(assignment('work', [], { nonce }));
    place.slots.announce();
    expect(place.slots.abort([['b', 'revoked', false, 0]])).toEqual(['b']);
    place.slots.lose(['c']);
    place.slots.confirm([['a', 'stale']]);
    expect(counts(place)).toEqual({ ...NOTHING, waiting: 1 });
    expect(place.slots.releaseWaiting()).toEqual(['d']);
    expect(counts(place)).toEqual(NOTHING);
  });
});

/** What may happen to the attempts of a worker, each with a number that chooses among them. */
const STEPS = [
  'assign',
  'turn',
  'announce',
  'enter',
  'confirm',
  'refuse',
  'settle',
  'settle with handlers',
  'wait',
  'go on',
  'pass the limits',
  'answer',
  'refuse the outcome',
  'misreport',
  'end the handlers',
  'cut the handlers',
  'abort',
  'lose',
  'lose all',
  'unannounce',
  'drain',
  'give back',
  'resize',
] as const;
type Step = readonly [what: (typeof STEPS)[number], choice: number];

class Walk {
  readonly place = new TestAttempts(2, 'threads');
  readonly #all: Attempt[] = [];
  #announced: readonly Attempt[] = [];

  get runs(): readonly HandRun[] {
    return [...this.place.runs.values()];
  }

  async go([what, choice]: Step): Promise<void> {
    const { slots, clock } = this.place;
    const among = <Item>(items: readonly Item[]): readonly Item[] =>
      items.length === 0 ? [] : items.slice(choice % items.length).slice(0, 1);
    const nonces = among(this.#all.map(({ nonce }) => nonce));
    const open = among(this.runs.filter((run) => run.open));
    const bodies = among(this.runs.filter((run) => !run.settled));
    switch (what) {
      case 'assign': {
        const limits = choice % 3 === 0 ? { timeLimitMs: 5 } : {};
        const nonce = `n${this.#all.length}`;
        const given = assignment(`task ${choice % 2}`, [], {
          nonce,
          awaitStart: choice % 4 === 0,
          ...limits,
        });
        this.#all.push(this.place.assign(given));
        break;
      }
      case 'turn':
        this.#announce();
        slots.enter(this.#announced);
        break;
      case 'announce':
        this.#announce();
        break;
      case 'enter':
        slots.enter(this.#announced);
        break;
      case 'confirm':
      case 'refuse':
        slots.confirm(nonces.map((nonce) => [nonce, what === 'confirm' ? 'ok' : 'stale']));
        break;
      case 'settle':
      case 'settle with handlers':
        for (const run of bodies) run.settle(['success', '1'], what === 'settle with handlers');
        break;
      case 'wait':
      case 'go on':
        for (const run of open) run.waits(what === 'wait');
        break;
      case 'pass the limits':
        this.place.handlerTimeoutMs = 5;
        await clock.advance(10);
        break;
      case 'answer':
      case 'refuse the outcome':
        slots.answer(nonces.map((nonce) => [nonce, what === 'answer' ? 'applied' : 'stale']));
        break;
      case 'misreport':
        for (const nonce of nonces) slots.misreported(nonce);
        break;
      case 'end the handlers':
      case 'cut the handlers':
        for (const run of open) if (run.settled) run.end(what === 'cut the handlers' ? 'cut' : undefined);
        break;
      case 'abort':
        slots.abort(nonces.map((nonce) => [nonce, 'revoked', true, 0]));
        break;
      case 'lose':
        slots.lose(nonces);
        break;
      case 'lose all':
        slots.lose();
        break;
      case 'unannounce':
        slots.unannounce();
        break;
      case 'drain':
        slots.releaseWaiting();
        break;
      case 'give back':
        slots.releaseRunning();
        break;
      case 'resize':
        slots.resize(1 + (choice % 3));
        break;
    }
    this.#check();
  }

  /** All that is here ends, one way or another. */
  end(): void {
    const { slots } = this.place;
    slots.releaseWaiting();
    slots.unannounce();
    slots.releaseWaiting();
    for (const run of this.runs) if (!run.settled) run.settle();
    slots.answer(this.runs.map(({ nonce }) => [nonce, 'applied']));
    for (const run of this.runs) if (run.open) run.end();
  }

  #announce(): void {
    const { slots } = this.place;
    const free = Math.max(0, slots.concurrency - slots.taken + slots.yielded);
    const waiting = this.#all.filter(({ phase }) => phase === 'waiting');
    this.#announced = slots.announce();
    expect(this.#announced).toEqual(waiting.slice(0, free));
  }

  /** A slot is taken by what is announced, and by what is there of a run; nothing else counts. */
  #check(): void {
    const { slots } = this.place;
    const open = this.runs.filter((run) => run.open);
    const announced = this.#all.filter(({ phase }) => phase === 'announced').length;
    expect(slots.taken).toBe(open.length + announced);
    expect(slots.yielded).toBe(open.filter((run) => run.waiting).length);
    expect(slots.waiting).toBe(this.#all.filter(({ phase }) => phase === 'waiting').length);
    expect(slots.unanswered).toBe(open.filter((run) => run.settled && run.followed === undefined).length);
    expect(slots.describe().length + slots.unheld).toBe(slots.taken + slots.waiting);
  }
}

test('whatever happens to attempts, what they take is counted, and given back when nothing of them is left', async () => {
  const step = fc.tuple(fc.constantFrom(...STEPS), fc.nat(20));
  const often = fc.constantFrom<Step>(['assign', 1], ['assign', 3], ['assign', 4], ['turn', 0]);
  const walks = fc.array(fc.oneof(step, often), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(walks, async (steps) => {
      const walk = new Walk();
      for (const one of steps) await walk.go(one);
      walk.end();
      expect(counts(walk.place)).toEqual(NOTHING);
      expect(walk.place.slots.describe()).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
