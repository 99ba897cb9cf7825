const FIRST_MS = 200;
const LONGEST_MS = 5_000;
/** A child that lived this long did not end because it cannot start. */
const LASTING_MS = 10_000;

export interface RestartDelay {
  readonly delayMs: number;
  /** How often in a row it has ended soon after its start. */
  readonly quickEnds: number;
}

/** How long to wait before a child that ended is started again: doubling while it ends quickly. */
export function restartDelay(quickEnds: number, livedMs: number): RestartDelay {
  const ends = livedMs >= LASTING_MS ? 1 : quickEnds + 1;
  return { delayMs: Math.min(FIRST_MS * 2 ** (ends - 1), LONGEST_MS), quickEnds: ends };
}
