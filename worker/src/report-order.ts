/**
 * Which reports may go now. All, as they come; but where the gateway could not read a frame of ours, each by itself and after
 * the ack of the one before: so one bad report costs no other, and it is known which one it is.
 */
import type { SettledItem } from '@celeriac/protocol';
import type { Outbox } from './outbox.ts';

export class ReportOrder {
  readonly #outbox: Outbox;
  #careful = false;
  /** The nonce of the one that was sent by itself. */
  #alone: string | undefined;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
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
   * The gateway could not read what was sent. The report that went by itself becomes what `replace` makes of it.
   * @returns that one, as it was
   */
  misread(replace: (report: SettledItem) => SettledItem): SettledItem | undefined {
    this.#careful = true;
    return this.#alone === undefined ? undefined : this.#outbox.replace(this.#alone, replace);
  }
}
