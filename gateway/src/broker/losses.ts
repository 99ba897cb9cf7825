import type { RunLoss } from '../core/outcome.ts';
import { type Blame, blameOf } from '../core/suspicion.ts';
import type { HeldTask } from './leases.ts';
import type { WorkerSession } from './roster.ts';

/**
 * How each lost task was lost: who is to blame, and how long it ran.
 *
 * @param session what was lost as a whole; `null` where each was lost by itself
 * @param now monotonic
 */
export function judgeLosses(
  held: readonly HeldTask[],
  session: WorkerSession | null,
  now: number,
): (one: HeldTask) => RunLoss {
  const endedAt = session === null ? now : (session.leftAt ?? session.heardAt);
  const blame = new Map<HeldTask, Blame>();
  if (session !== null) {
    const runs = held.filter(({ record }) => record.phase === 'running');
    const blames = blameOf(
      runs.map(({ record, begun }) => ({ onTrial: record.trialMs !== null, order: begun?.order ?? 0 })),
    );
    for (const [position, run] of runs.entries()) blame.set(run, blames[position] ?? 'own');
  }
  return (one) => ({
    blame: blame.get(one) ?? 'own',
    pool: session?.facts.pool ?? 'inline',
    ranMs: one.begun === null ? 0 : Math.max(0, endedAt - one.begun.at),
  });
}
