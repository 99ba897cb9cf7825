/**
 * Reports of how attempts ended, kept until the gateway says that they are recorded.
 *
 * Nothing is ever dropped: when too much waits the worker stops taking tasks, and takes them again when half
 * of it has drained.
 */
import {
  type Assignment,
  type Outcome,
  type ProgressItem,
  payloadSize,
  type SettledAck,
  type SettledItem,
} from '@celeriac/protocol';

export interface OutboxLimits {
  /** Reports without an ack. */
  readonly items: number;
  /** Their size in UTF-16 units. */
  readonly size: number;
}

export const OUTBOX_LIMITS: OutboxLimits = { items: 5_000, size: 16 * 1024 * 1024 };

export class Outbox {
  readonly #limits: OutboxLimits;
  /** In the order in which the attempts ended. */
  readonly #reports = new Map<string, SettledItem>();
  /** What those attempts showed last, where they did: it goes before their reports, also when these are sent again. */
  readonly #progress = new Map<string, ProgressItem>();
  #size = 0;
  #full = false;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#reports.size;
  }

  /** Turns true at a limit, and false again below half of both. */
  get full(): boolean {
    return this.#full;
  }

  has(nonce: string): boolean {
    return this.#reports.has(nonce);
  }

  get oldest(): SettledItem | undefined {
    return this.#reports.values().next().value;
  }

  all(): readonly SettledItem[] {
    return [...this.#reports.values()];
  }

  progress(): readonly ProgressItem[] {
    return [...this.#progress.values()];
  }

  add(report: SettledItem, progress?: ProgressItem): void {
    this.#reports.set(report[0], report);
    this.#size += sizeOfReport(report);
    if (progress !== undefined) {
      this.#progress.set(report[0], progress);
      this.#size += sizeOfProgress(progress);
    }
    this.#measure();
  }

  /** What may be too large for the way to the gateway is no longer sent: an end can do without it. */
  dropProgress(): void {
    for (const nonce of [...this.#progress.keys()]) this.#forgetProgress(nonce);
    this.#measure();
  }

  #forgetProgress(nonce: string): void {
    const progress = this.#progress.get(nonce);
    if (progress === undefined) return;
    this.#progress.delete(nonce);
    this.#size -= sizeOfProgress(progress);
  }

  /** The largest becomes what `replace` makes of it. @returns it as it was */
  replaceLargest(replace: (report: SettledItem) => SettledItem): SettledItem | undefined {
    let largest: SettledItem | undefined;
    for (const report of this.#reports.values())
      if (largest === undefined || sizeOfReport(report) > sizeOfReport(largest)) largest = report;
    return largest === undefined ? undefined : this.replace(largest[0], replace);
  }

  /** @returns it as it was; nothing where it is not there (any more) */
  replace(nonce: string, replace: (report: SettledItem) => SettledItem): SettledItem | undefined {
    const report = this.#reports.get(nonce);
    if (report === undefined) return undefined;
    const replaced = replace(report);
    this.#reports.set(nonce, replaced);
    this.#size += sizeOfReport(replaced) - sizeOfReport(report);
    this.#measure();
    return report;
  }

  /** Whatever the verdict is, the gateway has spoken. @returns reports that were refused as stale or unknown */
  acked(acks: readonly SettledAck[]): readonly SettledItem[] {
    const refused: SettledItem[] = [];
    for (const [nonce, verdict] of acks) {
      const report = this.#reports.get(nonce);
      if (report === undefined) continue;
      this.#reports.delete(nonce);
      this.#size -= sizeOfReport(report);
      this.#forgetProgress(nonce);
      if (verdict === 'stale' || verdict === 'unknown') refused.push(report);
    }
    this.#measure();
    return refused;
  }

  #measure(): void {
    const share = Math.max(this.#reports.size / this.#limits.items, this.#size / this.#limits.size);
    if (share >= 1) this.#full = true;
    else if (share < 0.5) this.#full = false;
  }
}

/** @param chunks how many the attempt gave. What there is none of is left out. */
export function reportOf(
  [nonce, id, attempt]: Assignment,
  outcome: Outcome,
  children: readonly string[],
  chunks: number,
): SettledItem {
  if (chunks > 0) return [nonce, id, attempt, outcome, children, chunks];
  if (children.length > 0) return [nonce, id, attempt, outcome, children];
  return [nonce, id, attempt, outcome];
}

function sizeOfProgress([nonce, state, meta]: ProgressItem): number {
  return nonce.length + state.length + payloadSize(meta);
}

/** Length of a report in a frame, nearly, in UTF-16 units. */
export function sizeOfReport([nonce, id, , outcome, children = []]: SettledItem): number {
  const own = nonce.length + id.length + sizeOfOutcome(outcome);
  return children.reduce((size, child) => size + child.length + 3, own);
}

function sizeOfOutcome(outcome: Outcome): number {
  let size = 40;
  for (const part of outcome) {
    if (typeof part === 'string') size += part.length;
    else if (Array.isArray(part)) for (const text of part) size += String(text).length;
  }
  return size;
}
