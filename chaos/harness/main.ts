/** `npm run chaos`: breaks a running system in every way it knows, and says what came of it. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OptionError } from '@celeriac/protocol';
import { check } from '../checker/report.ts';
import { Chance } from '../simulation/chance.ts';
import { CAST } from './cluster.ts';
import { HARNESS_HELP, type HarnessOptions, readHarnessOptions } from './harness-options.ts';
import { runHarness } from './harness-run.ts';
import { readAll } from './histories.ts';
import { planStrikes } from './plan.ts';
import { runAmongPrivateMounts } from './store-disk.ts';
import { judgeRun, write, writeAgain } from './summary.ts';

const status = await main(process.argv.slice(2));
// Sockets of struck links may linger.
process.exit(status);

async function main(args: readonly string[]): Promise<number> {
  let options: HarnessOptions;
  try {
    options = readHarnessOptions(args, () => Math.floor(Math.random() * 1_000_000));
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HARNESS_HELP);
    return 0;
  }
  if (options.judge !== null) return judgeAgain(options.judge);
  const again = options.faults.some((trouble) => trouble === 'disk' || trouble === 'mix');
  return (again ? runAmongPrivateMounts() : undefined) ?? (await runHere(options));
}

function judgeAgain(folder: string): number {
  const report = check(readAll(folder));
  const verdict = judgeRun(report);
  process.stdout.write(writeAgain(report, verdict));
  return verdict.holds ? 0 : 1;
}

async function runHere({
  seed,
  seconds,
  faults,
  rate,
  callers,
  folder: given,
}: HarnessOptions): Promise<number> {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'celeriac-chaos-'));
  mkdirSync(folder, { recursive: true });
  process.stderr.write(`seed ${seed}\n`);
  const ran = await runHarness({
    seed,
    ms: seconds * 1_000,
    strikes: planStrikes(new Chance(seed, 'faults'), faults, CAST, seconds * 1_000),
    rate,
    callers,
    folder,
    sabotaged: null,
    emphasis: null,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  const verdict = judgeRun(ran);
  const text = write(ran, verdict, { seconds, faults });
  writeFileSync(join(folder, 'report.txt'), text);
  writeFileSync(
    join(folder, 'report.json'),
    JSON.stringify({ seconds, faults, ...ran, ...verdict }, null, 2),
  );
  process.stdout.write(text);
  return verdict.holds ? 0 : 1;
}
