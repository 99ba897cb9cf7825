import { describe, expect, it } from 'vitest';
import {
  playwrightFailures,
  settleTests,
  sum,
  tallyCheck,
  tallyPlaywright,
  tallyVitest,
  vitestFailures,
} from './test-steps.ts';

const good = { ok: true, timedOut: false };
const bad = { ok: false, timedOut: false };

describe('a check', () => {
  it('counts as one', () => {
    expect(tallyCheck(good)).toEqual({ passed: 1, failed: 0, skipped: 0 });
    expect(tallyCheck(bad)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe("vitest's report", () => {
  const numbers = { numPassedTests: 3, numFailedTests: 1, numPendingTests: 1, numTodoTests: 1 };
  const failing = {
    name: 'a.test.ts',
    status: 'failed',
    assertionResults: [
      { status: 'failed', fullName: 'adds' },
      { status: 'passed', fullName: 'takes away' },
    ],
  };
  const broken = { name: 'b.test.ts', status: 'failed', assertionResults: [] };

  it('is taken as it says', () => {
    expect(tallyVitest({ ...numbers, testResults: [failing] })).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  it('adds a failure for a file that failed without a failed test', () => {
    expect(tallyVitest({ ...numbers, testResults: [failing, broken] }).failed).toBe(2);
  });

  it('names what failed', () => {
    expect(vitestFailures({ testResults: [failing, broken] })).toEqual([
      { file: 'a.test.ts', title: 'adds' },
      { file: 'b.test.ts', title: '' },
    ]);
  });
});

describe("playwright's report", () => {
  it('counts flaky tests and errors outside tests as failures', () => {
    const report = { stats: { expected: 4, unexpected: 1, flaky: 1, skipped: 2 }, errors: ['no such file'] };
    expect(tallyPlaywright(report)).toEqual({ passed: 4, failed: 3, skipped: 2 });
  });

  it('names what failed, however deep', () => {
    const spec = { title: 'opens', file: 'page.spec.ts', ok: false };
    const fine = { title: 'closes', file: 'page.spec.ts', ok: true };
    expect(playwrightFailures({ suites: [{ specs: [fine], suites: [{ specs: [spec] }] }] })).toEqual([
      { file: 'page.spec.ts', title: 'opens' },
    ]);
  });
});

describe('a step of tests', () => {
  const passed = { passed: 5, failed: 0, skipped: 0 };

  it('passes when its child ended well and a test ran', () => {
    expect(settleTests(passed, good, true)).toEqual(passed);
  });

  it.each([
    ['has no report', undefined, good],
    ['ran no test', { passed: 0, failed: 0, skipped: 0 }, good],
    ['ended badly though each test passed', passed, bad],
    ['ran over its time though each test passed', passed, { ok: false, timedOut: true }],
  ])('fails once when it %s', (_, tally, exit) => {
    expect(settleTests(tally, exit, true).failed).toBe(1);
  });

  it('does not count a bad end twice', () => {
    expect(settleTests({ passed: 5, failed: 2, skipped: 0 }, bad, true).failed).toBe(2);
  });

  it('fails for each skipped test where no skips are allowed', () => {
    const skipped = { passed: 5, failed: 0, skipped: 2 };
    expect(settleTests(skipped, good, true).failed).toBe(0);
    expect(settleTests(skipped, good, false).failed).toBe(2);
  });
});

it('sums', () => {
  const one = { passed: 1, failed: 2, skipped: 3 };
  expect(sum([one, one])).toEqual({ passed: 2, failed: 4, skipped: 6 });
  expect(sum([])).toEqual({ passed: 0, failed: 0, skipped: 0 });
});
