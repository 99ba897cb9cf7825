import type { Assignment, AssignmentContext } from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import { nanoid } from 'nanoid';
import type { Lane } from '../core/lane.ts';
import type { Lease, TaskRecord } from '../core/record.ts';
import type { ClaimAsk, Engine } from '../engine/engine.ts';
import type { Telemetry } from '../events/telemetry.ts';
import type { Lanes } from './lanes.ts';
import type { Leases } from './leases.ts';
import { load, type Roster, type WorkerSession } from './roster.ts';

/** Most tasks one claim brings: beyond a few hundred in a frame nothing is gained. */
const CLAIM_LIMIT = 500;

interface Plan {
  readonly session: WorkerSession;
  readonly ask: ClaimAsk;
}

/**
 * Brings ready tasks to workers with room. Wakes once per event-loop turn at most, asks the engine for what the
 * lanes are thought to hold, and hands out what comes back.
 */
export class Dispatcher {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #lanes: Lanes;
  readonly #leases: Leases;
  readonly #roster: Roster;
  readonly #telemetry: Telemetry;
  #woken = false;
  #stopped = false;
  #nonces = 0;
  #seed = nanoid(12);

  constructor(
    clock: Clock,
    engine: Engine,
    lanes: Lanes,
    leases: Leases,
    roster: Roster,
    telemetry: Telemetry,
  ) {
    this.#clock = clock;
    this.#engine = engine;
    this.#lanes = lanes;
    this.#leases = leases;
    this.#roster = roster;
    this.#telemetry = telemetry;
  }

  wake(): void {
    if (this.#woken || this.#stopped) return;
    this.#woken = true;
    this.#clock.soon(() => {
      this.#woken = false;
      void this.runOnce();
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  /** @returns how many tasks were handed out */
  async runOnce(): Promise<number> {
    const plans = this.#stopped ? [] : [...this.#planSolo(), ...this.#planShared()];
    if (plans.length === 0) return 0;
    const lanes = plans.map(({ ask }) => this.#lanes.claiming(ask.lanes));
    const claims = await this.#claim(plans);
    for (const [position, { session, ask }] of plans.entries()) {
      const claimed = claims[position] ?? [];
      lanes[position]?.(claimed, claimed.length < ask.limit);
      session.asked -= ask.limit;
      for (const record of claimed) if (record.lease !== null) session.held.add(record.lease.nonce);
      if (session.exclusive === 'busy' && session.idle) session.exclusive = 'no';
      this.deliver(claimed);
      this.#leases.arrived(ask.seed);
    }
    // Also after a claim that brought nothing: what came meanwhile may have found no room because of it.
    this.wake();
    return claims.reduce((sum, claimed) => sum + claimed.length, 0);
  }

  async #claim(plans: readonly Plan[]): Promise<readonly (readonly TaskRecord[])[]> {
    try {
      const asks = plans.map(({ ask }) => ask);
      return await this.#engine.claim(asks, this.#clock.now());
    } catch (error) {
      this.#telemetry.emit('serviceFailed', { service: 'dispatcher', error });
      this.#stopped = true;
      return [];
    }
  }

  /** Each shared lane's work is spread over the workers that have room for it, the least loaded first. */
  #planShared(): Plan[] {
    const filled = [...this.#lanes.filled()].filter((lane) => !lane.solo);
    if (filled.length === 0) return [];
    const open = [...this.#roster.all()].filter((session) => session.exclusive === 'no' && session.free > 0);
    open.sort((one, other) => load(one) - load(other));
    const plans: Plan[] = [];
    for (const [position, session] of open.entries()) {
      const lanes = filled.filter((lane) => session.serves(lane));
      if (lanes.length === 0) continue;
      const share = Math.ceil(this.#lanes.readyIn(lanes) / (open.length - position));
      plans.push(this.#plan(session, lanes, Math.min(session.free, share, CLAIM_LIMIT)));
    }
    return plans;
  }

  /** A task that was lost after a start goes to a worker that does nothing else; one is drained if none is idle. */
  #planSolo(): Plan[] {
    const plans: Plan[] = [];
    const suspects = [...this.#lanes.filled()].filter((lane) => lane.solo);
    this.#stopDraining(suspects);
    for (const lane of suspects) {
      const able = [...this.#roster.all()].filter(
        (session) => session.port !== null && session.capacity > 0 && session.serves(lane),
      );
      const idle = able.find((session) => session.idle && session.exclusive !== 'busy');
      if (idle !== undefined) {
        idle.exclusive = 'busy';
        plans.push(this.#plan(idle, [lane], 1));
      } else if (!able.some((session) => session.exclusive === 'draining')) {
        const emptiest = able
          .filter((session) => session.exclusive === 'no')
          .sort((one, other) => load(one) - load(other))[0];
        if (emptiest !== undefined) emptiest.exclusive = 'draining';
      }
    }
    return plans;
  }

  /** A worker that was being drained for a task that another one took, or that is gone, works on. */
  #stopDraining(suspects: readonly Lane[]): void {
    for (const session of this.#roster.all()) {
      const wanted = suspects.some((lane) => session.serves(lane));
      if (session.exclusive === 'draining' && !wanted) session.exclusive = 'no';
    }
  }

  #plan(session: WorkerSession, lanes: readonly Lane[], limit: number): Plan {
    session.asked += limit;
    const seed = this.#nonce();
    this.#leases.expect(seed);
    return { session, ask: { session: session.id, worker: session.facts.name, lanes, limit, seed } };
  }

  /** Takes up room for a task that will be inserted leased; to be delivered or withdrawn. */
  promise(session: WorkerSession): Lease {
    const nonce = this.#nonce();
    session.held.add(nonce);
    this.#leases.expect(nonce);
    return { session: session.id, worker: session.facts.name, nonce };
  }

  /** The task was not inserted, or was revoked on its way. */
  withdraw(lease: Lease): void {
    this.#leases.arrived(lease.nonce);
    this.#roster.find(lease.session)?.letGo(lease.nonce);
    this.wake();
  }

  /** Hands leased records to their sessions. One whose socket is gone keeps the lease, and gets it on resuming or loses it. */
  deliver(records: readonly TaskRecord[]): void {
    const bySession = new Map<string, Assignment[]>();
    let count = 0;
    for (const record of records) {
      const held = this.#leases.hold(record);
      if (held === undefined) {
        if (record.lease !== null) this.withdraw(record.lease);
        continue;
      }
      count += 1;
      // Again: a worker that resumed meanwhile did not know of it, and was not charged for it.
      this.#roster.find(held.session)?.held.add(held.nonce);
      const list = bySession.get(held.session);
      if (list === undefined) bySession.set(held.session, [assignmentOf(record, held.nonce)]);
      else list.push(assignmentOf(record, held.nonce));
    }
    for (const [id, assignments] of bySession) this.#roster.find(id)?.port?.assign(assignments);
    if (count > 0) this.#telemetry.emit('assigned', { count });
  }

  /** Unguessable prefix, then a number: a random string per task would cost more than the task's frame. */
  #nonce(): string {
    this.#nonces += 1;
    if (this.#nonces % 1_000_000 === 0) this.#seed = nanoid(12);
    return `${this.#seed}.${this.#nonces.toString(36)}`;
  }
}

export function assignmentOf(record: TaskRecord, nonce: string): Assignment {
  const { call, lineage, prepend, options } = record;
  const plain =
    call === null &&
    lineage === null &&
    prepend.length === 0 &&
    options.timeLimitMs === undefined &&
    options.softTimeLimitMs === undefined;
  return [
    nonce,
    record.id,
    record.attempt,
    record.name,
    record.args,
    {
      queue: record.options.queue,
      priority: record.options.priority,
      retries: record.retries,
      maxRetries: record.options.maxRetries,
      redelivered: record.deliveries > 0,
      awaitStart: !record.options.acksLate,
      etaAt: record.dueAt,
      expiresAt: record.expiresAt,
      ...(plain ? undefined : uncommonContext(record)),
    },
  ];
}

/** What few tasks have; absent, it costs the others nothing on the wire. */
function uncommonContext({ call, lineage, prepend, options }: TaskRecord): Partial<AssignmentContext> {
  const { timeLimitMs, softTimeLimitMs } = options;
  return {
    ...(prepend.length === 0 ? {} : { prepend }),
    ...lineage,
    ...(call?.headers === undefined ? {} : { headers: call.headers }),
    ...(call?.shadow === undefined ? {} : { shadow: call.shadow }),
    ...(call?.argsRepr === undefined ? {} : { argsRepr: call.argsRepr }),
    ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
    ...(softTimeLimitMs === undefined ? {} : { softTimeLimitMs }),
  };
}
