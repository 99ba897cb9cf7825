import type { ResultView } from '@celeriac/client';

/** What became of a round, counted from what the page itself has seen. */
export interface Tally {
  readonly sent: number;
  /** Their receipts say that they are on the gateway's disk. */
  readonly accepted: number;
  /** Ended, with the value that they had to give, and with one end in their history. */
  readonly right: number;
  /** Ended otherwise, or more than once. */
  readonly wrong: number;
  /** Will never be heard of again. */
  readonly lost: number;
  /** Given back by a worker that died, and run again. */
  readonly runAgain: number;
}

const ENDS: ReadonlySet<string> = new Set(['SUCCESS', 'FAILURE', 'REVOKED', 'IGNORED']);

/** @param views in the order of the calls: number n has to return n */
export function tallyOf(views: readonly ResultView[]): Tally {
  let accepted = 0;
  let right = 0;
  let ended = 0;
  let lost = 0;
  let runAgain = 0;
  for (const [n, { known, dateDone, result, history, trouble }] of views.entries()) {
    if (known) accepted += 1;
    if (trouble !== null) lost += 1;
    if (history.some(({ reason }) => reason === 'worker-lost')) runAgain += 1;
    if (dateDone === null) continue;
    ended += 1;
    if (result === n && history.filter(({ state }) => ENDS.has(state)).length === 1) right += 1;
  }
  return { sent: views.length, accepted, right, wrong: ended - right, lost, runAgain };
}
