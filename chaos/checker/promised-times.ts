/** What is promised to be well again after so long, and which figure says whether it was. */
import type { RunFigures, Spread } from './figures.ts';

export interface PromisedTime {
  readonly what: string;
  readonly limitMs: number;
  readonly spread: (figures: RunFigures) => Spread | undefined;
  /** Which of its measurements have to keep to the limit. */
  readonly most: 'p99' | 'longest';
}

export const PROMISED_TIMES: readonly PromisedTime[] = [
  {
    what: 'tasks of a killed worker are released',
    limitMs: 6_000,
    spread: ({ released }) => released['worker-kill'],
    most: 'p99',
  },
  {
    what: 'tasks of a killed worker run elsewhere where a worker is idle',
    limitMs: 6_000,
    spread: ({ elsewhere }) => elsewhere['worker-kill'],
    most: 'p99',
  },
  {
    what: 'tasks of a hung worker are released',
    limitMs: 31_000,
    spread: ({ released }) => released['worker-stall'],
    most: 'longest',
  },
  {
    what: 'clients are back after a gateway was killed',
    limitMs: 3_000,
    spread: ({ resumed }) => resumed['gateway-kill'],
    most: 'longest',
  },
];

/** @returns milliseconds; `null` where it did not happen */
export function measured({ spread, most }: PromisedTime, figures: RunFigures): number | null {
  const found = spread(figures);
  if (found === undefined) return null;
  return most === 'p99' ? found.p99Ms : found.maxMs;
}
