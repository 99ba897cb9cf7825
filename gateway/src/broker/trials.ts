import type { Clock } from '@celeriac/runtime';
import { clear } from '../core/transitions.ts';
import type { Leases } from './leases.ts';
import type { Recorder } from './recorder.ts';
import type { Roster, Trial } from './roster.ts';

/** How often it looks. */
export const TRIALS_EVERY_MS = 500;

interface Parts {
  readonly clock: Clock;
  readonly roster: Roster;
  readonly leases: Leases;
  readonly recorder: Recorder;
  readonly wake: () => void;
}

/**
 * Ends the trials of suspects that have run for longer than before: from there on they are as others, and the next suspect has
 * its turn. The worker must have been heard of since, for which it is asked: one that hangs may hang because of its suspect.
 */
export class Trials {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async runOnce(): Promise<void> {
    const { clock, roster, leases, recorder, wake } = this.#parts;
    const now = clock.monotonic();
    const changes = [];
    let isFree = false;
    for (const session of roster.all()) {
      const { trial } = session;
      if (trial === null) continue;
      // Its suspect has had enough time to begin.
      if (trial.begunAt === null && !session.isOpening(now)) isFree = true;
      const endsAt = endOf(trial);
      if (endsAt === undefined || now < endsAt) continue;
      if (session.port === null || session.heardAt < endsAt) {
        session.port?.probe();
        continue;
      }
      session.trial = null;
      isFree = true;
      const held = leases.find(trial.source);
      // A revoked one may still run, but has no lease.
      if (held === undefined) continue;
      const from = held.record;
      held.record = clear(from);
      changes.push({ from, to: held.record, urgent: false });
    }
    if (isFree) wake();
    await recorder.record(changes);
  }
}

/** Monotonic; `undefined` where it has not begun. */
function endOf({ begunAt, ms }: Trial): number | undefined {
  return begunAt === null ? undefined : begunAt + ms;
}
