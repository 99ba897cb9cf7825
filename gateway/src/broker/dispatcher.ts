import type { Assignment } from '@celeriac/protocol/internal';
import type { Clock, Timer } from '@celeriac/runtime';
import { gateOf } from '../core/gate.ts';
import { laneOf } from '../core/lane.ts';
import type { AttemptLease, StoredTask } from '../core/record.ts';
import { lease } from '../core/transitions.ts';
import type { ClaimAsk, Engine } from '../engine/engine.ts';
import type { Telemetry } from '../events/telemetry.ts';
import type { Lanes } from './lanes.ts';
import type { Leases } from './leases.ts';
import { assignmentOf } from './leases.ts';
import type { MonitorFeeds } from './monitor/monitor.ts';
import type { Pauses } from './pauses.ts';
import { type ClaimPlan, Planner } from './planner.ts';
import type { Roster, Trial } from './roster.ts';
import type { RunLimits } from './run-limits.ts';

/** For how long nothing else begins on a worker that has been given a suspect, while that has not begun. */
const ALONE_MS = 500;

interface Parts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly lanes: Lanes;
  readonly leases: Leases;
  readonly limits: RunLimits;
  readonly pauses: Pauses;
  readonly roster: Roster;
  readonly telemetry: Telemetry;
  readonly monitor: MonitorFeeds;
  /** Fails what no frame to its worker can carry. */
  readonly unfit: (items: readonly Assignment[]) => void;
}

/**
 * Brings ready tasks to workers with room. Wakes once per event-loop turn at most, asks the engine for what the
 * lanes are thought to hold, and hands out what comes back.
 */
export class Dispatcher {
  readonly #parts: Parts;
  readonly #planner: Planner;
  #woken = false;
  #stopped = false;
  /** One for all lanes that wait for a token, or for more room. Monotonic, unlike an alarm: a wall clock that is set back holds nothing up. */
  #turnTimer: Timer | undefined;
  #turnAt = Number.POSITIVE_INFINITY;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#planner = new Planner(parts);
  }

  wake(): void {
    if (this.#woken || this.#stopped) return;
    this.#woken = true;
    this.#parts.clock.soon(() => {
      this.#woken = false;
      void this.runOnce();
    });
  }

  /** How many tasks wait for nothing but the end of another one's trial. */
  get suspectsHeldBack(): number {
    return this.#planner.suspectsHeldBack;
  }

  /** Whether a task could be handed out, claims on their way not counted. */
  get couldDeliver(): boolean {
    return this.#planner.couldDeliver;
  }

  stop(): void {
    this.#stopped = true;
    this.#turnTimer?.cancel();
  }

  /** @returns how many tasks were handed out */
  async runOnce(): Promise<number> {
    const { clock, lanes: hints, leases, monitor } = this.#parts;
    if (this.#stopped || hints.none) return 0;
    const plans = this.#planner.plan();
    this.#awaitTurn();
    if (plans.length === 0) return 0;
    for (const { ask } of plans) leases.expect(ask.seed);
    const lanes = plans.map(({ ask }) => hints.claiming(ask.lanes, ask.most));
    const claims = await this.#claim(plans);
    const keyed: Delivery[] = [];
    for (const [position, { session, ask }] of plans.entries()) {
      const claimed = claims[position] ?? [];
      lanes[position]?.(claimed, claimed.length < ask.limit);
      session.asked -= ask.limit;
      for (const record of claimed) if (record.lease !== null) session.held.add(record.lease.nonce);
      if (session.trial?.source === ask.seed) session.trial = trialOf(claimed[0], clock.monotonic());
      if (claimed.some(isKeyed)) {
        keyed.push({ ask, claimed });
        continue;
      }
      this.deliver(claimed);
      monitor.received(claimed);
      this.#arrived(ask, claimed);
    }
    if (keyed.length > 0) await this.#deliverKept(keyed);
    // Also after a claim that brought nothing: what came meanwhile may have found no room because of it.
    this.wake();
    return claims.reduce((sum, claimed) => sum + claimed.length, 0);
  }

  /**
   * A lease is handed over before it is committed, and a crash may undo it: then the task is ready again, while a worker has
   * it. Of most tasks that is one run more; of two of one key it would be two at the same time. So those wait for the
   * commit, which a read asks for and waits for.
   */
  async #deliverKept(deliveries: readonly Delivery[]): Promise<void> {
    const { engine, telemetry, monitor } = this.#parts;
    const ids = deliveries.flatMap(({ claimed }) => claimed.find(isKeyed)?.id ?? []);
    for (const { claimed } of deliveries) this.deliver(claimed.filter((record) => !isKeyed(record)));
    try {
      await engine.get(ids);
    } catch (error) {
      telemetry.emit('serviceFailed', { service: 'dispatcher', error });
      this.#stopped = true;
      return;
    }
    for (const { ask, claimed } of deliveries) {
      this.deliver(claimed.filter(isKeyed));
      monitor.received(claimed);
      this.#arrived(ask, claimed);
    }
  }

  /** What was reserved for the lanes of an ask is held now, or was not there. */
  #arrived({ seed, lanes, most }: ClaimAsk, claimed: readonly StoredTask[]): void {
    this.#parts.leases.arrived(seed);
    if (most === undefined) return;
    const held = new Map<string, number>();
    for (const { name } of claimed) held.set(name, (held.get(name) ?? 0) + 1);
    // Lanes of one name share what was reserved for it.
    const reserved = new Map(lanes.map(({ name }, position) => [name, most[position] ?? 0]));
    for (const [name, count] of reserved) this.#parts.limits.settle(name, count, held.get(name) ?? 0);
  }

  async #claim(plans: readonly ClaimPlan[]): Promise<readonly (readonly StoredTask[])[]> {
    const { clock, engine, telemetry } = this.#parts;
    try {
      const asks = plans.map(({ ask }) => ask);
      return await engine.claim(asks, clock.now());
    } catch (error) {
      telemetry.emit('serviceFailed', { service: 'dispatcher', error });
      this.#stopped = true;
      return [];
    }
  }

  /** Wakes when a lane that waits for nothing but a token has one again, or may have more room. */
  #awaitTurn(): void {
    const waits = [this.#planner.rateWaitMs(), this.#planner.returnWaitMs()];
    const wait = Math.min(...waits.map((ms) => ms ?? Number.POSITIVE_INFINITY));
    if (!Number.isFinite(wait)) return;
    const at = this.#parts.clock.monotonic() + wait;
    if (this.#turnAt <= at) return;
    this.#turnTimer?.cancel();
    this.#turnAt = at;
    this.#turnTimer = this.#parts.clock.after(wait, () => {
      this.#turnAt = Number.POSITIVE_INFINITY;
      this.wake();
    });
  }

  /**
   * Leases a new task to a worker with room, where that jumps no queue, no limit and no pause; to be handed over or withdrawn.
   * A task with a gate is never among them: only the engine knows whether the gate has room.
   */
  promise(record: StoredTask): StoredTask {
    const { clock, lanes, leases, limits, pauses, roster } = this.#parts;
    const lane = laneOf(record);
    if (!lanes.isEmpty(lane) || gateOf(record) !== null || pauses.has(lane.queue)) return record;
    if (limits.room(record.name) < 1) return record;
    const session = roster.leastLoaded(lane, clock);
    if (session === undefined) return record;
    const nonce = this.#planner.nonce();
    session.held.add(nonce);
    leases.expect(nonce);
    limits.reserve(record.name, 1);
    return lease(record, { session: session.id, worker: session.facts.name, nonce });
  }

  /** What was promised is inserted. */
  handOver(records: readonly StoredTask[]): void {
    this.deliver(records);
    for (const { name } of records) this.#parts.limits.settle(name, 1, 1);
  }

  /** What was promised was not inserted. */
  withdraw({ name, lease: given }: StoredTask): void {
    if (given === null) return;
    this.#parts.limits.settle(name, 1, 0);
    this.#letGo(given);
  }

  /** Drops a lease whose task was not inserted, or was revoked meanwhile. */
  #letGo(given: AttemptLease): void {
    this.#parts.leases.arrived(given.nonce);
    this.#parts.roster.find(given.session)?.letGo(given.nonce);
    this.wake();
  }

  /** Hands leased records to their sessions. If the socket is gone, the session keeps the lease until it resumes or is lost. */
  deliver(records: readonly StoredTask[]): void {
    const { leases, roster, telemetry } = this.#parts;
    const bySession = new Map<string, Assignment[]>();
    let count = 0;
    for (const record of records) {
      const held = leases.hold(record);
      if (held === undefined) {
        if (record.lease !== null) this.#letGo(record.lease);
        continue;
      }
      count += 1;
      // Again: a worker that resumed meanwhile did not know of it, and was not charged for it.
      roster.find(held.session)?.held.add(held.nonce);
      const list = bySession.get(held.session);
      if (list === undefined) bySession.set(held.session, [assignmentOf(record, held.nonce)]);
      else list.push(assignmentOf(record, held.nonce));
    }
    for (const [id, assignments] of bySession) {
      const unfit = roster.find(id)?.port?.assign(assignments) ?? [];
      if (unfit.length > 0) this.#parts.unfit(unfit);
    }
    if (count > 0) telemetry.emit('assigned', { count });
  }
}

/** The trial for which a claim was made, if it found a suspect. */
function trialOf(claimed: StoredTask | undefined, now: number): Trial | null {
  if (claimed?.lease == null) return null;
  return { source: claimed.lease.nonce, aloneUntil: now + ALONE_MS, ms: claimed.trialMs ?? 0, begunAt: null };
}

/** The result of a claim. */
interface Delivery {
  readonly ask: ClaimAsk;
  readonly claimed: readonly StoredTask[];
}

function isKeyed(record: StoredTask): boolean {
  return gateOf(record) !== null;
}
