import { RefusedError } from '@celeriac/protocol';
import { DEFAULT_LIMITS } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { TaskRecord } from '../record/task-record.ts';
import { isSameCall, type OutgoingCall, toSubmitItem } from './outgoing-call.ts';
import { PendingSubmits, WINDOW } from './pending-submits.ts';
import { PATIENT } from './submit-retry.ts';

const hold = { acquire() {}, release() {} };
let submits: PendingSubmits;
beforeEach(() => {
  submits = new PendingSubmits();
});

const call = (id: string, more: Partial<OutgoingCall> = {}): OutgoingCall => ({
  id,
  name: 'add',
  args: '[1,2]',
  options: null,
  ...more,
});
const add = (id: string, calledAt = 0, more: Partial<OutgoingCall> = {}): boolean =>
  submits.add(call(id, more), new TaskRecord(id, 'add', 'unconfirmed', hold), calledAt);
const take = (now = 0): readonly string[] => submits.take(now).map((submission) => submission.call.id);

test('gives each submission once, in the order of the calls', () => {
  add('a');
  add('b');
  expect(take()).toEqual(['a', 'b']);
  expect(take()).toEqual([]);
  add('c');
  expect(take()).toEqual(['c']);
});

test('lets no more than a window be on its way, and goes on with each receipt', () => {
  for (let ordinal = 0; ordinal < WINDOW + 2; ordinal++) add(`t${ordinal}`);
  expect(take()).toHaveLength(WINDOW);
  expect(submits.sendable).toBe(false);
  expect(take()).toEqual([]);
  submits.remove('t7');
  expect(submits.sendable).toBe(true);
  expect(take()).toEqual([`t${WINDOW}`]);
  submits.resend();
  expect(take()).toHaveLength(WINDOW);
});

test('gives all that is unconfirmed again in a new session, in order', () => {
  for (const id of ['a', 'b', 'c']) add(id);
  take();
  submits.remove('b');
  add('d');
  submits.resend();
  expect(take()).toEqual(['a', 'c', 'd']);
});

test('does not send what was given up before it could be sent', () => {
  add('a', 0);
  add('b', 10);
  expect(submits.expire(5).map((submission) => submission.call.id)).toEqual(['a']);
  expect(take()).toEqual(['b']);
});

test('tells how long ago the call was, anew with each send', () => {
  add('a', 1_000, { options: { countdownMs: 5_000 } });
  const [first] = submits.take(1_000.4);
  expect(first && toSubmitItem(first, 1_000.4)).toEqual(['a', 'add', '[1,2]', { countdownMs: 5_000 }, 0]);
  submits.resend();
  const [second] = submits.take(3_500);
  expect(second && toSubmitItem(second, 3_500)).toEqual(['a', 'add', '[1,2]', { countdownMs: 5_000 }, 2_500]);
});

test.each([
  ['calls', { ...DEFAULT_LIMITS, inFlightTasks: 2 }],
  ['bytes', { ...DEFAULT_LIMITS, inFlightBytes: 2_000 }],
])('lets no more %s be on their way than the gateway takes, and keeps the others', (_, limits) => {
  submits.limit(limits);
  for (const id of ['a', 'b', 'c', 'd']) expect(add(id, 0, { args: 'x'.repeat(800) })).toBe(true);
  expect(take()).toEqual(['a', 'b']);
  expect(submits.sendable).toBe(false);
  submits.remove('b');
  expect(submits.sendable).toBe(true);
  expect(take()).toEqual(['c']);
  submits.resend();
  expect(take()).toEqual(['a', 'c']);
});

test('lets a call go that is larger than all that the gateway takes at a time: it refuses it in words', () => {
  submits.limit({ ...DEFAULT_LIMITS, inFlightBytes: 100 });
  add('a', 0, { args: 'x'.repeat(800) });
  add('b');
  expect(take()).toEqual(['a']);
  expect(take()).toEqual([]);
});

test('is full at its bytes, those that it keeps beside a call included, and has room again after a receipt', () => {
  submits = new PendingSubmits(3_000);
  expect(add('a', 0, { args: 'x'.repeat(800) })).toBe(true);
  expect(add('b', 0, { args: 'x'.repeat(800) })).toBe(true);
  expect(add('c', 0, { args: 'x'.repeat(800) })).toBe(false);
  expect(submits.length).toBe(2);
  submits.remove('a');
  expect(add('c', 0, { args: 'x'.repeat(800) })).toBe(true);
  for (const id of ['b', 'c']) submits.remove(id);
  expect(submits.hasRoom).toBe(true);
});

test('lets a submission rest after a refusal that may pass', () => {
  add('a');
  add('b');
  const [a] = submits.take(0);
  if (a === undefined) throw new Error('nothing was taken');
  submits.rest(a, new RefusedError('QUEUE_FULL', 'full', 100), 100);
  expect(a.pending).toBe(false);
  expect(submits.wakesAt).toBe(100);
  expect(take(99)).toEqual([]);
  expect(take(100)).toEqual(['a']);
  expect(submits.wakesAt).toBeUndefined();
});

test('a new session does not wait for a rest to end', () => {
  add('a');
  const [a] = submits.take(0);
  if (a === undefined) throw new Error('nothing was taken');
  submits.rest(a, new RefusedError('SHUTTING_DOWN', 'going', 10_000), 10_000);
  submits.resend();
  expect(take(1)).toEqual(['a']);
  expect(take(10_000)).toEqual([]);
});

test('tells the same call from another one under the same id', () => {
  expect(isSameCall(call('a'), call('a'))).toBe(true);
  expect(isSameCall(call('a'), call('a', { args: '[1,3]' }))).toBe(false);
  expect(isSameCall(call('a'), call('a', { name: 'sub' }))).toBe(false);
  expect(isSameCall(call('a'), call('a', { options: { countdownMs: 1 } }))).toBe(false);
});

const BOUNDS = { ...DEFAULT_LIMITS, inFlightTasks: 3, inFlightBytes: 400 };
const index = fc.nat(30);
const submitsStep = fc.oneof(
  fc.record({
    do: fc.constant('call' as const),
    size: fc.integer({ min: 1, max: 200 }),
    own: fc.option(fc.nat(50), { nil: undefined }),
    policy: fc.boolean(),
  }),
  fc.record({ do: fc.constantFrom('send', 'again', 'passes'), ms: fc.nat(40) }),
  fc.record({ do: fc.constantFrom('answered', 'refused'), which: index, ms: fc.nat(40) }),
);

test('gives all of its room back once every call has its answer, however often it was sent', () => {
  fc.assert(
    fc.property(fc.array(submitsStep, { maxLength: 60, size: 'max' }), fc.boolean(), (steps, closed) => {
      const full = new PendingSubmits(8_000);
      full.limit(BOUNDS);
      let now = 0;
      let calls = 0;
      const put = (size: number, more: Partial<OutgoingCall> = {}): boolean => {
        const id = `c${calls++}`;
        return full.add(call(id, more), new TaskRecord(id, 'add', 'unconfirmed', hold), now, size);
      };
      for (const step of steps) {
        const waiting = [...full.all()];
        if (step.do === 'call')
          put(step.size, {
            acceptTimeoutMs: step.own,
            retryPolicy: step.policy ? PATIENT : undefined,
          });
        else if (step.do === 'send') full.take(now);
        else if (step.do === 'again') full.resend();
        else if (step.do === 'passes') {
          now += step.ms;
          full.expire(now - 100);
          full.expireImpatient(now);
        } else if ('which' in step && waiting.length > 0) {
          const one = waiting[step.which % waiting.length];
          if (one === undefined) continue;
          if (step.do === 'answered') full.remove(one.call.id);
          else full.rest(one, new RefusedError('QUEUE_FULL', 'full', step.ms), now + step.ms);
        }
        const flying = [...full.all()].filter(({ inFlight }) => inFlight);
        const bytes = flying.reduce((sum, { size }) => sum + size, 0);
        expect(flying.length === 1 || (flying.length <= 3 && bytes <= 400)).toBe(true);
        expect(full.limited().length).toBeLessThanOrEqual(full.length);
      }
      if (closed) full.expire(Number.POSITIVE_INFINITY);
      else for (const { call: one } of [...full.all()]) full.remove(one.id);

      expect([full.length, full.limited(), full.wakesAt, full.oldest]).toEqual([0, [], undefined, undefined]);
      expect(full.expireImpatient(Number.POSITIVE_INFINITY)).toEqual({ expired: [], next: undefined });
      expect(full.take(now + 1_000)).toEqual([]);
      // As much is sent, and as much waits, as in one that is new.
      for (let one = 0; one < 5; one++) put(100);
      expect(full.take(now)).toHaveLength(3);
      while (full.oldest !== undefined) full.remove(full.oldest.call.id);
      expect([put(8_000 - 512), put(1)]).toEqual([true, false]);
    }),
    { numRuns: 300 },
  );
});

test('has no more on its way than it may, though one that is sent again is refused for the time before', () => {
  submits.limit(BOUNDS);
  add('a');
  submits.take(0);
  submits.resend();
  const [a] = submits.all();
  if (a !== undefined) submits.rest(a, new RefusedError('QUEUE_FULL', 'full', 10), 10);
  expect(take(5)).toEqual([]);
  expect(take(10)).toEqual(['a']);
  submits.remove('a');
  for (const id of ['b', 'c', 'd', 'e']) add(id, 10);
  expect(take(10)).toEqual(['b', 'c', 'd']);
});
