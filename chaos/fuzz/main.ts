/** `npm run fuzz`. */
import { randomInt } from 'node:crypto';
import { FUZZ_HELP, readFuzzOptions } from './fuzz-options.ts';
import { runFuzz } from './fuzz-run.ts';

const options = readFuzzOptions(process.argv.slice(2), () => randomInt(2 ** 31 - 1));
if (options.help) {
  process.stdout.write(FUZZ_HELP);
} else {
  const { seed, seconds, links, plant } = options;
  process.stdout.write(`seed ${seed}, ${seconds} s, hostile: ${links.join(', ')}\n`);
  const tally = await runFuzz(options);
  process.stdout.write(`${tally.lines.join('\n')}\n`);
  for (const fault of tally.faults) process.stdout.write(`\nFAULT: ${fault}\n`);
  if (tally.faults.length > 0) {
    process.stdout.write(`\nlast sessions: ${tally.recent.join('; ')}\n`);
    process.stdout.write(
      `again: npm run fuzz -- --seed ${seed} --minutes ${seconds / 60} --links ${links.join(',')}`,
    );
    process.stdout.write(`${plant === null ? '' : ` --plant '${plant}'`}\n`);
  }
  process.exitCode = tally.faults.length > 0 ? 1 : 0;
}
