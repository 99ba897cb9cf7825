import { judgeName, type NameClaimant } from '../core/name-claim.ts';
import type { WorkerSession } from './roster.ts';

/**
 * A name belongs to one session, and having it proves nothing about its owner. Workers whose tokens do not cover what the other
 * serves do not affect each other: neither can deny the other a name, nor end its session.
 *
 * @param others sessions that have it, and that the claimant's token covers
 * @param now monotonic
 * @param aliveMs what was heard of within this time is alive
 * @throws NameTakenError where one of them may be alive
 */
export function claimName(
  others: readonly WorkerSession[],
  claimant: NameClaimant,
  now: number,
  aliveMs: number,
): void {
  for (const session of others) {
    const holder = {
      ...session.facts,
      session: session.shownId,
      connected: session.port !== null,
      silentMs: now - session.heardAt,
      closing: session.capacity === 0,
    };
    const taken = judgeName(holder, claimant, aliveMs);
    if (taken !== null) throw taken;
  }
}
