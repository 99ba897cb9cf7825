import { nanoid } from 'nanoid';
import type { Lane } from '../core/lane.ts';
import { FIRST_STANDING, type Standing, shareOut } from '../core/shares.ts';
import type { ClaimAsk } from '../engine/engine.ts';
import type { Lanes } from './lanes.ts';
import type { Limits } from './limits.ts';
import type { Pauses } from './pauses.ts';
import { load, type Roster, type WorkerSession } from './roster.ts';

/** Most tasks one claim brings: beyond a few hundred in a frame nothing is gained. */
const CLAIM_LIMIT = 500;

export interface Plan {
  readonly session: WorkerSession;
  readonly ask: ClaimAsk;
}

/**
 * Decides who is to be given what: reads the lanes, the limits and the workers' room, and writes asks. What an ask may bring is
 * reserved from here on, room and tokens alike.
 */
export class Planner {
  readonly #lanes: Lanes;
  readonly #limits: Limits;
  readonly #pauses: Pauses;
  readonly #roster: Roster;
  readonly #standings = new WeakMap<WorkerSession, Standing>();
  #nonces = 0;
  #seed = nanoid(12);

  constructor(lanes: Lanes, limits: Limits, pauses: Pauses, roster: Roster) {
    this.#lanes = lanes;
    this.#limits = limits;
    this.#pauses = pauses;
    this.#roster = roster;
  }

  plan(): readonly Plan[] {
    return [...this.#planSolo(), ...this.#planShared()];
  }

  /** Whether there is a task that may run and a worker that has room for it, whatever is on its way. */
  get couldDeliver(): boolean {
    const lanes = this.#filled().filter((lane) => this.#limits.room(lane.name) > 0);
    if (lanes.length === 0) return false;
    for (const session of this.#roster.all()) {
      if (session.port === null || session.exclusive !== 'no' || session.held.size >= session.capacity)
        continue;
      if (lanes.some((lane) => session.serves(lane) && (!lane.solo || session.held.size === 0))) return true;
    }
    return false;
  }

  /** How long until a lane that has tasks and no token has one again; `undefined` where none waits for that. */
  rateWaitMs(): number | undefined {
    let soonest: number | undefined;
    for (const { name } of this.#filled()) {
      const wait = this.#limits.rateWaitMs(name);
      if (wait !== undefined && (soonest === undefined || wait < soonest)) soonest = wait;
    }
    return soonest;
  }

  /** Lanes with tasks, but for those of queues that are paused. */
  #filled(): readonly Lane[] {
    return [...this.#lanes.filled()].filter(({ queue }) => !this.#pauses.has(queue));
  }

  /** Each shared lane's work is spread over the workers that have room for it, the least loaded first. */
  #planShared(): Plan[] {
    const filled = this.#filled().filter((lane) => !lane.solo);
    if (filled.length === 0) return [];
    const open = [...this.#roster.all()].filter((session) => session.exclusive === 'no' && session.free > 0);
    open.sort((one, other) => load(one) - load(other));
    const plans: Plan[] = [];
    for (const [position, session] of open.entries()) {
      const lanes = filled.filter((lane) => session.serves(lane) && this.#limits.room(lane.name) > 0);
      if (lanes.length === 0) continue;
      const share = Math.ceil(this.#offered(lanes) / (open.length - position));
      plans.push(...this.#planQueues(session, lanes, Math.min(session.free, share, CLAIM_LIMIT)));
    }
    return plans;
  }

  /** An ask for each queue: between queues the worker's weights decide, and inside one priority and age. */
  #planQueues(session: WorkerSession, lanes: readonly Lane[], room: number): readonly Plan[] {
    const queues = byQueue(lanes);
    if (queues.size === 1) return this.#plan(session, lanes, room);
    const contenders = [...queues].map(([queue, own]) => ({
      queue,
      weight: session.weightOf(queue),
      ready: this.#offered(own),
    }));
    const standing = this.#standings.get(session) ?? FIRST_STANDING;
    const shared = shareOut(room, contenders, standing);
    this.#standings.set(session, shared.standing);
    return [...shared.shares].flatMap(([queue, share]) =>
      this.#plan(session, queues.get(queue) ?? [], share),
    );
  }

  /** How many tasks of these lanes may be handed out now. */
  #offered(lanes: readonly Lane[]): number {
    return lanes.reduce(
      (sum, lane) => sum + Math.min(this.#lanes.readyIn([lane]), this.#limits.room(lane.name)),
      0,
    );
  }

  /** A task that was lost after a start goes to a worker that does nothing else; one is drained if none is idle. */
  #planSolo(): Plan[] {
    const plans: Plan[] = [];
    // One that has to wait for a token keeps no worker empty meanwhile.
    const suspects = this.#filled().filter((lane) => lane.solo && this.#limits.room(lane.name) > 0);
    this.#stopDraining(suspects);
    for (const lane of suspects) {
      const able = [...this.#roster.all()].filter(
        (session) => session.port !== null && session.capacity > 0 && session.serves(lane),
      );
      const idle = able.find((session) => session.idle && session.exclusive !== 'busy');
      if (idle !== undefined) {
        idle.exclusive = 'busy';
        plans.push(...this.#plan(idle, [lane], 1));
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

  /** @returns none where what another plan has just reserved leaves nothing to ask for */
  #plan(session: WorkerSession, lanes: readonly Lane[], room: number): readonly Plan[] {
    const most = this.#reserve(lanes, room);
    const limit = Math.min(room, most?.reduce((sum, one) => sum + one, 0) ?? room);
    if (limit === 0) return [];
    session.asked += limit;
    const ask = { session: session.id, worker: session.facts.name, lanes, limit, seed: this.nonce() };
    return [{ session, ask: most === undefined ? ask : { ...ask, most } }];
  }

  /**
   * Each lane reserves for itself what it may give, since nobody knows which of them will give it.
   * @returns how many each lane may give; `undefined` where no limit says so
   */
  #reserve(lanes: readonly Lane[], room: number): readonly number[] | undefined {
    const rooms = lanes.map(({ name }) => this.#limits.room(name));
    if (!rooms.some(Number.isFinite)) return undefined;
    const most = rooms.map((one) => Math.min(room, one));
    for (const [position, { name }] of lanes.entries()) this.#limits.reserve(name, most[position] ?? 0);
    return most;
  }

  /** Unguessable prefix, then a number: a random string per task would cost more than the task's frame. */
  nonce(): string {
    this.#nonces += 1;
    if (this.#nonces % 1_000_000 === 0) this.#seed = nanoid(12);
    return `${this.#seed}.${this.#nonces.toString(36)}`;
  }
}

function byQueue(lanes: readonly Lane[]): ReadonlyMap<string, readonly Lane[]> {
  const queues = new Map<string, Lane[]>();
  for (const lane of lanes) {
    const own = queues.get(lane.queue);
    if (own === undefined) queues.set(lane.queue, [lane]);
    else own.push(lane);
  }
  return queues;
}
