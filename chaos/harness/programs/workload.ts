/** What callers ask for: every kind of task there is, in a mix where the cheap ones are many. */
import type { Chance } from '../../simulation/chance.ts';
import { type BodyScript, PLAIN } from './body-script.ts';

/** Of `applyAsync`, as plain data; seconds, as users give them. */
export interface SubmitOptions {
  readonly countdown?: number;
  readonly expires?: number;
  readonly priority?: number;
  readonly link?: {
    readonly task: string;
    readonly args: readonly unknown[];
    readonly options: { readonly taskId: string };
    readonly immutable: boolean;
  };
}

export interface Planned {
  readonly name: string;
  readonly script: BodyScript;
  readonly options: SubmitOptions;
}

const KINDS = [
  ['nothing', 6_000],
  ['async', 1_500],
  ['eta', 700],
  ['flaky', 500],
  ['once', 400],
  ['linked', 300],
  ['stream', 200],
  ['untracked', 200],
  ['urgent', 150],
  ['failing', 150],
  ['expiring', 100],
  ['requeued', 60],
  ['ignored', 60],
  ['big', 40],
  ['busy', 30],
  ['stubborn', 8],
  ['poison', 3],
] as const;
export type Kind = (typeof KINDS)[number][0];
/** Then there are about as many of them as of all others. */
const EMPHASIS = 10_000;

export interface CallWishes {
  /** Of a body. */
  readonly longestMs: number;
  /** A kind of which there are many more. */
  readonly emphasis: Kind | null;
}

/** What big calls carry. */
export const BALLAST = 'x'.repeat(100_000);

/** @param id the call's own, for those whose links need ids as well */
export function planCall(chance: Chance, id: string, { longestMs, emphasis }: CallWishes): Planned {
  const make = (script: Partial<BodyScript>, options: SubmitOptions = {}, name = 'work'): Planned => ({
    name,
    script: { ...PLAIN, ...script },
    options,
  });
  const shortMs = chance.between(0, 40);
  const asyncMs = chance.between(50, 500);
  switch (
    chance.weighted(KINDS.map(([kind, weight]) => [kind, kind === emphasis ? EMPHASIS : weight] as const))
  ) {
    case 'nothing':
      return make({});
    case 'async':
      return make({ ms: asyncMs });
    case 'eta':
      return make({ ms: shortMs }, { countdown: chance.between(1_000, 5_000) / 1_000 });
    case 'flaky':
      return make({ retries: chance.between(1, 3), retryMs: chance.oneOf([0, 50, 1_000]) });
    case 'once':
      return make({ ms: asyncMs, retries: chance.between(0, 1), retryMs: 100 }, {}, 'once');
    case 'linked': {
      const link = {
        task: 'after',
        args: [PLAIN],
        options: { taskId: `${id}.next` },
        immutable: false,
      };
      return make({ ms: shortMs }, { link });
    }
    case 'stream':
      return make({ ms: shortMs, chunks: chance.between(1, 40) });
    case 'untracked':
      return make({ ms: shortMs, retries: chance.between(0, 1), retryMs: 10 }, {}, 'untracked');
    case 'urgent':
      return make({ ms: asyncMs }, { priority: chance.between(0, 9) });
    case 'failing':
      return make({ ends: 'failure' });
    case 'expiring':
      return make({ ms: shortMs }, { expires: chance.between(1, 2_000) / 1_000 });
    case 'requeued':
      return make({ ms: shortMs, requeues: chance.between(1, 3) });
    case 'ignored':
      return make({ ends: 'ignored' });
    case 'big':
      return make({ ballast: BALLAST });
    case 'busy':
      return make({ spinMs: chance.between(100, 1_500) });
    case 'stubborn':
      return make({ ms: chance.between(Math.min(2_000, longestMs), longestMs), stubborn: true });
    case 'poison':
      return make({ poison: true });
  }
}
