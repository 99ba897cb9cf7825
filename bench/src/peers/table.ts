/** What was measured as tables in Markdown. */
import { median } from '../measures.ts';
import type { Figures } from './workloads.ts';

/** Of one subject: the figures of each pass, under the pass's number. */
export interface Measured {
  readonly key: string;
  readonly name: string;
  readonly passes: readonly Figures[];
}

type Format = (figure: (name: string) => number) => string;

export interface Column {
  readonly title: string;
  readonly of: Format;
}

const ABSENT = '–';

const decimals = (value: number, digits: number): string =>
  Number.isNaN(value) ? ABSENT : value.toFixed(digits);

/** Two or three digits are what such a figure is worth. */
export function rounded(value: number): string {
  if (Number.isNaN(value)) return ABSENT;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(value, 1))) - 2);
  return (Math.round(value / step) * step).toLocaleString('en');
}

function joined(parts: readonly string[]): string {
  return parts.every((part) => part === ABSENT) ? ABSENT : parts.join(' · ');
}

const cpu =
  (name: string): Format =>
  (figure) =>
    joined(['Server', 'Worker', 'Caller'].map((part) => cell(figure(`${name}${part}Us`))));
const cell = (value: number): string => decimals(value, value < 9.95 ? 1 : 0);

export const SPEED: readonly Column[] = [
  {
    title: 'one call, awaited: p50 · p95 · p99 ms',
    of: (figure) => joined(['p50Ms', 'p95Ms', 'p99Ms'].map((name) => decimals(figure(name), 2))),
  },
  {
    title: 'a burst until the caller has all results, /s: cold · hot',
    of: (figure) => joined(['coldPerSecond', 'hotPerSecond'].map((name) => rounded(figure(name)))),
  },
  { title: 'accepted, /s (cold)', of: (figure) => rounded(figure('acceptsPerSecond')) },
  { title: 'CPU µs a task, server · worker · caller: cold', of: cpu('cold') },
  { title: 'hot', of: cpu('hot') },
];

export const WEIGHT: readonly Column[] = [
  { title: 'server bytes a queued task, at 100,000', of: (figure) => rounded(figure('queuedBytes')) },
  {
    title: 'worker to 500 watchers: p50 · p99 ms',
    of: (figure) => joined(['watchedP50Ms', 'watchedP99Ms'].map((name) => decimals(figure(name), 2))),
  },
  { title: 'server bytes an idle client, at 10,000', of: (figure) => rounded(figure('idleBytes')) },
  {
    title: 'one call beside 10⁶ waiting and 10⁶ finished: p50 · p99 ms',
    of: (figure) => joined(['besideP50Ms', 'besideP99Ms'].map((name) => decimals(figure(name), 2))),
  },
];

/** The median over the passes that have the figure; NaN where none has. */
export function medianOf({ passes }: Measured, name: string): number {
  return median(passes.map((pass) => pass[name]).filter((value) => value !== undefined));
}

/** The median of the ratios that each pass gives: what slows a whole pass does not count. */
export function ratioOf(one: Measured, other: Measured, name: string): number {
  const ratios = one.passes.map(
    (pass, index) => (pass[name] ?? Number.NaN) / (other.passes[index]?.[name] ?? Number.NaN),
  );
  return median(ratios.filter((ratio) => !Number.isNaN(ratio)));
}

/** Without the columns that nobody has, and without the rows that have none; empty if nothing is left. */
export function table(measured: readonly Measured[], columns: readonly Column[]): string {
  const rows = measured.map((one) => [
    one.name,
    ...columns.map(({ of }) => of((name) => medianOf(one, name))),
  ]);
  const full = rows.filter(([, ...cells]) => cells.some((text) => text !== ABSENT));
  const kept = [0, ...columns.map((_, index) => index + 1)].filter(
    (index) => index === 0 || full.some((row) => row[index] !== ABSENT),
  );
  if (full.length === 0) return '';
  return markdown(['', ...columns.map(({ title }) => title)], full, kept);
}

/** Each of `ours` against each of `bases`, by the figures of the speed table; rates as ours ÷ theirs, times too. */
export function ratios(ours: readonly Measured[], bases: readonly Measured[]): string {
  const names = ['p50Ms', 'coldPerSecond', 'hotPerSecond', 'acceptsPerSecond'];
  const head = ['÷', 'one call p50', 'burst cold', 'burst hot', 'accepted'];
  const pairs = ours
    .flatMap((one) => bases.map((base) => [one, base] as const))
    .filter(([one, base]) => one !== base);
  const rows = pairs.map(([one, base]) => [
    `${one.name} ÷ ${base.name}`,
    ...names.map((name) => decimals(ratioOf(one, base, name), 2)),
  ]);
  const full = rows.filter(([, ...cells]) => cells.some((text) => text !== ABSENT));
  return full.length === 0 ? '' : markdown(head, full, [...head.keys()]);
}

function markdown(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  kept: readonly number[],
): string {
  return [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${kept.map((index) => row[index]).join(' | ')} |`)
    .join('\n');
}
