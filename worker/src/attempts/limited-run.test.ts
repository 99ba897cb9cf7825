import type { TaskSelf } from '@celeriac/client';
import { decodeFailure, type Outcome } from '@celeriac/protocol';
import { ManualClock } from '@celeriac/runtime';
import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { type FakeTask, fakeTask } from '../../test/fake-app.ts';
import { Gate } from '../../test/gate.ts';
import { Executor } from '../execute/executor.ts';
import { InlinePool } from '../pool/inline.ts';
import { prepareRun } from './limited-run.ts';

let clock: ManualClock;
let told: (readonly [what: string, Outcome])[];
let handled: string[];
beforeEach(() => {
  clock = new ManualClock();
  told = [];
  handled = [];
});

const handlers = {
  onSuccess: () => void handled.push('onSuccess'),
  onFailure: () => void handled.push('onFailure'),
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
    onEntered: () => undefined,
    onHeld: () => undefined,
  });
  const given = assignment('work', [], { id: 'i', ...limits });
  const run = prepareRun(new InlinePool(executor), clock, given, {
    began: () => undefined,
    progress: () => undefined,
    emit: () => undefined,
    waits: () => undefined,
    settled: (outcome) => void told.push(['settled', outcome]),
    timedOut: (outcome) => void told.push(['timed out', outcome]),
  });
  run.enter();
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

describe('the soft limit', () => {
  test('aborts the signal; a body that returns all the same has succeeded', async () => {
    enter(async (self) => untilAborted(self).catch((error: Error) => error.name), { softTimeLimitMs: 500 });
    await clock.advance(499);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual([['settled', ['success', '"SoftTimeLimitExceeded"']]]);
    expect(handled).toEqual(['onSuccess']);
  });

  test('fails a body that lets it escape, and its handlers hear of it', async () => {
    enter(untilAborted, { softTimeLimitMs: 1_500 });
    await clock.advance(1_500);
    expect(errorOf(told[0]?.[1])).toMatchObject({
      name: 'SoftTimeLimitExceeded',
      message: 'work[i] ran longer than its softTimeLimit of 1.5 s',
    });
    expect(handled).toEqual(['onFailure']);
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
  test('is the outcome at once; how the body ends is told without handlers', async () => {
    enter(untilAborted, { timeLimitMs: 2_000 }, { autoretryFor: ['TimeLimitExceeded'] });
    await clock.advance(1_999);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told.map(([what, [kind]]) => `${what} ${kind}`)).toEqual(['timed out timed-out', 'settled retry']);
    expect(errorOf(told[0]?.[1])).toMatchObject({
      name: 'TimeLimitExceeded',
      message: 'work[i] ran longer than its timeLimit of 2 s',
    });
    expect(handled).toEqual([]);
  });

  test('follows a soft limit that was not heeded', async () => {
    const gate = new Gate();
    enter(async () => gate.wait('deaf'), { softTimeLimitMs: 500, timeLimitMs: 1_000 });
    await clock.advance(1_000);
    expect(told.map(([what]) => what)).toEqual(['timed out']);
    gate.open('deaf');
    await clock.advance(0);
    expect(told.map(([what]) => what)).toEqual(['timed out', 'settled']);
    expect(handled).toEqual([]);
  });
});
