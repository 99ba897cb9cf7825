import { ManualClock } from '@celeriac/runtime/testing';
import { beforeEach, expect, test } from 'vitest';
import { ProgressGate } from './progress-gate.ts';

let clock: ManualClock;
let told: unknown[];
let gate: ProgressGate;
beforeEach(() => {
  clock = new ManualClock();
  told = [];
  gate = new ProgressGate(clock, (state, meta) => told.push(`${state} ${String(meta)}`));
});

test('the first is told at once, and of a flood the newest, soon', async () => {
  for (let step = 0; step < 1_000; step++) gate.show('P', String(step));
  expect(told).toEqual(['P 0']);
  await clock.advance(5);
  expect(told).toEqual(['P 0', 'P 999']);
  expect(clock.timers).toBe(0);
});

test('those that come slowly are all told', async () => {
  for (let step = 0; step < 3; step++) {
    gate.show('P', String(step));
    await clock.advance(5);
  }
  expect(told).toEqual(['P 0', 'P 1', 'P 2']);
});

test('the last one is told before the end', () => {
  gate.show('P', '1');
  gate.show('P', '2');
  gate.flush();
  gate.flush();
  expect(told).toEqual(['P 1', 'P 2']);
  expect(clock.timers).toBe(0);
});
