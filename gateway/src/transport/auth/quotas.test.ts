import type { EventItem, RefusedReceipt, SubmitItem } from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bus } from '../../events/bus.ts';
import { type Grant, OPEN_GRANT } from './grant.ts';
import { type Quota, Quotas } from './quotas.ts';

const LIMITS = { callsPerSecond: 20, callsInFlight: 3, connections: 2, watches: 2 };
const SUBJECTS: readonly Grant[] = ['ann', 'bob'].map((subject) => ({
  ...OPEN_GRANT,
  subject,
  scopes: ['call:*'],
}));
const ID = fc.constantFrom('t0', 't1', 't2', 't3', 't4');

function call(id: string): SubmitItem {
  return [id, 'add', '[]', null, 0];
}

function ended(id: string): EventItem {
  return [id, 2, 0, 'SUCCESS', 'completed', 1, 'w', 0, '1'];
}

const which = fc.nat(10);
const step = fc.oneof(
  fc.tuple(fc.constantFrom('comes', 'leaves', 'watches', 'watches no more', 'lands'), which, ID),
  fc.tuple(fc.constantFrom('answered', 'existed', 'ends', 'passes'), which, ID),
  fc.tuple(fc.constant('calls'), which, ID),
);

/** One connection, as its session uses its quota. */
interface Guest {
  readonly quota: Quota;
  readonly frames: (readonly SubmitItem[])[];
  watches: number;
}

test('nothing is remembered of a subject whose calls have ended and whose connections are gone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60, size: 'max' }),
      fc.constantFrom('all go', 'calls last', 'stops'),
      async (steps, end) => {
        const clock = new ManualClock();
        const bus = new Bus();
        const quotas = new Quotas(clock, bus, LIMITS);
        const guests: Guest[] = [];
        /** Accepted as new, and running. */
        const running = new Set<string>();
        const leave = ({ quota, frames, watches }: Guest): void => {
          // In the order of a session's end: receipts for what is on its way come afterwards.
          quota.leave();
          quota.giveWatches(watches);
          for (const frame of frames) quota.landCalls(frame);
          quota.leave();
        };
        for (const [what, number, id] of steps) {
          const guest = guests[number % Math.max(1, guests.length)];
          if (what === 'comes') {
            try {
              const quota = quotas.enter(SUBJECTS[number % 2] ?? OPEN_GRANT);
              guests.push({ quota, frames: [], watches: 0 });
            } catch {
              expect(guests.length).toBeGreaterThanOrEqual(LIMITS.connections);
            }
          } else if (what === 'passes') await clock.advance(number * 10);
          else if (what === 'ends') {
            running.delete(id);
            bus.publish(id, () => [ended(id)]);
          } else if (guest === undefined) continue;
          else if (what === 'leaves') leave(guests.splice(guests.indexOf(guest), 1)[0] ?? guest);
          else if (what === 'watches') guest.watches += guest.quota.takeWatch() ? 1 : 0;
          else if (what === 'watches no more' && guest.watches > 0) {
            guest.watches -= 1;
            guest.quota.giveWatches(1);
          } else if (what === 'calls') {
            const refused: RefusedReceipt[] = [];
            const frame = guest.quota.takeCalls([call(id), call(`t${number}`)], refused);
            expect(frame.length + refused.length).toBe(2);
            guest.frames.push(frame);
          } else if (what === 'lands')
            for (const frame of guest.frames.splice(0, 1)) guest.quota.landCalls(frame);
          else if (what === 'answered' || what === 'existed') {
            // Only what is on its way is answered: as new, or as there before, which is taken back at once.
            if (!guest.frames.some((frame) => frame.some(([other]) => other === id))) continue;
            guest.quota.answered(id);
            if (what === 'existed') guest.quota.existed([id]);
            else running.add(id);
          }
        }
        if (end === 'stops') quotas.stop();
        if (end === 'calls last') {
          // A subject of whom a call runs is remembered, and the others are not.
          for (const guest of guests.splice(0)) leave(guest);
          await clock.advance(10_000);
          expect(quotas.size === 0).toBe(bus.size === 0);
        }
        for (const id of new Set([
          ...running,
          't0',
          't1',
          't2',
          't3',
          't4',
          ...Array.from({ length: 11 }, (_, n) => `t${n}`),
        ]))
          bus.publish(id, () => [ended(id)]);
        for (const guest of guests.splice(0)) leave(guest);
        if (end !== 'stops') await clock.advance(10_000);
        expect([quotas.size, clock.timers, bus.size]).toEqual([0, 0, 0]);
        if (end === 'stops') return;

        const quota = quotas.enter(SUBJECTS[0] ?? OPEN_GRANT);
        const again = ['a', 'b', 'c', 'd'].map(call);
        expect(quota.takeCalls(again, [])).toHaveLength(LIMITS.callsInFlight);
        expect([quota.takeWatch(), quota.takeWatch(), quota.takeWatch()]).toEqual([true, true, false]);
      },
    ),
    { numRuns: 200 },
  );
});

test('a connection that is one too many leaves nothing of its subject behind', () => {
  const quotas = new Quotas(new ManualClock(), new Bus(), { ...LIMITS, connections: 0 });
  expect(() => quotas.enter(SUBJECTS[0] ?? OPEN_GRANT)).toThrow('this subject has more than 0 connections');
  expect(quotas.size).toBe(0);
});

test('calls that go over the rate are given back to those that may be in flight', () => {
  const quotas = new Quotas(new ManualClock(), new Bus(), { ...LIMITS, callsPerSecond: 1 });
  const quota = quotas.enter(SUBJECTS[0] ?? OPEN_GRANT);
  const refused: RefusedReceipt[] = [];
  const taken = quota.takeCalls(['a', 'b', 'c'].map(call), refused);
  expect([taken.length, refused.map(([, , code]) => code)]).toEqual([1, ['RATE_LIMITED', 'RATE_LIMITED']]);
  quota.takeCalls(['d', 'e', 'f'].map(call), refused);
  // Two of those have room beside the one that is on its way, and no token.
  expect(
    refused
      .slice(2)
      .map(([, , code]) => code)
      .sort(),
  ).toEqual(['RATE_LIMITED', 'RATE_LIMITED', 'TOO_MANY_CALLS']);
});
