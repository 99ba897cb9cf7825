import type { TaskSelf } from '@celeriac/client';
import { Executor } from '@celeriac/client/hosting';
import { decodeFailure, type Outcome } from '@celeriac/protocol/internal';
import type { ManualClock } from '@celeriac/runtime/testing';
import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { type FakeTask, fakeTask } from '../../test/fake-app.ts';
import { Gate } from '../../test/gate.ts';
import { TestAttempts } from '../../test/test-attempts.ts';
import { InlinePool } from '../pool/inline.ts';
import type { AttemptParts } from './attempt.ts';

let place: TestAttempts;
let clock: ManualClock;
let told: (readonly [what: string, Outcome])[];
let handled: string[];
let pool: InlinePool;
beforeEach(() => {
  told = [];
  handled = [];
  place = new TestAttempts(10, {
    pool: { kind: 'inline', prepare: (...run) => pool.prepare(...run) },
    reports,
  });
  ({ clock } = place);
  place.handlerTimeoutMs = 60_000;
});

const handlers = {
  onSuccess: () => void handled.push('onSuccess'),
  onFailure: () => void handled.push('onFailure'),
};

/** The gateway records at once. */
const reports: AttemptParts['reports'] = {
  settled: (attempt, outcome) => {
    told.push([outcome[0] === 'timed-out' ? 'timed out' : 'settled', outcome]);
    attempt.answered(true);
    return true;
  },
};

function enter(
  body: (self: TaskSelf) => unknown,
  limits: { readonly timeLimitMs?: number; readonly softTimeLimitMs?: number },
  task: FakeTask = {},
): void {
  const executor = new Executor({
    worker: 'w',
    clock,
    log: pino({ level: 'silent' }),
    tasks: new Map([['work', fakeTask('work', body, { bind: true, handlers, ...task })]]),
    payloadLimit: () => 10_000,
    handlerTimeoutMs: 60_000,
    onEntered: () => undefined,
    onHeld: () => undefined,
  });
  pool = new InlinePool(executor);
  place.assign(assignment('work', [], { id: 'i', ...limits }));
  place.turn();
}

async function untilAborted({ signal }: TaskSelf): Promise<never> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  throw signal.reason;
}

function errorOf(outcome: Outcome | undefined): { readonly name: string; readonly message: string } {
  return decodeFailure(typeof outcome?.[1] === 'string' ? outcome[1] : '');
}

test('a run without limits sets no timer, and one that ends in time leaves none', async () => {
  enter(() => 1, {});
  enter(() => 2, { timeLimitMs: 1_000, softTimeLimitMs: 500 });
  await clock.advance(0);
  const gate = new Gate();
  enter(async () => gate.wait('slow'), { timeLimitMs: 1_000, softTimeLimitMs: 500 });
  expect(clock.timers).toBe(2);
  gate.open('slow');
  await clock.advance(0);
  expect(clock.timers).toBe(0);
  expect(told.map(([what, [kind]]) => `${what} ${kind}`)).toEqual([
    'settled success',
    'settled success',
    'settled success',
  ]);
});

test('a body whose end has arrived by the time its limit is looked at has ended in time', async () => {
  const gate = new Gate();
  enter(async () => gate.wait('slow'), { timeLimitMs: 1_000, softTimeLimitMs: 500 });
  clock.hold(5_000);
  // As a socket is read: after the timers of its turn.
  clock.after(0, () => clock.soon(() => gate.open('slow')));
  await clock.advance(0);
  expect(told.map(([what, [kind]]) => `${what} ${kind}`)).toEqual(['settled success']);
});

describe('the soft limit', () => {
  test('aborts the signal; a body that returns all the same has succeeded', async () => {
    enter(async (self) => untilAborted(self).catch((error: Error) => error.name), { softTimeLimitMs: 500 });
    await clock.advance(499);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual([['settled', ['success', '"SoftTimeLimitExceeded"']]]);
    expect([handled, place.slots.taken]).toEqual([['onSuccess'], 0]);
  });

  test('fails a body that lets it escape, and its handlers hear of it', async () => {
    enter(untilAborted, { softTimeLimitMs: 1_500 });
    await clock.advance(1_500);
    expect(errorOf(told[0]?.[1])).toMatchObject({
      name: 'SoftTimeLimitExceeded',
      message: 'work[i] ran longer than its softTimeLimit of 1.5 s',
    });
    expect([handled, place.slots.taken]).toEqual([['onFailure'], 0]);
  });

  test('is itself also where a library has wrapped it into an AbortError', async () => {
    enter(
      async (self) =>
        untilAborted(self).catch((cause: Error) => {
          throw Object.assign(new Error('The operation was aborted', { cause }), { name: 'AbortError' });
        }),
      { softTimeLimitMs: 500 },
    );
    await clock.advance(500);
    expect(errorOf(told[0]?.[1]).name).toBe('SoftTimeLimitExceeded');
  });

  test('is retried where the task says so', async () => {
    enter(untilAborted, { softTimeLimitMs: 500 }, { autoretryFor: ['SoftTimeLimitExceeded'] });
    await clock.advance(500);
    expect(told[0]?.[1][0]).toBe('retry');
  });
});

describe('the hard limit', () => {
  test('is the outcome at once; how the body ends is not told, and its handlers are not called', async () => {
    enter(untilAborted, { timeLimitMs: 2_000 }, { autoretryFor: ['TimeLimitExceeded'] });
    await clock.advance(1_999);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told.map(([what, [kind]]) => `${what} ${kind}`)).toEqual(['timed out timed-out']);
    expect(errorOf(told[0]?.[1])).toMatchObject({
      name: 'TimeLimitExceeded',
      message: 'work[i] ran longer than its timeLimit of 2 s',
    });
    expect([handled, place.slots.taken]).toEqual([[], 0]);
  });

  test('follows a soft limit that was not heeded', async () => {
    const gate = new Gate();
    enter(async () => gate.wait('deaf'), { softTimeLimitMs: 500, timeLimitMs: 1_000 });
    await clock.advance(1_000);
    expect(told.map(([what]) => what)).toEqual(['timed out']);
    expect([place.slots.taken, place.slots.unheld]).toEqual([1, 1]);
    gate.open('deaf');
    await clock.advance(0);
    expect(told.map(([what]) => what)).toEqual(['timed out']);
    expect([handled, place.slots.taken, place.slots.unheld]).toEqual([[], 0, 0]);
  });
});

describe('limits', () => {
  test('count the body alone, neither what is before it nor what is after', async () => {
    const gate = new Gate();
    const slow = { beforeStart: () => gate.wait('before'), onSuccess: () => gate.wait('after') };
    const limits = { softTimeLimitMs: 500, timeLimitMs: 1_000 };
    enter(async (self) => gate.wait('body').then(() => self.signal.aborted), limits, { handlers: slow });
    await clock.advance(5_000);
    expect(clock.timers).toBe(1);
    gate.open('before');
    await clock.advance(0);
    await clock.advance(499);
    gate.open('body');
    await clock.advance(0);
    expect(told).toEqual([['settled', ['success', 'false']]]);
    await clock.advance(5_000);
    expect(place.slots.taken).toBe(1);
    gate.open('after');
    await clock.advance(0);
    expect([place.slots.taken, told.length, clock.timers]).toEqual([0, 1, 0]);
  });

  test('of 0 are none', async () => {
    const gate = new Gate();
    enter(async () => gate.wait('both'), { softTimeLimitMs: 0, timeLimitMs: 0 });
    enter(async () => gate.wait('soft'), { softTimeLimitMs: 0, timeLimitMs: 1_000 });
    expect(clock.timers).toBe(1);
    await clock.advance(1_000);
    expect(told.map(([what]) => what)).toEqual(['timed out']);
    gate.open('both');
    await clock.advance(0);
    expect(told.at(-1)).toEqual(['settled', ['success', '"both"']]);
  });

  test('end a child that never comes to its body', async () => {
    const children = new TestAttempts(2, 'threads');
    children.handlerTimeoutMs = 60_000;
    children.reachBodies = false;
    const stuck = children.run(assignment('work', [], { nonce: 'stuck', timeLimitMs: 1_000 }));
    children.reachBodies = true;
    await children.clock.advance(60_999);
    expect(stuck.stops).toEqual([]);
    await children.clock.advance(1);
    expect(stuck.stops).toEqual(['time-limit']);
    const run = children.run(assignment('work', [], { nonce: 'quick', timeLimitMs: 1_000 }));
    await children.clock.advance(999);
    run.settle();
    await children.clock.advance(100_000);
    expect(children.reported.map(([nonce, [kind]]) => [nonce, kind])).toEqual([
      ['stuck', 'timed-out'],
      ['quick', 'success'],
    ]);
    expect([run.stops, children.clock.timers]).toEqual([[], 0]);
  });
});
