import type { Write } from './engine.ts';

/**
 * A write both of whose moments may go unwatched: an engine that fails says so on `failed`, and must not end the
 * process with an unhandled rejection because nobody waited for one of the two.
 */
export function watchedWrite<Verdict>(
  applied: Promise<Verdict>,
  committed: Promise<Verdict>,
): Write<Verdict> {
  applied.catch(ignore);
  committed.catch(ignore);
  return { applied, committed };
}

function ignore(): void {}
