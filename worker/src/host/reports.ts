/**
 * Reports of how attempts ended, kept until the gateway says that they are recorded.
 *
 * Nothing is ever dropped: when too much waits the worker stops taking tasks, and takes them again when half
 * of it has drained.
 *
 * All go as they come; but where the gateway could not read a frame of ours, each by itself and after the ack of the one
 * before: so one bad report costs no other, and it is known which one it is. What was refused for its size is not sent again
 * as it was either: first frames are cut finer, and of single reports the largest cannot pass.
 */
import {
  type Assignment,
  FRAME_ITEMS,
  type Outcome,
  type ProgressItem,
  type SettledAck,
  type SettledItem,
} from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import type { Logger } from 'pino';
import type { Attempt } from '../attempts/attempt.ts';
import type { Prefetch } from '../attempts/prefetch.ts';
import type { LifeEvents } from '../life/events.ts';
import { failReport, failUnreadable, fitReport, sizeOfProgress, sizeOfReport } from '../session/frames.ts';
import type { Session } from '../session/session.ts';
import type { Chunks } from './chunks.ts';
import type { Turn } from './turn.ts';

/** Reports without an ack, and their size in UTF-16 units. */
const LIMITS = { items: 5_000, size: 16 * 1024 * 1024 };

export interface ReportParts {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Logger;
  readonly turn: Pick<Turn, 'settled' | 'wake'>;
  readonly chunks: Pick<Chunks, 'count'>;
  readonly life: Pick<LifeEvents, 'taskEnded'>;
  readonly prefetch: Pick<Prefetch, 'settled'>;
  readonly session: Pick<Session, 'frameLimit'>;
}

interface Kept {
  report: SettledItem;
  /** What the attempt showed last, where it did: it goes before its report, also when this is sent again. */
  shown: ProgressItem | undefined;
  /** Of both. */
  size: number;
}

export class Reports {
  readonly #parts: ReportParts;
  /** By nonce, in the order in which the attempts ended. */
  readonly #kept = new Map<string, Kept>();
  #size = 0;
  #full = false;
  /** The gateway could not read a frame: one by one. */
  #careful = false;
  /** A frame was too large for something on the way: each item goes by itself. */
  #singly = false;
  /** The nonce of the one that was sent by itself. */
  #alone: string | undefined;

  constructor(parts: ReportParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#kept.size;
  }

  /** Of all that is kept, in UTF-16 units. */
  get size(): number {
    return this.#size;
  }

  /** Turns true at a limit, and false again below half of both. */
  get full(): boolean {
    return this.#full;
  }

  /** In one frame. */
  get items(): number {
    return this.#singly ? 1 : FRAME_ITEMS;
  }

  has(nonce: string): boolean {
    return this.#kept.has(nonce);
  }

  all(): readonly SettledItem[] {
    return [...this.#kept.values()].map(({ report }) => report);
  }

  progress(): readonly ProgressItem[] {
    return [...this.#kept.values()].flatMap(({ shown }) => (shown === undefined ? [] : [shown]));
  }

  /** An attempt has ended. @returns whether the gateway is told the outcome as it was */
  settled({ assignment, shown }: Attempt, outcome: Outcome, children: readonly string[]): boolean {
    const { clock, turn, chunks, life, prefetch, session } = this.#parts;
    const report = fitReport(
      reportOf(assignment, outcome, children, chunks.count(assignment[0])),
      session.frameLimit,
    );
    const size = sizeOfReport(report) + (shown === undefined ? 0 : sizeOfProgress(shown));
    this.#kept.set(assignment[0], { report, shown, size });
    this.#size += size;
    this.#measure();
    life.taskEnded(assignment, report[3]);
    prefetch.settled(clock.monotonic());
    if (this.#careful) turn.wake();
    else turn.settled(report);
    return report[3] === outcome;
  }

  /** Whatever the verdicts are, the gateway has spoken. */
  acked(acks: readonly SettledAck[]): void {
    const { log, turn } = this.#parts;
    for (const [nonce, verdict] of acks) {
      const kept = this.#kept.get(nonce);
      if (kept === undefined) continue;
      this.#kept.delete(nonce);
      this.#size -= kept.size;
      const [, task, attempt] = kept.report;
      if (verdict === 'stale' || verdict === 'unknown')
        log.info({ task, attempt }, 'the gateway refused a late outcome');
    }
    this.#measure();
    for (const report of this.#next()) turn.settled(report);
  }

  /** What a new connection begins with. */
  begin(): readonly SettledItem[] {
    if (!this.#careful) return this.all();
    this.#alone = undefined;
    return this.#next();
  }

  /**
   * The gateway could not read what was sent. The report that went by itself fails its task.
   * @param why in the gateway's words
   * @returns the nonce of that one
   */
  misread(why: string): string | undefined {
    this.#dropProgress();
    this.#careful = true;
    const kept = this.#alone === undefined ? undefined : this.#kept.get(this.#alone);
    if (kept === undefined) return undefined;
    return this.#fail(
      kept,
      failUnreadable(kept.report, why),
      { why },
      'the gateway could not read an outcome',
    );
  }

  /** A frame of ours was too large for something on the way. @returns the nonce of a report that fails its task for that */
  choked(): string | undefined {
    this.#dropProgress();
    const { items } = this;
    this.#singly = true;
    if (items > 1) return undefined;
    let largest: Kept | undefined;
    for (const kept of this.#kept.values())
      if (largest === undefined || kept.size > largest.size) largest = kept;
    if (largest === undefined) return undefined;
    return this.#fail(largest, failReport(largest.report), {}, 'an outcome is too large to be sent');
  }

  #fail(kept: Kept, failed: SettledItem, facts: object, message: string): string {
    const [nonce, task, attempt] = kept.report;
    kept.report = failed;
    this.#resize(kept, sizeOfReport(failed));
    this.#parts.log.error({ task, attempt, ...facts }, message);
    return nonce;
  }

  /** Acks have come, or another connection. @returns what may go now */
  #next(): readonly SettledItem[] {
    if (!this.#careful || (this.#alone !== undefined && this.has(this.#alone))) return [];
    const oldest = this.#kept.values().next().value?.report;
    this.#careful = oldest !== undefined;
    this.#alone = oldest?.[0];
    return oldest === undefined ? [] : [oldest];
  }

  /** What may be too large for the way to the gateway is no longer sent: an end can do without it. */
  #dropProgress(): void {
    for (const kept of this.#kept.values()) {
      if (kept.shown === undefined) continue;
      const size = kept.size - sizeOfProgress(kept.shown);
      kept.shown = undefined;
      this.#resize(kept, size);
    }
  }

  #resize(kept: Kept, size: number): void {
    this.#size += size - kept.size;
    kept.size = size;
    this.#measure();
  }

  #measure(): void {
    const share = Math.max(this.#kept.size / LIMITS.items, this.#size / LIMITS.size);
    if (share >= 1) this.#full = true;
    else if (share < 0.5) this.#full = false;
  }
}

/** @param chunks how many the attempt gave. What there is none of is left out. */
function reportOf(
  [nonce, id, attempt]: Assignment,
  outcome: Outcome,
  children: readonly string[],
  chunks: number,
): SettledItem {
  if (chunks > 0) return [nonce, id, attempt, outcome, children, chunks];
  if (children.length > 0) return [nonce, id, attempt, outcome, children];
  return [nonce, id, attempt, outcome];
}
