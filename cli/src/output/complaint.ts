import { CeleriacError, OptionError, TimeoutError, UsageError } from '@celeriac/protocol';
import { CommanderError } from 'commander';
import { EXIT, type ExitCode } from './exit-codes.ts';

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
