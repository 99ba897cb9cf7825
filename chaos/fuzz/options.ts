/** What the command takes. */
import { parseArgs } from 'node:util';
import { OptionError } from '@celeriac/protocol';
import { PLANTS } from './plants.ts';

/** Who is hostile to whom. */
export const LINKS = ['client', 'worker', 'stranger', 'gateway'] as const;
export type HostileLink = (typeof LINKS)[number];

export interface Options {
  readonly seed: number;
  readonly seconds: number;
  readonly links: readonly HostileLink[];
  /** The first session of each kind: those before are left out. */
  readonly from: number;
  /** The name of one of {@link PLANTS}. */
  readonly plant: string | null;
  readonly help: boolean;
}

export const HELP = `npm run fuzz -- [--seed N] [--minutes N] [--links client,worker,…] [--from N] [--plant NAME]

Says to gateways, clients and workers what they may hear, what is nearly that, and what is nothing of the kind, while a
client and a worker who know nothing of it go on. Ends with the first thing that is wrong, or with figures.

  --seed N       what is said; the same one says the same; default: a new one, which is printed
  --minutes N    for how long; default 1, up to 600, and fractions
  --links LIST   who is hostile, of ${LINKS.join(', ')}; default all of them
  --from N       begins with this session of each kind; default 0
  --plant NAME   with a bug in what is fuzzed, which must be found:
                 ${Object.keys(PLANTS).join('\n                 ')}
`;

/** @throws OptionError that says what was expected */
export function readOptions(args: readonly string[], newSeed: () => number): Options {
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
  if (plant !== null && !Object.hasOwn(PLANTS, plant))
    throw new OptionError('plant', `expected --plant to be one of those in --help, got: ${plant}`);
  return {
    seed: values.seed === undefined ? newSeed() : readNumber('seed', values.seed, 0, 2 ** 31 - 1),
    seconds: readNumber('minutes', values.minutes, 0.05, 600) * 60,
    links: values.links.split(',').map(readLink),
    from: readNumber('from', values.from, 0, 2 ** 31 - 1),
    plant,
    help: values.help,
  };
}

function readNumber(name: string, text: string, low: number, high: number): number {
  const number = Number(text);
  const fits = number >= low && number <= high && (name === 'minutes' || Number.isInteger(number));
  if (fits && text.trim() !== '') return number;
  throw new OptionError(name, `expected --${name} to be a number from ${low} to ${high}, got: ${text}`);
}

function readLink(word: string): HostileLink {
  const link = LINKS.find((one) => one === word);
  if (link !== undefined) return link;
  throw new OptionError('links', `expected --links to be of ${LINKS.join(', ')}, got: ${word}`);
}
