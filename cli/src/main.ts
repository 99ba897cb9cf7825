import { systemClock } from '@celeriac/runtime';
import { run } from './program.ts';

// Whoever reads our output may leave early, as `head` does.
process.stdout.on('error', () => process.exit(0));

const exit = await run(process.argv.slice(2), {
  env: process.env,
  clock: systemClock,
  width: process.stdout.isTTY ? process.stdout.columns : undefined,
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
});

// A task file may keep the process alive for reasons of its own; first what was printed goes out.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exit)));
