import { readFileSync } from 'node:fs';
import { Command, type OutputConfiguration } from 'commander';
import { complaintOf, EXIT, EXIT_CODES_HELP, type ExitCode } from './output/exit.ts';
import type { Terminal } from './terminal.ts';
import type { Verb } from './verb.ts';

/** Commands are loaded on demand: calling a task does not wait for a gateway's code to load. */
const VERBS: ReadonlyMap<string, () => Promise<Verb>> = new Map([
  ['gateway', async () => (await import('./commands/gateway.ts')).gatewayVerb],
  ['worker', async () => (await import('./commands/worker.ts')).workerVerb],
  ['dev', async () => (await import('./commands/dev.ts')).devVerb],
  ['call', async () => (await import('./commands/call.ts')).callVerb],
  ['result', async () => (await import('./commands/result.ts')).resultVerb],
  ['revoke', async () => (await import('./commands/revoke.ts')).revokeVerb],
  ['control', async () => (await import('./commands/control/control.ts')).controlVerb],
  ['inspect', async () => (await import('./commands/inspect/inspect.ts')).inspectVerb],
  ['events', async () => (await import('./commands/events.ts')).eventsVerb],
  ['store', async () => (await import('./commands/store.ts')).storeVerb],
  ['token', async () => (await import('./commands/token.ts')).tokenVerb],
]);

const EPILOGUE = `
Each flag has an environment variable, which the flag overrides. See celeriac COMMAND --help.

Examples:
  celeriac dev tasks.ts                       gateway and worker in one process, to try things out
  celeriac gateway --store sqlite:tasks.db    a gateway that keeps its tasks in a file
  celeriac worker tasks.ts --queues media     a worker for one queue
  celeriac call add 2 2 --wait                4

${EXIT_CODES_HELP}`;

/** @param args without the names of node and of the script. Never rejects. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok;
  const program = assemble(await verbsFor(args), terminal, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    const complaint = complaintOf(error);
    if (complaint.text !== undefined) terminal.complain(complaint.text);
    return complaint.exit;
  }
}

/** The command that was asked for; all of them where there is none of that name, for the help and for the near name. */
function verbsFor([first = '']: readonly string[]): Promise<readonly Verb[]> {
  const asked = VERBS.get(first);
  return Promise.all((asked === undefined ? [...VERBS.values()] : [asked]).map((load) => load()));
}

function assemble(verbs: readonly Verb[], terminal: Terminal, ended: (code: ExitCode) => void): Command {
  const output: OutputConfiguration = {
    writeOut: (text) => terminal.print(text.trimEnd()),
    // What commander would say about a mistake, we say in one line.
    writeErr: () => undefined,
    getOutHelpWidth: () => Number(terminal.env['COLUMNS'] ?? 100),
  };
  const program = new Command('celeriac')
    .description('A task queue with Celery’s calling API, over WebSockets.')
    .version(version())
    .helpCommand('help [command]', 'show what a command does')
    .addHelpText('after', EPILOGUE);
  for (const verb of verbs) program.addCommand(verb(terminal, ended));
  for (const command of withSubcommands(program)) command.exitOverride().configureOutput(output);
  return program;
}

/** A command and all that are below it. */
function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return (manifest as { readonly version: string }).version;
}
