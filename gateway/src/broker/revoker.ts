import type { RevokeVerdict } from '@celeriac/protocol';
import type { RevokeItem } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { isHeld, type StoredTask } from '../core/record.ts';
import { revokeTask } from '../core/transitions.ts';
import type { Engine } from '../engine/engine.ts';
import type { Leases } from './leases.ts';
import type { Recorder } from './recorder.ts';
import type { Roster } from './roster.ts';

/** A waiting task can be claimed while it is being revoked; each round then finds it further on. */
const ROUNDS = 10;

interface Parts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly leases: Leases;
  readonly roster: Roster;
  readonly recorder: Recorder;
}

/** Ends tasks on request: one authoritative transition, whatever the task is doing. */
export class Revoker {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async revoke(items: readonly RevokeItem[]): Promise<readonly RevokeVerdict[]> {
    return Promise.all(items.map((item) => this.#revokeOne(item)));
  }

  async #revokeOne(item: RevokeItem): Promise<RevokeVerdict> {
    for (let round = 0; round < ROUNDS; round++) {
      const verdict = (await this.#revokeHeld(item)) ?? (await this.#revokeWaiting(item[0]));
      if (verdict !== undefined) return verdict;
    }
    throw new Error(`task ${item[0]} was given to another worker ${ROUNDS} times while it was being revoked`);
  }

  /** In a worker's hands it may have begun without our knowing, so it is never answered "prevented". */
  async #revokeHeld([id, terminate, graceMs]: RevokeItem): Promise<RevokeVerdict | undefined> {
    const { clock, leases, roster, recorder } = this.#parts;
    const held = leases.findTask(id);
    if (held === undefined) return undefined;
    leases.drop(held);
    const abort = (): void =>
      roster.find(held.session)?.port?.abort([[held.nonce, 'revoked', terminate, graceMs]]);
    const change = { from: held.record, to: revokeTask(held.record, 'revoked', clock.now()), urgent: true };
    // What has not begun must not. What has is stopped by the commit only: a gateway that dies before it has revoked
    // nothing, and a body that it had stopped would be run again.
    // (One that waits for leave to begin has not, whatever its phase.)
    const begun = held.record.phase === 'running' && held.record.options.acksLate;
    if (!begun) abort();
    const [applied] = await recorder.record([change]);
    if (begun) abort();
    return applied === true ? 'revoked' : undefined;
  }

  async #revokeWaiting(id: string): Promise<RevokeVerdict | undefined> {
    const { clock, engine, leases, recorder } = this.#parts;
    const [record] = await engine.get([id]);
    if (record === undefined) return 'unknown';
    if (record.phase === 'ended') return 'already-done';
    if (leases.findTask(id) !== undefined || !this.#isStillOurs(record)) return undefined;
    const change = { from: record, to: revokeTask(record, 'revoked', clock.now()), urgent: true };
    const [applied] = await recorder.record([change]);
    return applied === true ? 'prevented' : undefined;
  }

  /**
   * What is leased and held by nobody is on its way to a worker, where it must not arrive; or it is just leaving one,
   * and what it becomes is being written.
   */
  #isStillOurs(record: StoredTask): boolean {
    return !isHeld(record) || (record.lease !== null && this.#parts.leases.cut(record.lease.nonce));
  }
}
