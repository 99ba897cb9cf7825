/** What is measured, the same way for Celeriac and for the floor beneath it. */

export interface RoundTrip {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export interface Figures {
  /** One call after the other, each awaited. */
  readonly roundTrip: RoundTrip;
  /** Calls a second when all are made at once and all results are awaited. */
  readonly resultsPerSecond: number;
  /** Calls a second until all are accepted, with nobody to run them. */
  readonly acceptsPerSecond: number;
}

export const WARM_UP = 500;
export const SEQUENTIAL = 2_000;
export const BURST = 20_000;

export async function timeSequence(call: (index: number) => Promise<unknown>): Promise<RoundTrip> {
  for (let index = 0; index < WARM_UP; index++) await call(index);
  const times = new Float64Array(SEQUENTIAL);
  for (let index = 0; index < SEQUENTIAL; index++) {
    const begun = performance.now();
    await call(index);
    times[index] = performance.now() - begun;
  }
  times.sort();
  const at = (part: number): number => times[Math.floor(part * SEQUENTIAL)] ?? Number.NaN;
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

/** Bursts that are not counted: they warm code and store. */
export const WARM_BURSTS = 2;
export const COUNTED_BURSTS = 5;

/** @returns calls a second: the median of the counted bursts */
export async function timeBursts(makeAll: (count: number) => Promise<unknown>): Promise<number> {
  const rates: number[] = [];
  for (let burst = 0; burst < WARM_BURSTS + COUNTED_BURSTS; burst++) {
    const rate = await timeBurst(makeAll);
    if (burst >= WARM_BURSTS) rates.push(rate);
  }
  return median(rates);
}

/** @returns calls a second */
export async function timeBurst(makeAll: (count: number) => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await makeAll(BURST);
  return (BURST / (performance.now() - begun)) * 1_000;
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The value below which this share of them lies. */
export function part(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
