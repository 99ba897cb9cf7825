/**
 * `npm run simulate`: the gateway, clients, workers, links and disk of many seeds, in one process and without sockets.
 * Exits with 1 when a seed breaks an invariant.
 */
import { parseArgs } from 'node:util';
import { systemClock } from '@celeriac/runtime';
import { describe } from '../checker/report.ts';
import { toLine } from '../history/lines.ts';
import { describeBroken, describeTally, isBroken, runCampaign } from './campaign.ts';
import { simulate } from './simulate.ts';

const USAGE = `npm run simulate -- [options]
  --seeds N     how many seeds to run (1000)
  --from N      the first of them (1)
  --seed N      only this one, with its figures
  --history     with --seed: its whole history instead, one entry per line`;

/** Enough to see what they have in common. */
const MOST_FAILURES = 10;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      history: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return print(USAGE, 0);
  if (values.seed !== undefined) return one(readCount('--seed', values.seed), values.history);
  const begun = systemClock.monotonic();
  const tally = await runCampaign(
    {
      from: readCount('--from', values.from),
      seeds: readCount('--seeds', values.seeds),
      failures: MOST_FAILURES,
    },
    simulate,
    (simulated) => print(describeBroken(simulated), 1),
  );
  return print(describeTally(tally, systemClock.monotonic() - begun), tally.failed.length > 0 ? 1 : 0);
}

async function one(seed: number, whole: boolean): Promise<number> {
  const simulated = await simulate(seed);
  const code = isBroken(simulated) ? 1 : 0;
  if (whole) {
    for (const entry of simulated.history) process.stdout.write(toLine(entry));
    return code;
  }
  return print([describe(simulated), ...simulated.failures].join('\n'), code);
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
