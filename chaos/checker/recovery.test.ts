import { expect, test } from 'vitest';
import { Story } from '../test/story.ts';
import { digest } from './digest.ts';
import { type Recovery, recoveryOf } from './recovery.ts';

function recovery(story: Story): Recovery {
  return recoveryOf(digest(story.entries));
}

/** A run that a kill at 1,000 cuts short, and the one that comes after it. */
function killed(): Story {
  return new Story()
    .calls('a', 10)
    .runs('a', { from: 20 })
    .strikes('worker-kill', 'worker-1', 1_000, 1_500)
    .sees('a', 6_050, ['PENDING submitted 0', 'STARTED started 1', 'PENDING worker-lost 1'])
    .runs('a', { attempt: 2, by: 'worker-2', from: 6_100, to: 6_200 });
}

test('a killed worker: when its task was free, and when it ran again', () => {
  expect(recovery(killed()).released.get('worker-kill')).toEqual([5_050]);
  expect(recovery(killed()).restarted.get('worker-kill')).toEqual([5_100]);
});

test('a task that nobody watched was free at the latest when it ran again', () => {
  const story = new Story()
    .calls('a', 10)
    .runs('a', { from: 20 })
    .strikes('worker-kill', 'worker-1', 1_000, 1_500)
    .runs('a', { attempt: 2, by: 'worker-2', from: 4_100, to: 4_200 })
    .sees('a', 21_000, ['PENDING submitted 0', 'STARTED started 1', 'PENDING worker-lost 1'], null, 'reader');
  expect(recovery(story).released.get('worker-kill')).toEqual([3_100]);
});

test('where a worker was idle from the release on, the time until the next run counts by itself', () => {
  const idle = killed().say(0, 'worker-2', {
    kind: 'worker',
    phase: 'up',
    pool: 'inline',
    concurrency: 8,
    prefetch: 0,
  });
  expect(recovery(idle).elsewhere.get('worker-kill')).toEqual([5_100]);
  const busy = idle.calls('b', 10).runs('b', { by: 'worker-2', from: 5_000, to: 6_080 });
  expect(recovery(busy).elsewhere.get('worker-kill')).toBeUndefined();
  expect(recovery(killed()).elsewhere.get('worker-kill')).toBeUndefined();
});

test('where the gateway was struck meanwhile, its release says nothing of the worker', () => {
  const story = killed().strikes('gateway-kill', 'gateway', 3_000, 3_200);
  expect(recovery(story).released.get('worker-kill')).toBeUndefined();
  expect(recovery(story).restarted.get('worker-kill')).toEqual([5_100]);
});

test('a run that came to its own end was not cut, and one is cut by one fault', () => {
  const story = killed()
    .calls('b', 10)
    .runs('b', { from: 20, to: 900, outcome: 'retry' })
    .runs('b', { attempt: 2, by: 'worker-2', from: 2_000, to: 2_010 })
    .strikes('worker-kill', 'worker-1', 8_000, 8_500);
  expect(recovery(story).restarted.get('worker-kill')).toEqual([5_100]);
});

/** A gateway that is killed at 1,000, and its client's return. */
function restarted(): Story {
  return new Story()
    .say(100, 'client-1', { kind: 'client', phase: 'up' })
    .strikes('gateway-kill', 'gateway', 1_000, 1_400)
    .say(1_000, 'client-1', { kind: 'client', phase: 'down' })
    .say(1_900, 'client-1', { kind: 'client', phase: 'up' });
}

test('clients of a killed gateway: from its return until each has a session, but for those that were struck, or are new', () => {
  const story = restarted()
    .say(100, 'client-2', { kind: 'client', phase: 'up' })
    .strikes('partition', 'client-2', 900, 5_000)
    .say(6_000, 'client-2', { kind: 'client', phase: 'up' })
    .say(9_000, 'client-3', { kind: 'client', phase: 'up' });
  expect(recovery(story).resumed.get('gateway-kill')).toEqual([500]);
});

test('a gateway that something else strikes as well is not back when it has been restarted', () => {
  const story = restarted().strikes('disk-full', 'gateway', 900, 3_000);
  expect(recovery(story).resumed.get('gateway-kill')).toBeUndefined();
});
