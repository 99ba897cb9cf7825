import {
  type Assignment,
  type ChunkAck,
  type ChunksItem,
  encodeTooLarge,
  jsonBytes,
  type ProgressItem,
  type SettledAck,
  type SettledItem,
  type SettleVerdict,
  type StartedAck,
} from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { lateVerdict, settle } from '../core/outcome.ts';
import type { StoredTask } from '../core/record.ts';
import { adoptDefinition, failAttempt, release, revokeTask, start, withCount } from '../core/transitions.ts';
import type { Engine, TaskChange } from '../engine/engine.ts';
import type { Telemetry } from '../events/telemetry.ts';
import type { HeldTask, Leases } from './leases.ts';
import type { Recorder } from './recorder.ts';
import type { Roster, WorkerSession } from './roster.ts';
import type { TaskStreams } from './streams/streams.ts';

interface Parts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly leases: Leases;
  readonly recorder: Recorder;
  readonly roster: Roster;
  readonly streams: TaskStreams;
  readonly telemetry: Telemetry;
  readonly random: () => number;
  readonly wake: () => void;
}

/**
 * Takes in what workers report: starts, progress, outcomes, and tasks given back. Only the attempt that holds
 * the lease is believed; what comes late is answered with a verdict and changes nothing.
 */
export class Completer {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The bodies begin now. An attempt that may run only once waits for our answer, which waits for the commit. */
  async started(session: WorkerSession, nonces: readonly string[]): Promise<void> {
    const { clock, recorder, wake } = this.#parts;
    const now = clock.now();
    const at = clock.monotonic();
    const changes: TaskChange[] = [];
    const awaiting: { readonly nonce: string; readonly position: number }[] = [];
    const stale: StartedAck[] = [];
    for (const nonce of nonces) {
      const held = this.#heldBy(session, nonce);
      if (held === undefined) {
        stale.push([nonce, 'stale']);
        continue;
      }
      const awaited = !held.record.options.acksLate;
      if (awaited) awaiting.push({ nonce, position: changes.length });
      changes.push(this.#start(held, now, at, awaited));
    }
    if (stale.length > 0) session.port?.tell('startedAcks', stale);
    const { trial } = session;
    if (trial?.begunAt === null && nonces.includes(trial.source)) {
      trial.begunAt = at;
      // Others may begin here again.
      wake();
    }
    const applied = await recorder.record(changes);
    if (awaiting.length === 0) return;
    session.port?.tell(
      'startedAcks',
      awaiting.map(({ nonce, position }) => [nonce, applied[position] === true ? 'ok' : 'stale']),
    );
  }

  /** @param at monotonic */
  #start(held: HeldTask, now: number, at: number, urgent: boolean): TaskChange {
    const from = held.record;
    this.#parts.leases.begin(held, at);
    // Reported twice, after a reconnect: a change to itself is a no-op that still answers after its commit.
    held.record = from.phase === 'running' ? { ...from, version: from.version + 1 } : start(from, now);
    return { from, to: held.record, urgent };
  }

  progress(session: WorkerSession, items: readonly ProgressItem[]): void {
    const now = this.#parts.clock.now();
    for (const [nonce, state, meta] of items) {
      const held = this.#heldBy(session, nonce);
      if (held === undefined) continue;
      held.progress = [state, meta];
      if (held.visible) this.#parts.recorder.publishProgress(held.record, held.progress, now);
    }
  }

  /** Each attempt's chunks, in order. Chunks of an attempt that is no longer current are dropped. */
  chunks(session: WorkerSession, items: readonly ChunksItem[]): void {
    const stale: ChunkAck[] = [];
    for (const item of items) {
      const held = this.#heldBy(session, item[0]);
      if (held === undefined) stale.push([item[0], null]);
      else this.#parts.streams.push(held.record, session, item);
    }
    if (stale.length > 0) session.port?.tell('room', stale);
  }

  /** Outcomes. Room is free at once; the acks follow the commit. */
  async settled(session: WorkerSession, items: readonly SettledItem[]): Promise<void> {
    const { clock, leases, recorder, telemetry, random, wake } = this.#parts;
    const now = clock.now();
    const changes: TaskChange[] = [];
    const settled: string[] = [];
    const late: SettledItem[] = [];
    for (const item of items) {
      const [nonce, id, attempt, outcome, children = [], chunks = 0] = item;
      const held = this.#heldBy(session, nonce);
      session.letGo(nonce);
      if (held === undefined || held.record.id !== id || held.record.attempt !== attempt) {
        late.push(item);
        continue;
      }
      changes.push({
        from: held.record,
        to: withCount(settle(adoptDefinition(held.record, children), outcome, now, random()), chunks),
        urgent: true,
      });
      leases.drop(held);
      settled.push(nonce);
    }
    session.processed += changes.length;
    wake();
    const [applied, verdicts] = await Promise.all([recorder.record(changes), this.#judge(late)]);
    if (changes.length > 0) telemetry.emit('settled', { count: changes.length });
    const acks = settled.map(
      (nonce, position): SettledAck => [nonce, applied[position] === true ? 'applied' : 'stale'],
    );
    session.port?.acknowledge(verdicts.length === 0 ? acks : [...acks, ...verdicts]);
    this.#reportStale(session, verdicts);
  }

  /** Assigned, never begun, given back: no blame. */
  async released(session: WorkerSession, nonces: readonly string[]): Promise<void> {
    const { clock, leases, recorder, wake } = this.#parts;
    const now = clock.now();
    const changes: TaskChange[] = [];
    for (const nonce of nonces) {
      const held = this.#heldBy(session, nonce);
      session.letGo(nonce);
      if (held === undefined) continue;
      leases.drop(held);
      changes.push({ from: held.record, to: this.#backFrom(held.record, now), urgent: false });
    }
    wake();
    await recorder.record(changes);
  }

  /** Assigned, and too large for any frame that their workers take: each fails by itself, or it would never end. */
  async unfit(items: readonly Assignment[]): Promise<void> {
    const { clock, leases, recorder, roster, wake } = this.#parts;
    const now = clock.now();
    const changes: TaskChange[] = [];
    for (const item of items) {
      const held = leases.find(item[0]);
      if (held === undefined) continue;
      const { record } = held;
      leases.drop(held);
      roster.find(held.session)?.letGo(held.nonce);
      const message = `task ${record.name}[${record.id}] has ${jsonBytes(item)} bytes with the results that are put before its arguments; that is more than worker ${record.lease?.worker} accepts in one frame`;
      changes.push({
        from: record,
        to: failAttempt(record, 'error', encodeTooLarge(message), now),
        urgent: true,
      });
    }
    wake();
    await recorder.record(changes);
  }

  #backFrom(record: StoredTask, now: number): StoredTask {
    // What has begun does not expire; it is given back and expires in its lane.
    const expired = record.state !== 'STARTED' && record.expiresAt !== null && record.expiresAt <= now;
    return expired ? revokeTask(record, 'expired', now) : release(record, now);
  }

  async #judge(late: readonly SettledItem[]): Promise<readonly SettledAck[]> {
    if (late.length === 0) return [];
    const records = await this.#parts.engine.outline(late.map(([, id]) => id));
    return late.map(([nonce, , attempt], position) => [
      nonce,
      lateVerdict(records[position], attempt, nonce),
    ]);
  }

  #reportStale(session: WorkerSession, verdicts: readonly (readonly [string, SettleVerdict])[]): void {
    const count = verdicts.filter(([, verdict]) => verdict === 'stale').length;
    if (count > 0) this.#parts.telemetry.emit('stale', { worker: session.facts.name, count });
  }

  #heldBy(session: WorkerSession, nonce: string): HeldTask | undefined {
    const held = this.#parts.leases.find(nonce);
    return held?.session === session.id ? held : undefined;
  }
}
