import { readFileSync } from 'node:fs';
import { Command, type OutputConfiguration } from 'commander';
import { callVerb } from './commands/call.ts';
import { controlVerb } from './commands/control/control.ts';
import { devVerb } from './commands/dev.ts';
import { eventsVerb } from './commands/events.ts';
import { gatewayVerb } from './commands/gateway.ts';
import { inspectVerb } from './commands/inspect/inspect.ts';
import { resultVerb } from './commands/result.ts';
import { revokeVerb } from './commands/revoke.ts';
import { tokenVerb } from './commands/token.ts';
import { workerVerb } from './commands/worker.ts';
import { complaintOf } from './output/complaint.ts';
import { EXIT, EXIT_CODES_HELP, type ExitCode } from './output/exit-codes.ts';
import type { Terminal } from './terminal.ts';
import type { Verb } from './verb.ts';

const VERBS: readonly Verb[] = [
  gatewayVerb,
  workerVerb,
  devVerb,
  callVerb,
  resultVerb,
  revokeVerb,
  controlVerb,
  inspectVerb,
  eventsVerb,
  tokenVerb,
];

const EPILOGUE = `
Each flag has its environment variable; the command line wins. See celeriac COMMAND --help.

Examples:
  celeriac dev tasks.ts                       gateway and worker in one, to try things out
  celeriac gateway --store sqlite:tasks.db    a gateway that keeps what it accepts
  celeriac worker tasks.ts --queues media     a worker for one queue
  celeriac call add 2 2 --wait                4

${EXIT_CODES_HELP}`;

/** @param args without the names of node and of the script. Never rejects. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok;
  const program = assemble(terminal, (code) => {
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

function assemble(terminal: Terminal, ended: (code: ExitCode) => void): Command {
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
  for (const verb of VERBS) program.addCommand(verb(terminal, ended));
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
