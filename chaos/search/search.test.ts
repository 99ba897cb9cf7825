import { describe, expect, test } from 'vitest';
import { search } from './search.ts';
import { submittedTask } from './submitted.ts';

/** Deeper by `npm run search`. */
const DEPTH = 10;

describe('every order of things, to a depth', () => {
  test.each([true, false])('keeps P1 to P4, with acksLate %s', (acksLate) => {
    const found = search({ task: submittedTask('t', { acksLate }), faults: 1 }, DEPTH);
    expect(found.breach).toBeUndefined();
    expect(found.states).toBeGreaterThan(5_000);
  });

  test('begins with one, and ends where nothing can happen any more', () => {
    expect(search({ task: submittedTask('t'), faults: 0 }, 0)).toEqual({
      states: 1,
      steps: 0,
      depth: 0,
      breach: undefined,
    });
  });
});

describe('the search finds the shortest way to what is broken on purpose', () => {
  test('a receipt that does not wait for the commit', () => {
    const { breach } = search(
      { task: submittedTask('t'), faults: 1, broken: 'receipt before commit' },
      DEPTH,
    );
    expect(breach).toEqual({
      what: 'P1: it was accepted, and is not on the disk',
      way: ['the client submits', 'the gateway takes the submit'],
    });
  });

  test('a report that is believed whoever sends it', () => {
    const { breach } = search({ task: submittedTask('t'), faults: 1, broken: 'no fence' }, 11);
    expect(breach?.what).toBe('P3: n0 was recorded while n1 held the lease');
    expect(breach?.way.at(-1)).toBe('the gateway hears done of worker 0');
  });

  test('a body that may run once, and is entered before its start is on the disk', {
    timeout: 60_000,
  }, () => {
    const rules = {
      task: submittedTask('t', { acksLate: false }),
      faults: 1,
      broken: 'entered before its start is kept',
    } as const;
    expect(search(rules, DEPTH).breach?.what).toBe('P3: it may run once, and was entered 2 times');
  });
});
