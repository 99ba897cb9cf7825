import { Command } from 'commander';
import { declareFlags, type FlagReading, type FlagTable, readFlags } from './options/flag.ts';
import type { ExitCode } from './output/exit.ts';
import type { Terminal } from './terminal.ts';

export interface VerbRun<Table extends FlagTable> extends FlagReading<Table> {
  readonly operands: readonly string[];
  readonly terminal: Terminal;
}

export interface VerbSpec<Table extends FlagTable> {
  readonly name: string;
  readonly summary: string;
  /** Each with its help: `<required>`, `[optional]`, `[any...]`. */
  readonly operands: readonly (readonly [operand: string, help: string])[];
  readonly flags: Table;
  /** After the list of flags. */
  readonly epilogue: string;
  run(call: VerbRun<Table>): Promise<ExitCode>;
}

/** Makes the command of a verb; its flags' types stay between the table and `run`. */
export type Verb = (terminal: Terminal, ended: (code: ExitCode) => void) => Command;

export function defineVerb<Table extends FlagTable>(spec: VerbSpec<Table>): Verb {
  return (terminal, ended) => {
    const command = new Command(spec.name)
      .summary(spec.summary)
      .description(spec.summary)
      .addHelpText('after', `\n${spec.epilogue}`);
    for (const [operand, help] of spec.operands) command.argument(operand, help);
    declareFlags(command, spec.flags);
    return command.action(async () => {
      const reading = readFlags(spec.flags, command.opts(), terminal.env);
      ended(await spec.run({ ...reading, operands: command.args, terminal }));
    });
  };
}

export interface VerbGroupSpec {
  readonly name: string;
  readonly summary: string;
  readonly verbs: readonly Verb[];
  /** After the list of verbs. */
  readonly epilogue: string;
}

/** A command that only has others below it: `celeriac control rate-limit`. */
export function defineVerbGroup({ name, summary, verbs, epilogue }: VerbGroupSpec): Verb {
  return (terminal, ended) => {
    const command = new Command(name)
      .summary(summary)
      .description(summary)
      .helpCommand('help [command]', 'show what a command does')
      .addHelpText('after', `\n${epilogue}`);
    for (const verb of verbs) command.addCommand(verb(terminal, ended));
    return command;
  };
}
