/** What a run comes to: whether everything holds, and its figures as a person reads them. */
import { measured, PROMISED_TIMES } from '../checker/promised-times.ts';
import { describeReport, type Report } from '../checker/report.ts';
import type { Ran } from './harness-run.ts';

export interface RunVerdict {
  readonly holds: boolean;
  readonly bounds: readonly Bound[];
}

/** A promised time, and what was measured. */
interface Bound {
  readonly what: string;
  readonly limitMs: number;
  /** `null`: it did not happen in this run. */
  readonly ms: number | null;
}

/** Promised times are measured on machines that do something else as well. */
const SLACK = 2;

/** What a history comes to without the run that it is of. */
type Judged = Report & Partial<Pick<Ran, 'failures'>>;

export function judgeRun({ figures, violations, failures = [] }: Judged): RunVerdict {
  const bounds = PROMISED_TIMES.map((promised): Bound => {
    const { what, most, limitMs } = promised;
    return { what: `${what}, ${most}`, limitMs, ms: measured(promised, figures) };
  });
  const late = bounds.some(({ ms, limitMs }) => ms !== null && ms > limitMs * SLACK);
  return { holds: violations.length === 0 && failures.length === 0 && !late, bounds };
}

export function write(
  ran: Ran,
  { holds, bounds }: RunVerdict,
  { seconds, faults }: { readonly seconds: number; readonly faults: readonly string[] },
): string {
  const { injected, failures, memory, realDisk } = ran;
  const struck = Object.entries(injected).sort(([, one], [, other]) => other - one);
  const count = struck.reduce((sum, [, times]) => sum + times, 0);
  const lines = [
    `again: npm run chaos -- --seed ${ran.seed} --seconds ${seconds} --faults ${faults.join(',')}`,
    describeReport(ran),
    `faults injected: ${count}: ${struck.map(([fault, times]) => `${fault} ${times}`).join(', ')}`,
    `the gateway's memory, largest: ${memory === null ? 'not measured' : `${Math.round(memory / 1024 / 1024)} MB`}`,
    `full disks: ${realDisk ? 'a small one of its own, filled' : 'an engine that fails'}`,
    ...bounds.map(boundLine),
    ...failures.map((failure) => `FAILED ${failure}`),
    holds ? 'everything holds' : 'BROKEN',
  ];
  return `${lines.join('\n')}\n`;
}

/** Of an earlier run, by its histories alone. */
export function writeAgain(report: Report, { holds, bounds }: RunVerdict): string {
  return `${[describeReport(report), ...bounds.map(boundLine), holds ? 'everything holds' : 'BROKEN'].join('\n')}\n`;
}

function boundLine({ what, ms, limitMs }: Bound): string {
  return `${what}: ${ms === null ? 'did not happen' : `${Math.round(ms)} ms`} (${limitMs} ms)`;
}
