/** What happened, second by second: counts and latencies of the last minutes. Pure: seconds are given. */

/** What is drawn: one entry per second, the oldest first. */
export interface ActivityView {
  /** Whole seconds since 1970. */
  readonly seconds: readonly number[];
  readonly sent: readonly number[];
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
  /** `null` where nothing ended. */
  readonly median: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
}

type Kind = 'sent' | 'succeeded' | 'failed';

interface Bucket {
  sent: number;
  succeeded: number;
  failed: number;
  readonly latencies: number[];
}

/** Latencies that one second remembers: beyond that its percentiles change little. */
const SAMPLE = 500;
/** Tasks on their way whose submit is remembered for the sake of their latency. */
const ON_THEIR_WAY = 20_000;

export class Activity {
  readonly #span: number;
  readonly #buckets = new Map<number, Bucket>();
  readonly #sentAt = new Map<string, number>();

  /** @param span how many seconds are kept */
  constructor(span: number) {
    this.#span = span;
  }

  sent(id: string, at: number): void {
    this.#count('sent', at);
    if (this.#sentAt.size >= ON_THEIR_WAY) {
      const [oldest] = this.#sentAt.keys();
      if (oldest !== undefined) this.#sentAt.delete(oldest);
    }
    this.#sentAt.set(id, at);
  }

  /** @param at seconds; a task whose submit was not seen counts without a latency */
  ended(id: string, kind: 'succeeded' | 'failed', at: number): void {
    this.#count(kind, at);
    const sentAt = this.#sentAt.get(id);
    if (sentAt === undefined) return;
    this.#sentAt.delete(id);
    const { latencies } = this.#bucket(at);
    if (latencies.length < SAMPLE) latencies.push(Math.max(0, (at - sentAt) * 1000));
  }

  /** The span that ends before `now`: the second that is running is not whole yet. */
  view(now: number): ActivityView {
    const last = Math.floor(now) - 1;
    for (const second of this.#buckets.keys()) if (second <= last - this.#span) this.#buckets.delete(second);
    const seconds = Array.from({ length: this.#span }, (_, place) => last - this.#span + 1 + place);
    const buckets = seconds.map((second) => this.#buckets.get(second));
    const sorted = buckets.map((bucket) => bucket?.latencies.toSorted((one, other) => one - other) ?? []);
    return {
      seconds,
      sent: buckets.map((bucket) => bucket?.sent ?? 0),
      succeeded: buckets.map((bucket) => bucket?.succeeded ?? 0),
      failed: buckets.map((bucket) => bucket?.failed ?? 0),
      median: sorted.map((latencies) => quantile(latencies, 0.5)),
      p95: sorted.map((latencies) => quantile(latencies, 0.95)),
    };
  }

  #count(kind: Kind, at: number): void {
    this.#bucket(at)[kind] += 1;
  }

  #bucket(at: number): Bucket {
    const second = Math.floor(at);
    let bucket = this.#buckets.get(second);
    if (bucket === undefined) {
      bucket = { sent: 0, succeeded: 0, failed: 0, latencies: [] };
      this.#buckets.set(second, bucket);
    }
    return bucket;
  }
}

/** @param sorted ascending @returns `null` of none */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}
