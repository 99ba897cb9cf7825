import type { Entry } from '../history/entry.ts';
import { digest } from './digest.ts';
import { type Counts, figuresOf, type RunFigures, type Spread } from './figures.ts';
import type { Violation } from './invariant.ts';
import { INVARIANTS } from './invariants.ts';

export interface Report {
  readonly figures: RunFigures;
  readonly violations: readonly Violation[];
}

/** @param entries in order of time */
export function check(entries: readonly Entry[]): Report {
  const history = digest(entries);
  const violations = INVARIANTS.flatMap(({ name, check: breaks }) =>
    breaks(history).map((what): Violation => ({ invariant: name, what })),
  );
  return { figures: figuresOf(history), violations };
}

/** As a person reads it, one figure per line. */
export function describeReport({ figures, violations }: Report): string {
  const { refused, explainedDuplicates, restarted, released, elsewhere, resumed, faults, ...plain } = figures;
  const lines = Object.entries(plain).map(([name, value]) => `${words(name)}: ${Math.round(value)}`);
  lines.push(
    `refused: ${listed(refused)}`,
    `explained duplicates: ${listed(explainedDuplicates)}`,
    ...spread('released', released),
    ...spread('running on an idle worker', elsewhere),
    ...spread('running again', restarted),
    ...spread('clients back', resumed),
    `faults: ${listed(faults)}`,
    ...violations.map(({ invariant, what }) => `BROKEN ${invariant}: ${what}`),
  );
  return lines.join('\n');
}

function spread(what: string, times: Readonly<Record<string, Spread>>): readonly string[] {
  return Object.entries(times).map(([fault, { count, ...spans }]) => {
    const [p50, p99, longest] = [spans.p50Ms, spans.p99Ms, spans.maxMs].map(Math.round);
    return `${what} after ${fault}: p50 ${p50} ms, p99 ${p99} ms, longest ${longest} ms (${count})`;
  });
}

function listed(counts: Counts): string {
  const all = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return all.length === 0 ? 'none' : all.join(', ');
}

function words(name: string): string {
  return name.replace(/Ms$/, ' in ms').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
