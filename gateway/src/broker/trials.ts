import type { Clock } from '@celeriac/runtime';
import { clear } from '../core/transitions.ts';
import type { HeldTask, Leases } from './leases.ts';
import type { Recorder } from './recorder.ts';
import type { Roster } from './roster.ts';

/** How often it looks. */
export const TRIALS_EVERY_MS = 500;

/**
 * Ends the trials of suspects that have run for longer than before: from there on they are as others, and the next suspect has
 * its turn. The worker must have been heard of since, for which it is asked: one that hangs may hang because of its suspect.
 */
export class Trials {
  readonly #clock: Clock;
  readonly #roster: Roster;
  readonly #leases: Leases;
  readonly #recorder: Recorder;
  readonly #wake: () => void;

  constructor(
    parts: {
      readonly clock: Clock;
      readonly roster: Roster;
      readonly leases: Leases;
      readonly recorder: Recorder;
    },
    wake: () => void,
  ) {
    this.#clock = parts.clock;
    this.#roster = parts.roster;
    this.#leases = parts.leases;
    this.#recorder = parts.recorder;
    this.#wake = wake;
  }

  async runOnce(): Promise<void> {
    const changes = [];
    /** Whether a worker has waited for its suspect to begin for long enough. */
    let isOverdue = false;
    for (const session of this.#roster.all()) {
      if (session.trial === null) continue;
      isOverdue ||= !session.trial.begun && !session.isOpening(this.#clock.monotonic());
      const held = this.#leases.find(session.trial.source);
      const endsAt = held === undefined ? undefined : endOf(held);
      if (held === undefined || endsAt === undefined || this.#clock.monotonic() < endsAt) continue;
      if (session.port === null || session.heardAt < endsAt) {
        session.port?.probe();
        continue;
      }
      const from = held.record;
      held.record = clear(from);
      session.trial = null;
      changes.push({ from, to: held.record, urgent: false });
    }
    if (changes.length > 0 || isOverdue) this.#wake();
    await this.#recorder.record(changes);
  }
}

/** Monotonic; `undefined` where it has not begun. */
function endOf({ record: { trialMs }, begun }: HeldTask): number | undefined {
  return begun === null || trialMs === null ? undefined : begun.at + trialMs;
}
