import type { Deed } from './system-calls.ts';

/** What a gateway had promised to others at some moment. */
export interface Promises {
  /** Ids of calls whose receipts are out. */
  readonly accepted: ReadonlySet<string>;
  /** Ids of tasks whose outcome a worker was told to be recorded, or a client was shown. */
  readonly ended: ReadonlySet<string>;
}

const UUID = '[0-9a-f]{8}-[0-9a-f-]{27}';
const RECEIPT = new RegExp(`\\["(${UUID})",1,`, 'g');
const ASSIGNMENT = new RegExp(`\\["([^"]+)","(${UUID})",\\d+,"`, 'g');
const ACK = /\["([^"]+)","applied"\]/g;
const END = new RegExp(`\\["(${UUID})",\\d+,\\d+,"SUCCESS"`, 'g');

/** Listens to what a gateway says. */
export class Ledger implements Promises {
  readonly accepted = new Set<string>();
  readonly ended = new Set<string>();
  /** Tasks by the nonces of their leases. */
  readonly #tasks = new Map<string, string>();

  /** @returns whether it was a promise */
  hear(deed: Deed): boolean {
    if (deed.kind !== 'say') return false;
    const { text } = deed;
    const before = this.accepted.size + this.ended.size;
    if (text.includes('"receipts"')) for (const [, id = ''] of text.matchAll(RECEIPT)) this.accepted.add(id);
    if (text.includes('"assign"'))
      for (const [, nonce = '', id = ''] of text.matchAll(ASSIGNMENT)) this.#tasks.set(nonce, id);
    if (text.includes('"acks"'))
      for (const [, nonce = ''] of text.matchAll(ACK)) this.ended.add(this.#tasks.get(nonce) ?? nonce);
    if (text.includes('"events"')) for (const [, id = ''] of text.matchAll(END)) this.ended.add(id);
    return this.accepted.size + this.ended.size > before;
  }
}
