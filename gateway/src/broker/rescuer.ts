import type { Clock, MachinePlace } from '@celeriac/runtime';
import { revokeTask } from '../core/transitions.ts';
import type { TaskChange } from '../engine/engine.ts';
import type { Telemetry } from '../events/telemetry.ts';
import type { Leases } from './leases.ts';
import type { Recorder } from './recorder.ts';
import type { Roster, WorkerSession } from './roster.ts';
import type { Sessions } from './sessions.ts';

export interface RescueRules {
  /** How long a silent worker keeps its leases. */
  readonly leaseMs: number;
  /** How long a worker whose socket closed may take to come back. */
  readonly graceMs: number;
}

/** How often it looks; recovery is promised within this much more than the grace or the lease. */
export const RESCUE_EVERY_MS = 500;

interface Parts {
  readonly clock: Clock;
  readonly roster: Roster;
  readonly leases: Leases;
  readonly sessions: Sessions;
  readonly recorder: Recorder;
  readonly telemetry: Telemetry;
  /** Where this gateway runs; left out, it sees no worker's process. */
  readonly place?: MachinePlace | undefined;
}

/**
 * Finds worker sessions that are gone and frees their tasks, and revokes what expired in a worker's hands before it began.
 *
 * A gateway that stood still must not blame its workers: what it was late by is added to every deadline, because
 * heartbeats that arrived meanwhile have not been read yet.
 */
export class Rescuer {
  readonly #parts: Parts;
  readonly #rules: RescueRules;
  #lookedAt: number | undefined;

  constructor(parts: Parts, rules: RescueRules) {
    this.#parts = parts;
    this.#rules = rules;
  }

  async runOnce(): Promise<void> {
    const now = this.#parts.clock.monotonic();
    this.#forgiveOwnLag(now);
    await this.#loseSilent(now);
    await this.#freeOrphans();
    await this.#expireHeld();
  }

  #forgiveOwnLag(now: number): void {
    const lagMs = this.#lookedAt === undefined ? 0 : now - this.#lookedAt - RESCUE_EVERY_MS;
    this.#lookedAt = now;
    if (lagMs < RESCUE_EVERY_MS) return;
    this.#parts.telemetry.emit('stalled', { lagMs });
    for (const session of this.#parts.roster.all()) {
      session.heardAt += lagMs;
      if (session.leftAt !== null) session.leftAt += lagMs;
    }
  }

  async #loseSilent(now: number): Promise<void> {
    for (const session of [...this.#parts.roster.all()]) {
      const why = this.#verdict(session, now);
      if (why !== undefined) await this.#parts.sessions.lose(session, why);
    }
  }

  #verdict(session: WorkerSession, now: number): string | undefined {
    const { leaseMs, graceMs } = this.#rules;
    if (session.port === null && this.#seesEnded(session)) return 'its process has ended';
    if (session.leftAt !== null && now - session.leftAt >= graceMs)
      return `its connection closed ${graceMs} ms ago`;
    return now - session.heardAt >= leaseMs ? `nothing was heard from it for ${leaseMs} ms` : undefined;
  }

  /** Its connection alone proves nothing, and neither does a number that another machine counts by itself. */
  #seesEnded({ facts: { machine, pid } }: WorkerSession): boolean {
    const { place } = this.#parts;
    return pid > 0 && machine !== '' && machine === place?.machine && place.hasEnded(pid);
  }

  /** A claim can come back after its session was lost. */
  async #freeOrphans(): Promise<void> {
    const { roster, leases, sessions } = this.#parts;
    const orphans = [...leases.all()].filter((held) => roster.find(held.session) === undefined);
    if (orphans.length > 0)
      await sessions.release(
        orphans.map(({ nonce }) => nonce),
        null,
        'its session is gone',
      );
  }

  async #expireHeld(): Promise<void> {
    const { clock, roster, leases, recorder } = this.#parts;
    const now = clock.now();
    const changes: TaskChange[] = [];
    for (const held of [...leases.all()]) {
      const { record } = held;
      if (record.phase !== 'leased' || record.expiresAt === null || record.expiresAt > now) continue;
      leases.drop(held);
      roster.find(held.session)?.port?.abort([[held.nonce, 'revoked', false, 0]]);
      changes.push({ from: record, to: revokeTask(record, 'expired', now), urgent: true });
    }
    await recorder.record(changes);
  }
}
