/** What the command takes. */
import { parseArgs } from 'node:util';
import { option } from '@celeriac/protocol/internal';
import { FUZZ_PLANTS } from './fuzz-plants.ts';

/** Who is hostile to whom. */
export const LINKS = ['client', 'worker', 'stranger', 'gateway'] as const;
export type HostileLink = (typeof LINKS)[number];

export interface FuzzOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly links: readonly HostileLink[];
  /** The first session of each kind: those before are left out. */
  readonly from: number;
  /** The name of one of {@link FUZZ_PLANTS}. */
  readonly plant: string | null;
  readonly help: boolean;
}

export const FUZZ_HELP = `npm run fuzz -- [--seed N] [--minutes N] [--links client,worker,…] [--from N] [--plant NAME]

Sends gateways, clients and workers valid, almost valid and invalid frames, while an ordinary client and worker keep
working beside them. Ends with the first fault found, or with figures.

  --seed N       decides what is sent; the same seed sends the same; default: a new one, which is printed
  --minutes N    how long to run; default 1, at most 600; fractions are allowed
  --links LIST   who is hostile, of ${LINKS.join(', ')}; default all of them
  --from N       begins with this session of each kind; default 0
  --plant NAME   plants a bug in the code under test, which must be found:
                 ${Object.keys(FUZZ_PLANTS).join('\n                 ')}
`;

/** @throws OptionError that says what was expected */
export function readFuzzOptions(args: readonly string[], newSeed: () => number): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string', default: '1' },
      links: { type: 'string', default: LINKS.join(',') },
      from: { type: 'string', default: '0' },
      plant: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const plant = values.plant ?? null;
  if (plant !== null && !Object.hasOwn(FUZZ_PLANTS, plant))
    throw option.expected('--plant', 'one of those in --help', plant);
  return {
    seed: values.seed === undefined ? newSeed() : readInteger('seed', values.seed),
    seconds: readMinutes(values.minutes) * 60,
    links: values.links.split(',').map((word) => option.oneOf(LINKS)(word, '--links')),
    from: readInteger('from', values.from),
    plant,
    help: values.help,
  };
}

function readInteger(name: string, text: string): number {
  return option.orText(option.integer(0, 2 ** 31 - 1))(text, `--${name}`);
}

function readMinutes(text: string): number {
  const minutes = Number(text);
  if (minutes >= 0.05 && minutes <= 600) return minutes;
  throw option.expected('--minutes', 'a number from 0.05 to 600', text);
}
