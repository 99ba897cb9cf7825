// What a step of `npm test` says about itself, as numbers. Reading is kept apart from running, so that it is tested.

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** How a child ended: its exit code, or why there is none. */
export interface Exit {
  readonly ok: boolean;
  readonly timedOut: boolean;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

interface PlaywrightReport {
  readonly stats: {
    readonly expected: number;
    readonly unexpected: number;
    readonly flaky: number;
    readonly skipped: number;
  };
  readonly errors: readonly unknown[];
}

/** A step that is not made of tests counts as one. */
export function tallyCheck(exit: Exit): Tally {
  return { passed: exit.ok ? 1 : 0, failed: exit.ok ? 0 : 1, skipped: 0 };
}

/** Files that failed without any failed test of their own (they do not load, or a hook threw) count as one each. */
export function tallyVitest(report: VitestReport): Tally {
  const silent = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + silent.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** A test that passed only when tried again has failed. */
export function tallyPlaywright({ stats, errors }: PlaywrightReport): Tally {
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
  };
}

/**
 * What a step of tests amounts to: a bad end that no test accounts for is a failure, and so is a step in which no
 * test ran. Where no skips are allowed each skipped test is a failure.
 */
export function settleTests(tally: Tally | undefined, exit: Exit, skipsAllowed: boolean): Tally {
  const counted = tally ?? { passed: 0, failed: 0, skipped: 0 };
  const failed = counted.failed + (skipsAllowed ? 0 : counted.skipped);
  const unaccounted = failed === 0 && (!exit.ok || exit.timedOut || counted.passed === 0);
  return { ...counted, failed: failed + (unaccounted ? 1 : 0) };
}

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (all, one) => ({
      passed: all.passed + one.passed,
      failed: all.failed + one.failed,
      skipped: all.skipped + one.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}
