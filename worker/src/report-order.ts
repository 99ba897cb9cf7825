/**
 * Which reports may go now. All, as they come; but where the gateway could not read a frame of ours, each by itself and after
 * the ack of the one before: so one bad report costs no other, and it is known which one it is. What was refused for its size
 * is not sent again as it was either: first frames are cut finer, and of single reports the largest cannot pass.
 */
import { FRAME_ITEMS, type SettledItem } from '@celeriac/protocol';
import type { Logger } from 'pino';
import { failReport, failUnread } from './link/frames.ts';
import type { Outbox } from './outbox.ts';

export class ReportOrder {
  readonly #outbox: Outbox;
  readonly #log: Logger;
  #careful = false;
  /** A frame was too large for something on the way: each item goes by itself. */
  #singly = false;
  /** The nonce of the one that was sent by itself. */
  #alone: string | undefined;

  constructor(outbox: Outbox, log: Logger) {
    this.#outbox = outbox;
    this.#log = log;
  }

  /** In one frame. */
  get items(): number {
    return this.#singly ? 1 : FRAME_ITEMS;
  }

  /** Whether a new report goes at once. */
  get open(): boolean {
    return !this.#careful;
  }

  /** What a new connection begins with. */
  begin(): readonly SettledItem[] {
    if (!this.#careful) return this.#outbox.all();
    this.#alone = undefined;
    return this.next();
  }

  /** Acks have come. @returns what may go now */
  next(): readonly SettledItem[] {
    if (!this.#careful || (this.#alone !== undefined && this.#outbox.has(this.#alone))) return [];
    const { oldest } = this.#outbox;
    this.#careful = oldest !== undefined;
    this.#alone = oldest?.[0];
    return oldest === undefined ? [] : [oldest];
  }

  /**
   * The gateway could not read what was sent. The report that went by itself fails its task.
   * @param why in the gateway's words
   * @returns the nonce of that one
   */
  misread(why: string): string | undefined {
    this.#outbox.dropProgress();
    this.#careful = true;
    if (this.#alone === undefined) return undefined;
    const report = this.#outbox.replace(this.#alone, (bad) => failUnread(bad, why));
    return this.#tell(report, { why }, 'the gateway could not read an outcome');
  }

  /** A frame of ours was too large for something on the way. @returns the nonce of a report that fails its task for that */
  choked(): string | undefined {
    this.#outbox.dropProgress();
    const { items } = this;
    this.#singly = true;
    if (items > 1) return undefined;
    const report = this.#outbox.replaceLargest((largest) => failReport(largest));
    return this.#tell(report, {}, 'an outcome is too large to be sent');
  }

  #tell(report: SettledItem | undefined, facts: object, message: string): string | undefined {
    if (report !== undefined) this.#log.error({ task: report[1], attempt: report[2], ...facts }, message);
    return report?.[0];
  }
}
