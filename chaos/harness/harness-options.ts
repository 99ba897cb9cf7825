/** What the command takes. */
import { parseArgs } from 'node:util';
import { option } from '@celeriac/protocol/internal';
import { TROUBLES, type TroubleKind } from './plan.ts';

export interface HarnessOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly faults: readonly TroubleKind[];
  readonly rate: number;
  readonly callers: number;
  /** `null`: one of its own under the folder for temporary files. */
  readonly folder: string | null;
  /** The folder of an earlier run, whose histories are judged again; `null`: there is a new run. */
  readonly judge: string | null;
  readonly help: boolean;
}

export const HARNESS_HELP = `npm run chaos -- [--seed N] [--seconds N] [--faults kill,stop,…] [--rate N] [--callers N] [--folder PATH]
npm run chaos -- --judge PATH

Starts a gateway, four workers and three clients as separate processes, injects the faults that the seed plans, repairs
everything, waits until all tasks have ended, and checks the history that each process recorded.

  --seed N       decides the faults and the calls; default: a new one, which is printed
  --seconds N    how long faults are injected; default 600, from 10 to 3600
  --faults LIST  of ${TROUBLES.join(', ')}; default all of them, one after the other
  --rate N       calls per second of all callers, as long as nothing slows them down; default 400
  --callers N    callers in each client; default 20
  --folder PATH  where histories, logs and the report go; default: a new temporary folder
  --judge PATH   checks the histories in the folder of an earlier run again, without a new run
`;

/** @throws OptionError that says what was expected */
export function readHarnessOptions(args: readonly string[], newSeed: () => number): HarnessOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      seconds: { type: 'string', default: '600' },
      faults: { type: 'string', default: TROUBLES.join(',') },
      rate: { type: 'string', default: '400' },
      callers: { type: 'string', default: '20' },
      folder: { type: 'string' },
      judge: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    seed: values.seed === undefined ? newSeed() : readNumber('seed', values.seed, 0, 2 ** 31 - 1),
    seconds: readNumber('seconds', values.seconds, 10, 3_600),
    faults: values.faults.split(',').map((word) => option.oneOf(TROUBLES)(word, '--faults')),
    rate: readNumber('rate', values.rate, 1, 10_000),
    callers: readNumber('callers', values.callers, 1, 1_000),
    folder: values.folder ?? null,
    judge: values.judge ?? null,
    help: values.help,
  };
}

function readNumber(name: string, text: string, least: number, most: number): number {
  return option.orText(option.integer(least, most))(text, `--${name}`);
}
