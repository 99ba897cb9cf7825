import { systemClock } from '@celeriac/runtime';
import { heedNpm } from './hosting/signals.ts';
import { flushLogs } from './options/logging.ts';
import { shownText } from './output/format.ts';
import { run } from './program.ts';

heedNpm();

// The reader of our output may leave early, as `head` does.
process.stdout.on('error', () => process.exit(0));

const exit = await run(process.argv.slice(2), {
  env: process.env,
  clock: systemClock,
  width: process.stdout.isTTY ? process.stdout.columns : undefined,
  print: (line) => write(process.stdout, line),
  complain: (line) => write(process.stderr, line),
});
await flushLogs();

// A task file may keep the process alive for reasons of its own; first what was printed goes out.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exit)));

/** A file or a pipe gets every character as it is; a terminal would act on some of them. */
function write(stream: NodeJS.WriteStream, line: string): void {
  stream.write(`${stream.isTTY ? shownText(line) : line}\n`);
}
