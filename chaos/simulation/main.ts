/**
 * `npm run simulate`: the gateway, clients, workers, links and disk of many seeds, in one process and without sockets.
 * Exits with 1 when a seed breaks an invariant.
 */
import { parseArgs } from 'node:util';
import { systemClock } from '@celeriac/runtime';
import { describeReport } from '../checker/report.ts';
import { toLine } from '../history/lines.ts';
import { describeBroken, describeTally, isBroken, runCampaign } from './campaign.ts';
import { SABOTAGES } from './sabotages.ts';
import { type SimulationOptions, simulate } from './simulate.ts';

const USAGE = `npm run simulate -- [options]
  --seeds N        how many seeds to run (1000)
  --from N         the first of them (1)
  --seed N         only this one, with its figures
  --history        with --seed: print its whole history instead, one entry per line
  --sabotage NAME  break this on purpose: ${Object.keys(SABOTAGES).join(', ')}`;

/** Enough to see what they have in common. */
const MOST_FAILURES = 10;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      history: { type: 'boolean', default: false },
      sabotage: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return print(USAGE, 0);
  const given = values.sabotage === undefined ? {} : readSabotage(values.sabotage);
  const again = values.sabotage === undefined ? '' : ` --sabotage '${values.sabotage}'`;
  if (values.seed !== undefined) return one(readCount('--seed', values.seed), given, values.history);
  const begun = systemClock.monotonic();
  const tally = await runCampaign(
    {
      from: readCount('--from', values.from),
      seeds: readCount('--seeds', values.seeds),
      failures: MOST_FAILURES,
    },
    (seed) => simulate(seed, given),
    (simulated) => print(`${describeBroken(simulated)}${again}`, 1),
  );
  return print(describeTally(tally, systemClock.monotonic() - begun), tally.failed.length > 0 ? 1 : 0);
}

async function one(seed: number, given: SimulationOptions, whole: boolean): Promise<number> {
  const simulated = await simulate(seed, given);
  const code = isBroken(simulated) ? 1 : 0;
  if (whole) {
    for (const entry of simulated.history) process.stdout.write(toLine(entry));
    return code;
  }
  return print([describeReport(simulated), ...simulated.failures].join('\n'), code);
}

function readSabotage(name: string): SimulationOptions {
  const found = SABOTAGES[name];
  if (found === undefined)
    throw new Error(`expected --sabotage to be one of ${Object.keys(SABOTAGES).join(', ')}, got: ${name}`);
  return { sabotage: found.sabotage, trouble: found.trouble };
}

function readCount(flag: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error(`expected ${flag} to be a positive integer, got: ${text}`);
  return count;
}

function print(text: string, code: number): number {
  process.stdout.write(`${text}\n`);
  return code;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
