import { ManualClock } from '@celeriac/runtime/testing';
import { beforeEach, expect, test } from 'vitest';
import { readClock, SessionLease } from './lease.ts';

const LEASE_MS = 30_000;

let clock: ManualClock;
let lost: number;
let lease: SessionLease;
beforeEach(() => {
  clock = new ManualClock();
  lost = 0;
  lease = new SessionLease(clock, () => lost++);
});

test('is not valid before it is granted', () => {
  expect(lease.valid).toBe(false);
  lease.check();
  expect(lost).toBe(0);
});

test('counts from when the beat was sent, and ends two seconds early', async () => {
  const sent = readClock(clock);
  await clock.advance(4_000);
  lease.grant(sent, LEASE_MS);
  await clock.advance(23_999);
  expect([lease.valid, lost]).toEqual([true, 0]);
  await clock.advance(1);
  expect([lease.valid, lost]).toEqual([false, 1]);
  expect(clock.timers).toBe(0);
});

test('each grant moves the end', async () => {
  for (let beat = 0; beat < 10; beat++) {
    lease.grant(readClock(clock), LEASE_MS);
    await clock.advance(20_000);
  }
  expect([lease.valid, lost]).toEqual([true, 0]);
});

test('a wall clock set forward ends it, one set back does not prolong it', async () => {
  lease.grant(readClock(clock), LEASE_MS);
  clock.jumpWall(28_000);
  expect(lease.valid).toBe(false);
  lease.grant(readClock(clock), LEASE_MS);
  clock.jumpWall(-3_600_000);
  await clock.advance(28_000);
  expect([lease.valid, lost]).toEqual([false, 1]);
});

test('a grant that comes with the end wins: what is in the socket is read before it is judged', async () => {
  const sent = readClock(clock);
  lease.grant(sent, LEASE_MS);
  clock.after(28_000, () => lease.grant(readClock(clock), LEASE_MS));
  await clock.advance(28_000);
  expect([lease.valid, lost]).toEqual([true, 0]);
});
