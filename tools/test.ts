// `npm test`: everything that must hold, one step after another, and at the end how much of it did.
//
// A step goes on after another failed. No test is tried twice: one that fails now and then is a defect. Tests may leave
// notes for the end, one per line, in the file that CELERIAC_NOTES names (such as "durability: not observed" where
// system calls cannot be watched).
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Exit, Failure, Tally } from './test-steps.ts';
import {
  playwrightFailures,
  settleTests,
  sum,
  tallyCheck,
  tallyPlaywright,
  tallyVitest,
  vitestFailures,
} from './test-steps.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'celeriac-test-'));
const notes = join(scratch, 'notes');
const onCI = process.env.CI === 'true';

interface Report {
  readonly tally: Tally;
  readonly failures: readonly Failure[];
}

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Ends what hangs; a busy machine stays well below it. */
  readonly limitSeconds: number;
  /** Of a step that is made of tests. */
  readonly report?: { readonly path: string; readonly read: (text: string) => Report };
}

function check(name: string, script: string, limitSeconds: number): Step {
  return { name, command: ['npm', 'run', '--silent', script], limitSeconds };
}

function vitest(name: string, limitSeconds: number, ...projects: string[]): Step {
  const path = join(scratch, `${name}.json`);
  return {
    name,
    command: [
      'vitest',
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${path}`,
    ],
    limitSeconds,
    report: {
      path,
      read: (text) => {
        const report = JSON.parse(text);
        return { tally: tallyVitest(report), failures: vitestFailures(report) };
      },
    },
  };
}

const pageReport = join(scratch, 'browser.json');

const steps: readonly Step[] = [
  check('types', 'check:types', 300),
  check('lint', 'lint', 300),
  check('imports', 'check:imports', 300),
  check('unused', 'check:unused', 300),
  check('build', 'build', 300),
  check('packages', 'check:packages', 300),
  check('api', 'check:api', 300),
  vitest('unit', 1200, 'unit', 'engine'),
  // A seed that nobody has tried; a fault names it, and how it is tried again.
  { name: 'fuzz', command: ['npm', 'run', '--silent', 'fuzz', '--', '--minutes', '1'], limitSeconds: 600 },
  vitest('e2e', 2400, 'e2e', 'alone'),
  {
    name: 'browser',
    command: ['playwright', 'test', '--reporter=list,json'],
    limitSeconds: 1800,
    report: {
      path: pageReport,
      read: (text) => {
        const report = JSON.parse(text);
        return { tally: tallyPlaywright(report), failures: playwrightFailures(report) };
      },
    },
  },
];

/** Runs a child in a process group of its own, so that at its time limit all that it started ends with it. */
function run({ command: [file = '', ...args], limitSeconds }: Step): Promise<Exit> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: process.platform !== 'win32',
      shell: process.platform === 'win32',
      env: {
        ...process.env,
        PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
        CELERIAC_NOTES: notes,
        PLAYWRIGHT_JSON_OUTPUT_FILE: pageReport,
        PLAYWRIGHT_FORCE_TTY: '0',
      },
    });
    let timedOut = false;
    const end = (signal: NodeJS.Signals): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
      } catch {
        // The group has ended by itself.
      }
    };
    const limit = setTimeout(() => {
      timedOut = true;
      end('SIGTERM');
      setTimeout(() => end('SIGKILL'), 5000).unref();
    }, limitSeconds * 1000);
    const interrupted = (): void => {
      end('SIGTERM');
      process.exit(130);
    };
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    const settle = (ok: boolean): void => {
      clearTimeout(limit);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      end('SIGKILL');
      resolve({ ok: ok && !timedOut, timedOut });
    };
    child.once('error', () => settle(false));
    child.once('exit', (code) => settle(code === 0));
  });
}

function readReport({ report }: Step): Report | undefined {
  if (report === undefined || !existsSync(report.path)) return undefined;
  try {
    return report.read(readFileSync(report.path, 'utf8'));
  } catch {
    return undefined;
  }
}

function describe({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

interface Result {
  readonly tally: Tally;
  readonly timedOut: boolean;
  readonly failures: readonly Failure[];
}

async function runStep(step: Step): Promise<Result> {
  const exit = await run(step);
  const report = readReport(step);
  const tally = step.report ? settleTests(report?.tally, exit, !onCI) : tallyCheck(exit);
  return { tally, timedOut: exit.timedOut, failures: report?.failures ?? [] };
}

function nameOf({ file, title }: Failure): string {
  return [relative(root, resolve(root, file)), title].filter(Boolean).join(' > ');
}

const results: (Result & { readonly line: string })[] = [];

for (const step of steps) {
  process.stdout.write(`\n── ${step.name}\n`);
  const begun = performance.now();
  const result = await runStep(step);
  const { tally, timedOut } = result;
  const outcome =
    tally.failed === 0 ? 'ok' : timedOut ? `failed (over its ${step.limitSeconds} s)` : 'failed';
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const line = `${step.name.padEnd(10)} ${`${seconds} s`.padStart(8)}  ${outcome}${step.report ? `: ${describe(tally)}` : ''}`;
  process.stdout.write(`── ${line}\n`);
  results.push({ ...result, line });
}

const left = existsSync(notes) ? readFileSync(notes, 'utf8').split('\n').filter(Boolean) : [];
rmSync(scratch, { recursive: true, force: true });

const total = sum(results.map((result) => result.tally));
process.stdout.write(`\n${results.map((result) => result.line).join('\n')}\n\n`);
for (const failure of results.flatMap(({ failures }) => failures)) {
  process.stdout.write(`failed: ${nameOf(failure)}\n`);
}
for (const note of new Set(left)) process.stdout.write(`${note}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
