import { CeleriacError, OptionError, TimeoutError, UsageError } from '@celeriac/protocol';
import { CommanderError } from 'commander';

/** How the commands end; part of their interface, and told in the help. */
export const EXIT = {
  ok: 0,
  /** The task failed, was refused or is unknown; or what was to be started cannot be. */
  failed: 1,
  usage: 2,
  timeout: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `Exit codes:
  0  success
  1  the task failed, was refused or is unknown; or the process could not start or continue
  2  the command line, or a variable, is invalid
  3  the task was accepted, but had not ended when --timeout was over`;

/** Something the user can mend, said in a line of our own. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly exit: ExitCode;
  constructor(message: string, exit: ExitCode = EXIT.failed, because: ErrorOptions = {}) {
    super(message, because);
    this.exit = exit;
  }
}

export interface Complaint {
  readonly exit: ExitCode;
  /** Absent where all has been said already, as after `--help`. */
  readonly text?: string;
}

/** One line for everything that can be expected; the whole stack for what cannot. */
export function complaintOf(error: unknown): Complaint {
  if (error instanceof CommanderError) return parserComplaint(error);
  if (error instanceof CommandError) return say(error, error.exit);
  if (error instanceof OptionError || error instanceof UsageError) return say(error, EXIT.usage);
  if (error instanceof TimeoutError) return say(error, EXIT.timeout);
  if (error instanceof CeleriacError || (error instanceof Error && 'code' in error))
    return say(error, EXIT.failed);
  return { exit: EXIT.failed, text: `celeriac: ${(error instanceof Error && error.stack) || String(error)}` };
}

function parserComplaint({ exitCode, code, message }: CommanderError): Complaint {
  if (exitCode === 0) return { exit: EXIT.ok };
  const text =
    code === 'commander.help' ? 'missing command; see celeriac --help' : message.replace(/^error: /, '');
  return { exit: EXIT.usage, text: `celeriac: ${oneLine(text)}` };
}

function say({ message }: Error, exit: ExitCode): Complaint {
  return { exit, text: `celeriac: ${oneLine(message)}` };
}

export function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
