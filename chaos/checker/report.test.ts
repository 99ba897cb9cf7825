import { expect, test } from 'vitest';
import { Story } from '../test/story.ts';
import { check, describeReport as told } from './report.ts';

test('a report names every figure, and what is broken by which invariant', () => {
  const story = new Story()
    .lives('a')
    .calls('b', 10, {}, 'QUEUE_FULL')
    .calls('c', 10)
    .reads('c', 90_000, { known: false, state: 'PENDING' })
    .strikes('gateway-kill', 'gateway', 5_000, 5_200)
    .drains(99_000);
  const lines = told(check(story.entries)).split('\n');
  expect(lines).toContain('seed: 1');
  expect(lines).toContain('attempted: 3');
  expect(lines).toContain('lost: 1');
  expect(lines).toContain('unexplained duplicates: 0');
  expect(lines).toContain('longest stall in ms: 0');
  expect(lines).toContain('refused: QUEUE_FULL 1');
  expect(lines).toContain('faults: gateway-kill 1');
  expect(lines).toContain('BROKEN I1: c was accepted and is gone');
});

test('recovery is how long what a kill cut short took to begin again', () => {
  const story = new Story()
    .calls('a', 10)
    .runs('a', { from: 20 })
    .strikes('worker-kill', 'worker-1', 1_000, 1_500)
    .runs('a', { attempt: 2, by: 'worker-2', from: 6_100, to: 6_200 });
  expect(check(story.entries).figures.restarted['worker-kill']).toEqual({
    count: 1,
    p50Ms: 5_100,
    p99Ms: 5_100,
    maxMs: 5_100,
  });
});
