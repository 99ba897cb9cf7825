/**
 * `npm run search`: one task, two workers, one gateway, and every order in which things can happen to them, to a depth.
 * Exits with 1 when a promise breaks, with the shortest way to it.
 */
import { parseArgs } from 'node:util';
import { systemClock } from '@celeriac/runtime';
import { search } from './search.ts';
import { submittedTask } from './submitted.ts';

const USAGE = `npm run search -- [options]
  --depth N     how many steps each way may have (12)
  --faults N    how many deaths and cuts there may be (1)`;

function main(): number {
  const { values } = parseArgs({
    options: {
      depth: { type: 'string', default: '12' },
      faults: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return print(USAGE, 0);
  const [depth, faults] = [readCount('--depth', values.depth), readCount('--faults', values.faults)];
  for (const acksLate of [true, false]) {
    const begun = systemClock.monotonic();
    const { states, steps, breach } = search({ task: submittedTask('t', { acksLate }), faults }, depth);
    const seconds = ((systemClock.monotonic() - begun) / 1000).toFixed(1);
    print(`acksLate ${acksLate}: ${states} states, ${steps} steps, to depth ${depth}, in ${seconds} s`, 0);
    if (breach !== undefined) return print(`${breach.what}\n  ${breach.way.join('\n  ')}`, 1);
  }
  return print('P1 to P4 hold in all of them', 0);
}

function readCount(flag: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0)
    throw new Error(`expected ${flag} to be a whole number, got: ${text}`);
  return count;
}

function print(text: string, code: number): number {
  process.stdout.write(`${text}\n`);
  return code;
}

try {
  process.exitCode = main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
