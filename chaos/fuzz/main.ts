/** `npm run fuzz`. */
import { randomInt } from 'node:crypto';
import { HELP, readOptions } from './options.ts';
import { run } from './run.ts';

const options = readOptions(process.argv.slice(2), () => randomInt(2 ** 31 - 1));
if (options.help) {
  process.stdout.write(HELP);
} else {
  const { seed, seconds, links, plant } = options;
  process.stdout.write(`seed ${seed}, ${seconds} s, hostile: ${links.join(', ')}\n`);
  const tally = await run(options);
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
