/** `npm run chaos`: breaks a running system in every way it knows, and says what came of it. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OptionError } from '@celeriac/protocol';
import { check } from '../checker/report.ts';
import { Chance } from '../simulation/chance.ts';
import { runAmongPrivateMounts } from './disk.ts';
import { readAll } from './histories.ts';
import { CAST } from './house.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { planStrikes } from './plan.ts';
import { run } from './run.ts';
import { judge, write, writeAgain } from './summary.ts';

const status = await main(process.argv.slice(2));
// Sockets of struck links may linger.
process.exit(status);

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args, () => Math.floor(Math.random() * 1_000_000));
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.judge !== null) return judgeAgain(options.judge);
  const again = options.faults.some((trouble) => trouble === 'disk' || trouble === 'mix');
  return (again ? runAmongPrivateMounts() : undefined) ?? (await runHere(options));
}

function judgeAgain(folder: string): number {
  const report = check(readAll(folder));
  const verdict = judge(report);
  process.stdout.write(writeAgain(report, verdict));
  return verdict.holds ? 0 : 1;
}

async function runHere({ seed, seconds, faults, rate, callers, folder: given }: Options): Promise<number> {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'celeriac-chaos-'));
  mkdirSync(folder, { recursive: true });
  process.stderr.write(`seed ${seed}\n`);
  const ran = await run({
    seed,
    ms: seconds * 1_000,
    strikes: planStrikes(new Chance(seed, 'faults'), faults, CAST, seconds * 1_000),
    rate,
    callers,
    folder,
    broken: null,
    emphasis: null,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  const verdict = judge(ran);
  const text = write(ran, verdict, { seconds, faults });
  writeFileSync(join(folder, 'report.txt'), text);
  writeFileSync(
    join(folder, 'report.json'),
    JSON.stringify({ seconds, faults, ...ran, ...verdict }, null, 2),
  );
  process.stdout.write(text);
  return verdict.holds ? 0 : 1;
}
