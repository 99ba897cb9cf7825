/** What the clients of a simulation ask for. The arguments of a call say what its body does. */

import type { CallOptions, WireTaskOptions } from '@celeriac/protocol/internal';
import type { CallEntry } from '../history/entry.ts';
import type { Chance } from './chance.ts';

/** Tasks by their names, with their options. */
export const SIMULATED_DEFINITIONS: Readonly<Record<string, WireTaskOptions>> = {
  work: { maxRetries: 5, retryDelayMs: 300 },
  once: { acksLate: false, maxRetries: 3, retryDelayMs: 200 },
  untracked: { trackStarted: false, maxRetries: 3 },
  urgent: { priority: 9 },
};

/** One run, as its arguments and its number of retries have it. */
export interface Body {
  readonly ms: number;
  readonly ends: 'success' | 'failure' | 'retry' | 'requeue' | 'ignored';
  readonly countdownMs: number | null;
  readonly poison: boolean;
  /** It does not heed its signal. */
  readonly stubborn: boolean;
}

interface Script {
  readonly ms: number;
  /** How it ends when it was tried again often enough. */
  readonly ends: Body['ends'];
  /** How often it asks to be tried again first. */
  readonly retries: number;
  /** Up to which attempt it asks to be put back. */
  readonly requeues: number;
  readonly countdownMs: number | null;
  readonly poison: boolean;
  readonly stubborn: boolean;
}

export function readBody(args: unknown, retries: number, attempt: number): Body {
  const script = JSON.parse(typeof args === 'string' ? args : '') as Script;
  if (attempt <= script.requeues) return { ...script, ends: 'requeue' };
  return retries < script.retries ? { ...script, ends: 'retry' } : script;
}

/** One call, as planned. */
export interface PlannedCall {
  readonly at: number;
  readonly client: number;
  readonly id: string;
  readonly name: string;
  readonly args: string;
  readonly options: CallOptions | null;
  readonly facts: Omit<CallEntry, 'dueAt' | 'expiresAt'>;
  readonly etaMs: number | null;
}

export interface PlannedAct {
  readonly at: number;
  readonly client: number;
  readonly id: string;
  readonly act: 'revoke' | 'terminate' | 'read' | 'watch';
}

export interface SimulationPlan {
  readonly calls: readonly PlannedCall[];
  readonly acts: readonly PlannedAct[];
  readonly clients: number;
  readonly workers: number;
  /** When the last call is made. */
  readonly ms: number;
  /** Of each worker; left out, as each start of one draws them. */
  readonly slots?: number;
}

export function planWork(chance: Chance): SimulationPlan {
  const clients = chance.between(1, 3);
  const workers = chance.between(1, 3);
  const ms = chance.oneOf([2_000, 10_000, 30_000]);
  const calls: PlannedCall[] = [];
  const acts: PlannedAct[] = [];
  for (let number = 0; number < chance.between(6, 24); number++) {
    const call = planCall(chance, `t${number}`, chance.between(0, ms), chance.between(0, clients - 1));
    calls.push(call);
    // A double click, a retry of a caller that lost its nerve, the same after the end.
    if (chance.happens(0.15)) {
      const again = {
        ...call,
        client: chance.between(0, clients - 1),
        at: call.at + chance.between(0, 8_000),
      };
      calls.push(again);
    }
    if (chance.happens(0.05)) {
      const facts = { ...call.facts, content: `${call.facts.content} other` };
      calls.push({ ...call, at: call.at + chance.between(0, 500), args: script({ ms: 777 }), facts });
    }
    const act = (share: number, what: PlannedAct['act'], latestMs: number): void => {
      if (!chance.happens(share)) return;
      const { id, at } = call;
      acts.push({
        at: at + chance.between(0, latestMs),
        client: chance.between(0, clients - 1),
        id,
        act: what,
      });
    };
    act(0.12, 'revoke', 2_000);
    act(0.04, 'terminate', 5_000);
    act(0.2, 'watch', 5_000);
    act(0.2, 'read', 5_000);
  }
  return { calls, acts, clients, workers, ms };
}

function planCall(chance: Chance, id: string, at: number, client: number): PlannedCall {
  const kind = chance.weighted([
    ['quick', 30],
    ['slow', 18],
    ['stubborn', 6],
    ['retried', 10],
    ['requeued', 4],
    ['failing', 4],
    ['ignored', 2],
    ['eta', 10],
    ['expiring', 5],
    ['once', 8],
    ['untracked', 5],
    ['linked', 8],
    ['urgent', 4],
    ['poison', 3],
  ] as const);
  const plan = (name: string, given: Partial<Script>, options: CallOptions | null = null): PlannedCall =>
    simulatedCall({ id, at, client, name, options }, given);
  const quickMs = chance.between(0, 20);
  const slowMs = chance.between(100, 6_000);
  switch (kind) {
    case 'quick':
      return plan('work', { ms: quickMs });
    case 'slow':
      return plan('work', { ms: slowMs });
    case 'stubborn':
      return plan('work', { ms: chance.between(5_000, 45_000), stubborn: true });
    case 'retried': {
      const countdownMs = chance.oneOf([0, 50, 1_000, null]);
      return plan('work', { ms: quickMs, retries: chance.between(1, 3), countdownMs });
    }
    case 'requeued':
      return plan('work', { ms: chance.between(100, 1_500), requeues: chance.between(1, 3) });
    case 'failing':
      return plan('work', { ms: quickMs, ends: 'failure' });
    case 'ignored':
      return plan('work', { ms: quickMs, ends: 'ignored' });
    case 'eta':
      return plan('work', { ms: quickMs }, { countdownMs: chance.between(1, 5_000) });
    case 'expiring':
      return plan('work', { ms: slowMs }, { expiresMs: chance.between(0, 3_000) });
    case 'once':
      return plan('once', { ms: slowMs, retries: chance.between(0, 1), countdownMs: 100 });
    case 'untracked':
      return plan('untracked', { ms: quickMs, retries: chance.between(0, 1), countdownMs: 10 });
    case 'urgent':
      return plan('urgent', { ms: slowMs });
    case 'poison':
      return plan('work', { ms: quickMs, poison: true });
    case 'linked': {
      const link = {
        id: `${id}-next`,
        name: 'work',
        args: script({ ms: quickMs }),
        immutable: false,
        options: null,
      };
      return plan('work', { ms: quickMs }, { link: [link] });
    }
  }
}

export function simulatedCall(
  { name, options, ...who }: Pick<PlannedCall, 'id' | 'at' | 'client' | 'name' | 'options'>,
  given: Partial<Script>,
): PlannedCall {
  return {
    ...who,
    name,
    args: script(given),
    options,
    etaMs: options?.countdownMs ?? null,
    facts: {
      name,
      content: `${name} ${script(given)} ${JSON.stringify(options)}`,
      once: name === 'once',
      maxDeliveries: 3,
      poison: given.poison === true,
      links: options?.link?.map((link) => link.id) ?? [],
    },
  };
}

function script(given: Partial<Script>): string {
  const whole: Script = {
    ms: 0,
    ends: 'success',
    retries: 0,
    requeues: 0,
    countdownMs: null,
    poison: false,
    stubborn: false,
    ...given,
  };
  return JSON.stringify(whole);
}
