/** A checker that has never failed proves nothing: runs, their causes and their times, against histories that are wrong. */
import { describe, expect, test } from 'vitest';
import { GRACE_MS, LEASE_MS, STALL_MS, Story } from '../test/story.ts';
import { violationsOf } from '../test/violations.ts';
import { check } from './report.ts';

describe('I5, no run without a cause', () => {
  function twice(from: number): Story {
    return new Story()
      .calls('a', 10)
      .runs('a', { from: 20 })
      .runs('a', { attempt: 2, by: 'worker-2', from, to: from + 9 });
  }

  test('a second run that nothing explains', () => {
    const story = twice(60);
    expect(violationsOf(story)).toContain(
      'I5: a began again at 60 on worker-2 as attempt 2: nothing explains it',
    );
    expect(check(story.entries).figures.unexplainedDuplicates).toBe(1);
  });

  test('a kill of the worker explains it', () => {
    const story = twice(6_000).strikes('worker-kill', 'worker-1', 30, 500);
    expect(violationsOf(story)).toEqual([]);
    expect(check(story.entries).figures).toMatchObject({
      unexplainedDuplicates: 0,
      explainedDuplicates: { 'worker-kill': 1 },
    });
  });

  test('a worker that was asked to leave, and is not gone yet when the run begins, explains it', () => {
    const story = new Story()
      .calls('a', 10)
      .strikes('worker-stop', 'worker-1', 1_000, 20_000)
      .runs('a', { from: 9_000, to: 9_100 })
      .runs('a', { attempt: 2, by: 'worker-2', from: 21_000, to: 21_010 });
    expect(violationsOf(story)).toEqual([]);
  });

  test('a kill of another worker does not', () => {
    expect(violationsOf(twice(6_000).strikes('worker-kill', 'worker-3', 30, 500))).toContain(
      'I5: a began again at 6000 on worker-2 as attempt 2: nothing explains it',
    );
  });

  test('nor a kill of the gateway, whose workers keep their leases', () => {
    expect(violationsOf(twice(6_000).strikes('gateway-kill', 'gateway', 3_000, 3_500))).toContain(
      'I5: a began again at 6000 on worker-2 as attempt 2: nothing explains it',
    );
  });

  test('but one so early that the lease was not yet on the disk does', () => {
    expect(violationsOf(twice(6_000).strikes('gateway-kill', 'gateway', 60, 500))).toEqual([]);
  });

  test('a gateway that stood still for longer than a lease is no cause, while its workers hung on', () => {
    expect(violationsOf(twice(6_000).strikes('gateway-stall', 'gateway', 30, 10_000))).toContain(
      'I5: a began again at 6000 on worker-2 as attempt 2: nothing explains it',
    );
  });

  test('one kill explains one more run, not two', () => {
    const story = twice(6_000)
      .strikes('worker-kill', 'worker-1', 30, 500)
      .runs('a', { attempt: 3, by: 'worker-3', from: 7_000, to: 7_010 });
    expect(violationsOf(story)).toContain(
      'I5: a began again at 7000 on worker-3 as attempt 3: nothing explains it',
    );
  });

  test('a retry is its own cause', () => {
    const story = new Story()
      .calls('a', 10)
      .runs('a', { from: 20, to: 30, outcome: 'retry' })
      .runs('a', { attempt: 2, from: 40, to: 50 });
    expect(violationsOf(story)).toEqual([]);
  });

  test('what runs at most once is not run again for a fault', () => {
    const story = new Story()
      .calls('a', 10, { once: true })
      .runs('a', { from: 20 })
      .strikes('worker-kill', 'worker-1', 30, 500)
      .runs('a', { attempt: 2, by: 'worker-2', from: 6_000, to: 6_010 });
    expect(violationsOf(story)).toEqual([
      'I5: a began again at 6000 on worker-2 as attempt 2: it runs at most once (worker-kill)',
    ]);
  });
});

describe('I7, never early, never after a refusal', () => {
  test('a task that begins before its time', () => {
    const story = new Story().calls('a', 10, { dueAt: 1_000 }).runs('a', { from: 999, to: 1_010 });
    expect(violationsOf(story)).toEqual(['I7: a began 1 ms before its time']);
  });

  test('one whose own history says so', () => {
    const story = new Story()
      .calls('a', 10, { dueAt: 1_000 })
      .sees('a', 2_000, ['PENDING submitted 0', 'STARTED started 1 998']);
    expect(violationsOf(story)).toContain('I7: a began 2 ms before its time');
  });

  test('but one that was called again, since nobody knew whether it was kept, has the time of its first call', () => {
    const story = new Story()
      .calls('a', 10, { dueAt: 1_000 }, null)
      .runs('a', { from: 1_005, to: 1_010 })
      .calls('a', 30_010, { dueAt: 31_000 });
    expect(violationsOf(story).filter((what) => what.startsWith('I7'))).toEqual([]);
  });

  test("one that begins before its time where other clocks jumped, but not where the gateway's did meanwhile", () => {
    const jumped = (target: string) =>
      new Story()
        .calls('a', 10, { dueAt: 1_000 })
        .strikes('clock-jump', target, 500, 60_000)
        .runs('a', { from: 900, to: 910 });
    expect(violationsOf(jumped('client-1'))).toContain('I7: a began 95 ms before its time');
    expect(violationsOf(jumped('gateway'))).toEqual([]);
  });

  test('a run after its revoke was confirmed as prevented', () => {
    const story = new Story().calls('a', 10).prevents('a', 20).runs('a', { from: 30, to: 40 });
    expect(violationsOf(story)).toContain('I7: a began at 30, and was prevented at 21');
  });

  test('an expiry in the middle of a run', () => {
    const story = new Story()
      .calls('a', 10, { expiresAt: 30 })
      .runs('a', { from: 20 })
      .sees('a', 40, ['PENDING submitted 0', 'STARTED started 1', 'REVOKED expired 1']);
    expect(violationsOf(story)).toContain('I7: a expired while attempt 1 ran');
  });
});

describe('I8, poison', () => {
  function killer(runs: number): Story {
    const story = new Story().calls('a', 10, { poison: true });
    for (let attempt = 1; attempt <= runs; attempt++) {
      const from = attempt * 1_000;
      story.runs('a', { attempt, from }).strikes('worker-kill', 'worker-1', from + 1, from + 100);
    }
    return story;
  }
  const losses = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, number) => [
      `STARTED started ${number + 1}`,
      `PENDING worker-lost ${number + 1}`,
    ]).flat();

  test('one that is given up after its deliveries', () => {
    const story = killer(3).sees('a', 9_000, [
      'PENDING submitted 0',
      ...losses(2),
      'STARTED started 3',
      'FAILURE poisoned 3',
    ]);
    expect(violationsOf(story)).toEqual([]);
  });

  test('one that is blamed for more losses than its limit', () => {
    const story = killer(4).sees('a', 9_000, ['PENDING submitted 0', ...losses(4)]);
    expect(violationsOf(story)).toContain('I8: a was lost 4 times, 3 are the limit');
  });

  test.each(['PENDING worker-lost', 'FAILURE poisoned'])(
    'and not one that was lost once with another task (%s), which was told as started and had not begun',
    (end) => {
      const lostAt = (count: number, at: number): readonly string[] =>
        losses(count).map((line) => (line.endsWith('4') ? `${line} ${at}` : `${line} 1`));
      const beside = (at: number): Story =>
        killer(4)
          .sees('a', 9_000, ['PENDING submitted 0 1', ...lostAt(4, at)])
          .calls('b', 10)
          .sees('b', 9_000, ['PENDING submitted 0 1', 'STARTED started 1 4900', `${end} 1 5000`]);
      expect(violationsOf(beside(5_000))).not.toContainEqual(expect.stringContaining('I8: a'));
      expect(violationsOf(beside(5_001))).toContain('I8: a was lost 4 times, 3 are the limit');
      const began = beside(5_000).runs('b', { from: 4_900 });
      expect(violationsOf(began)).toContain('I8: a was lost 4 times, 3 are the limit');
    },
  );

  test('a neighbour that is blamed although nothing struck it', () => {
    const story = new Story()
      .calls('a', 10)
      .runs('a', { from: 20, to: 30 })
      .sees('a', 9_000, ['PENDING submitted 0', 'STARTED started 1', 'FAILURE poisoned 1']);
    expect(violationsOf(story)).toContain('I8: a ended as poison, and 0 faults struck its runs');
  });

  test('one that was lost with three workers that were killed, with the last before its body began', () => {
    const story = new Story()
      .calls('a', 10)
      .runs('a', { from: 1_000 })
      .strikes('worker-kill', 'worker-1', 1_001, 1_100)
      .runs('a', { attempt: 2, from: 7_000 })
      .strikes('worker-kill', 'worker-1', 7_001, 7_100)
      .strikes('worker-kill', 'worker-2', 13_001, 13_100)
      .sees('a', 19_000, ['PENDING submitted 0', ...losses(2), 'STARTED started 3', 'FAILURE poisoned 3']);
    expect(violationsOf(story)).toEqual([]);
  });

  /** Two tasks that were lost together twice, after a second each; then each begins on another worker. */
  function suspects(begins: readonly [a: number, b: number], end?: number): Story {
    const story = new Story()
      .strikes('worker-kill', 'worker-1', 2_000, 2_100)
      .strikes('worker-kill', 'worker-2', 12_000, 12_100);
    for (const [position, id] of ['a', 'b'].entries()) {
      const [from = 0] = begins.slice(position);
      story
        .calls(id, 10)
        .runs(id, { from: 1_000 })
        .runs(id, { attempt: 2, by: 'worker-2', from: 11_000 })
        .runs(id, { attempt: 3, by: 'worker-3', from, to: id === 'a' && end !== undefined ? end : 60_000 })
        .sees(id, 60_001, ['PENDING submitted 0', ...losses(2), 'STARTED started 3', 'SUCCESS completed 3']);
    }
    return story;
  }
  const together = 'I8: b was lost twice, and began on worker-3 at 20500 beside a, which stands trial';

  test('a suspect that begins while another one stands trial', () => {
    expect(violationsOf(suspects([20_000, 20_500]))).toContain(together);
  });

  test('and not one that comes when that has ended, or has run for longer than before', () => {
    expect(violationsOf(suspects([20_000, 20_500], 20_400))).not.toContain(together);
    expect(violationsOf(suspects([20_000, 22_500]))).not.toContainEqual(
      expect.stringContaining('stands trial'),
    );
  });

  test('a neighbour that was lost beside poison more often than its limit is not charged', () => {
    const story = new Story().calls('a', 10).sees('a', 9_000, ['PENDING submitted 0', ...losses(4)]);
    expect(violationsOf(story)).not.toContainEqual(expect.stringContaining('was lost 4 times'));
  });
});

describe('I9, what can run is run', () => {
  test('a task that waits beside an idle worker', () => {
    const until = 11 + STALL_MS + 1;
    const story = new Story()
      .workerUp(0)
      .calls('a', 10)
      .runs('a', { from: until, to: until + 10 });
    expect(violationsOf(story)).toEqual([
      `I9: nothing began from 11 to ${until}, though a task and a worker were ready`,
    ]);
    expect(check(story.entries).figures.longestStallMs).toBe(STALL_MS + 1);
  });

  test('one that waits because its worker is busy', () => {
    const story = new Story()
      .workerUp(0)
      .calls('a', 10)
      .calls('b', 10)
      .runs('a', { from: 20, to: 9_000 })
      .runs('b', { from: 9_010, to: 9_020 });
    expect(violationsOf(story)).toEqual([]);
  });

  test('one that ended without having run, and nobody was there to see it', () => {
    const story = new Story().workerUp(0).calls('a', 10).reads('a', 90_000, { state: 'FAILURE' });
    expect(violationsOf(story)).toEqual([]);
  });

  test('one that waits for its time', () => {
    const story = new Story()
      .workerUp(0)
      .calls('a', 10, { dueAt: 9_000 })
      .runs('a', { from: 9_010, to: 9_020 });
    expect(violationsOf(story)).toEqual([]);
  });

  test('a fault allows a longer wait, and that one has an end too', () => {
    const story = (from: number): Story =>
      new Story()
        .workerUp(0)
        .calls('a', 10)
        .strikes('cut', 'worker-1', 20, 20)
        .runs('a', { from, to: from + 1 });
    expect(violationsOf(story(34_000))).toEqual([]);
    expect(violationsOf(story(36_000))).toHaveLength(1);
  });

  test('tasks that were lost with their worker and come back one by one', () => {
    const story = new Story()
      .workerUp(0, 'worker-1', 2)
      .strikes('worker-kill', 'worker-1', 100, 200)
      .workerUp(200, 'worker-1', 2);
    for (const [id, from] of [
      ['a', 5_200],
      ['b', 25_200],
    ] as const)
      story
        .calls(id, 10)
        .runs(id, { from: 50 })
        .sees(id, 5_150, ['PENDING submitted 0', 'STARTED started 1', 'PENDING worker-lost 1'])
        .runs(id, { attempt: 2, from, to: from + 20_000 });
    expect(violationsOf(story)).toEqual([
      'I9: nothing began from 5200 to 25200, though a task and a worker were ready',
    ]);
  });

  test('one that is back in its queue is waited for again', () => {
    const story = new Story()
      .workerUp(0)
      .calls('a', 10)
      .runs('a', { from: 20, to: 30, outcome: 'requeue' })
      .sees('a', 35, ['PENDING submitted 0', 'STARTED started 1', 'PENDING requeued 1'])
      .runs('a', { attempt: 2, from: 4_000, to: 4_010 });
    expect(violationsOf(story)).toEqual([
      'I9: nothing began from 35 to 4000, though a task and a worker were ready',
    ]);
  });
});

describe('I10, nothing is left over', () => {
  test('a lease that nobody holds any more', () => {
    expect(violationsOf(new Story().leaves(50, { 'attempts held': 1, 'places asked for': 0 }))).toEqual([
      'I10: 1 attempts held are left at 50',
    ]);
  });

  test('more memory than the limit', () => {
    expect(violationsOf(new Story().leaves(50, {}, 1_001))).toEqual([
      'I10: the gateway had 1001 bytes at 50, 1000 are the limit',
    ]);
  });
});

describe('I11, no two runs at once', () => {
  test('two runs at once where a worker was only killed', () => {
    const story = new Story()
      .calls('a', 10)
      .runs('a', { from: 20, to: 400 })
      .strikes('worker-kill', 'worker-2', 100, 200)
      .runs('a', { attempt: 2, by: 'worker-2', from: 50, to: 60 });
    expect(violationsOf(story)).toContain(
      'I11: a ran twice at once for 10 ms, and no fault lets a run outlive its lease',
    );
  });

  test('a worker that was cut off may run on, and the overlap is a figure', () => {
    const [from, to] = [20 + LEASE_MS + GRACE_MS, 60_000];
    const story = new Story()
      .calls('a', 10)
      .runs('a', { from: 20, to })
      .strikes('partition', 'worker-1', 30, to)
      .runs('a', { attempt: 2, by: 'worker-2', from, to: from + 100 });
    expect(violationsOf(story)).toEqual([]);
    expect(check(story.entries).figures.overlapMs).toBe(100);
  });
});
