/** A checker that has never failed proves nothing: what is known of tasks, against histories that are wrong. */
import { describe, expect, test } from 'vitest';
import { Story } from '../test/story.ts';
import { violationsOf } from '../test/violations.ts';
import { check } from './report.ts';

const DONE = ['PENDING submitted 0', 'STARTED started 1', 'SUCCESS completed 1'];

test('a task that is called, run, seen and read back breaks nothing', () => {
  const { violations, figures } = check(new Story().lives('a').lives('b').drains(99_000).entries);
  expect(violations).toEqual([]);
  expect(figures).toMatchObject({ attempted: 2, accepted: 2, lost: 0, executions: 2, handlesPending: 0 });
});

describe('I1, nothing accepted is lost', () => {
  test('a task that was accepted and is gone is lost', () => {
    const story = new Story()
      .calls('a', 10)
      .reads('a', 90_000, { known: false, state: 'PENDING' })
      .drains(99_000);
    expect(violationsOf(story)).toEqual(['I1: a was accepted and is gone']);
    expect(check(story.entries).figures.lost).toBe(1);
  });

  test('one that has not ended when all is drained is lost as well', () => {
    const story = new Story().calls('a', 10).reads('a', 90_000, { state: 'PENDING' }).drains(99_000);
    expect(violationsOf(story)).toEqual(['I1: a was accepted and is PENDING']);
  });

  test('a call that nobody got an answer to may be there or not, and is counted apart', () => {
    const story = new Story()
      .calls('a', 10, {}, null)
      .calls('b', 10, {}, null)
      .runs('b', { from: 20, to: 30 })
      .reads('a', 90_000, { known: false, state: 'PENDING' })
      .reads('b', 90_000)
      .drains(99_000);
    expect(violationsOf(story)).toEqual([]);
    expect(check(story.entries).figures).toMatchObject({
      accepted: 0,
      indeterminate: 2,
      recovered: 1,
      lost: 0,
    });
  });

  test('one that was taken without an answer must end all the same', () => {
    const story = new Story()
      .calls('a', 10, {}, null)
      .reads('a', 90_000, { state: 'PENDING' })
      .drains(99_000);
    expect(violationsOf(story)).toEqual(['I1: a was taken, though nobody was told, and has not ended']);
  });

  test('what a SUCCESS links to counts as accepted', () => {
    const story = new Story()
      .calls('a', 10, { links: ['next'] })
      .runs('a', { from: 20, to: 30 })
      .sees('a', 40, DONE)
      .reads('a', 90_000)
      .reads('next', 90_000, { known: false, state: 'PENDING' })
      .drains(99_000);
    expect(violationsOf(story)).toEqual(['I1: next was accepted and is gone']);
  });

  test('a handle that still waits after the drain hangs', () => {
    const story = new Story().lives('a').follows('a', 15).drains(99_000);
    expect(violationsOf(story)).toEqual(['I1: a handle of client-1 still waits for a']);
    expect(check(story.entries).figures.handlesPending).toBe(1);
  });

  test('a handle whose client was killed waits no more', () => {
    const story = new Story()
      .lives('a')
      .follows('a', 15)
      .strikes('client-kill', 'client-1', 16, 20)
      .drains(99_000);
    expect(violationsOf(story)).toEqual([]);
  });
});

describe('I2, nothing unexpected', () => {
  test('a run of a task that nobody called is unexpected', () => {
    const story = new Story().runs('ghost', { from: 20, to: 30 });
    expect(violationsOf(story)).toEqual(['I2: ghost was never asked for']);
    expect(check(story.entries).figures.unexpected).toBe(1);
  });

  test('a linked task after a FAILURE is unexpected', () => {
    const story = new Story()
      .calls('a', 10, { links: ['next'] })
      .runs('a', { from: 20, to: 30, outcome: 'failure' })
      .sees('a', 40, ['PENDING submitted 0', 'STARTED started 1', 'FAILURE error 1'])
      .runs('next', { from: 50, to: 60 });
    expect(violationsOf(story)).toEqual(['I2: next came after a, which ended FAILURE']);
  });

  test('one id that is accepted for two calls is a silent merge', () => {
    const story = new Story().lives('a').calls('a', 50, { content: 'work 2' });
    expect(violationsOf(story)).toEqual(['I2: a was accepted for work 1 and for work 2']);
  });

  test('one that was refused for its other content is not', () => {
    expect(violationsOf(new Story().lives('a').calls('a', 50, { content: 'work 2' }, 'ID_CONFLICT'))).toEqual(
      [],
    );
  });

  test('a conflict of a call with itself is wrong', () => {
    expect(violationsOf(new Story().lives('a').calls('a', 50, {}, 'ID_CONFLICT'))).toEqual([
      "I2: a was refused as another call's, and every call of it was the same",
    ]);
  });
});

describe('I3, one end', () => {
  test('two ends of one task, seen by two clients', () => {
    const story = new Story()
      .lives('a')
      .sees('a', 60, ['PENDING submitted 0', 'STARTED started 1', 'FAILURE worker-lost 1'], null, 'client-2');
    expect(violationsOf(story)).toContain(
      'I3: a ended SUCCESS in attempt 1 for client-1, FAILURE in 1 for client-2',
    );
  });

  test('two values of one SUCCESS', () => {
    const story = new Story().lives('a').reads('a', 91_000, { body: 'another value' });
    expect(violationsOf(story)).toEqual(['I3: a ended with value of a 1 worker-1 and with another value']);
  });

  test('an end that is taken back', () => {
    const story = new Story().lives('a').reads('a', 91_000, { state: 'PENDING', sequence: 4 });
    expect(violationsOf(story)).toEqual(['I3: a had ended SUCCESS, and is PENDING']);
  });
});

describe('I4, the outcome of the attempt that was current', () => {
  /** The first run was lost in a stall and reports late; the second one's report counts. */
  function late(shown: string): Story {
    return new Story()
      .calls('a', 10)
      .strikes('worker-stall', 'worker-1', 30, 40_000)
      .runs('a', { from: 20, to: 40_010, body: 'old', verdict: 'stale' })
      .runs('a', { by: 'worker-2', attempt: 2, from: 31_000, to: 31_010, body: 'new', verdict: 'applied' })
      .sees(
        'a',
        50_000,
        [
          'PENDING submitted 0',
          'STARTED started 1',
          'PENDING worker-lost 1',
          'STARTED started 2',
          'SUCCESS completed 2',
        ],
        shown,
      );
  }

  test('a late report that was refused changes nothing', () => {
    expect(violationsOf(late('new'))).toEqual([]);
    expect(check(late('new').entries).figures).toMatchObject({
      stale: 1,
      explainedDuplicates: { 'worker-stall': 1 },
    });
  });

  test('the value of a report that was refused as stale, shown as the result', () => {
    expect(violationsOf(late('old'))).toEqual([
      'I4: a ended SUCCESS with old, which no run of attempt 2 reported',
    ]);
  });

  test('a report that was confirmed, and a task that ended otherwise', () => {
    const story = new Story()
      .calls('a', 10)
      .runs('a', { from: 20, to: 30, verdict: 'applied' })
      .sees('a', 40, ['PENDING submitted 0', 'STARTED started 1', 'FAILURE worker-lost 1']);
    expect(violationsOf(story)).toEqual([
      'I4: a: attempt 1 was told that its success is recorded, and it ended FAILURE in attempt 1',
    ]);
  });

  test('a report that was confirmed, and a task without an end', () => {
    const story = new Story()
      .calls('a', 10)
      .runs('a', { from: 20, to: 30, verdict: 'applied' })
      .reads('a', 90_000, { state: 'STARTED' });
    expect(violationsOf(story)).toEqual(['I4: a: its outcome was confirmed, and it has none']);
  });
});

describe('I6, every line in order', () => {
  test('an event without its predecessor is a gap', () => {
    const story = new Story().lives('a').say(36, 'client-2', { kind: 'gap', id: 'a', expected: 2, got: 3 });
    expect(violationsOf(story)).toEqual(['I6: client-2 got line 3 of a where 2 was to come']);
    expect(check(story.entries).figures.eventGaps).toBe(1);
  });

  test('a handle that has skipped lines', () => {
    const lines = [['SUCCESS', 'completed', 35, 1]] as const;
    const story = new Story().lives('a').say(36, 'client-2', {
      kind: 'seen',
      watcher: 'h1',
      id: 'a',
      from: 2,
      lines,
      sequence: 3,
      body: null,
    });
    expect(violationsOf(story)).toEqual(['I6: a: client-2/h1 has lines up to 0 and then from 2']);
  });

  test('two handles that were shown different lines', () => {
    const story = new Story()
      .lives('a')
      .sees(
        'a',
        60,
        ['PENDING submitted 0', 'STARTED started 1', 'SUCCESS completed 1 61'],
        null,
        'client-2',
      );
    expect(violationsOf(story)).toContain(
      'I6: a: line 3 is SUCCESS,completed,35,1, and at 60 for client-2/client-2 a SUCCESS,completed,61,1',
    );
  });

  test('a history that is no path of the table', () => {
    const story = new Story().calls('a', 10).sees('a', 20, ['PENDING submitted 0', 'SUCCESS started 1']);
    expect(violationsOf(story)).toContain('I6: a: line 2 is no legal step: PENDING SUCCESS');
  });

  test('an attempt that is counted back', () => {
    const story = new Story()
      .calls('a', 10)
      .sees('a', 20, ['PENDING submitted 0', 'STARTED started 2', 'PENDING released 2', 'STARTED started 1']);
    expect(violationsOf(story)).toContain('I6: a: attempt 2 was followed by 1');
  });
});
