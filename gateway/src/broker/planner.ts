import type { Clock } from '@celeriac/runtime';
import { nanoid } from 'nanoid';
import type { Lane } from '../core/lane.ts';
import { FIRST_STANDING, type QueueLead, shareOut } from '../core/shares.ts';
import type { ClaimAsk } from '../engine/engine.ts';
import type { Lanes } from './lanes.ts';
import type { Pauses } from './pauses.ts';
import { byLoad, type Roster, type WorkerSession } from './roster.ts';
import type { RunLimits } from './run-limits.ts';

/** Most tasks one claim brings: beyond a few hundred in a frame nothing is gained. */
const CLAIM_LIMIT = 500;
/**
 * After a loss, or from when a worker came: for how long tasks that were lost leave a share of its slots to others. A crowd of them
 * would take it whole at once, and what is quick would wait for what is slow. Quick ones pass meanwhile.
 */
export const RETURN_MS = 3_100;
/** That share. */
const LEFT_FREE = 1 / 4;

export interface ClaimPlan {
  readonly session: WorkerSession;
  readonly ask: ClaimAsk;
}

interface Parts {
  readonly clock: Clock;
  readonly lanes: Lanes;
  readonly limits: RunLimits;
  readonly pauses: Pauses;
  readonly roster: Roster;
}

/**
 * Decides which worker is given what: reads the lanes, the limits and the workers' capacity, and writes asks. The capacity and
 * the tokens that an ask may use are reserved from here on.
 */
export class Planner {
  readonly #parts: Parts;
  readonly #standings = new WeakMap<WorkerSession, QueueLead>();
  #nonces = 0;
  #seed = nanoid(12);

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  plan(): readonly ClaimPlan[] {
    return [...this.#planTrials(), ...this.#planShared()];
  }

  /** Whether there is a task that may run and a worker that has room for it, whatever is on its way. */
  get couldDeliver(): boolean {
    const lanes = this.#filled().filter((lane) => this.#parts.limits.room(lane.name) > 0);
    if (lanes.length === 0) return false;
    for (const session of this.#parts.roster.all()) {
      if (session.port === null || session.held.size >= session.capacity) continue;
      if (lanes.some((lane) => session.serves(lane) && this.#mayBegin(lane, session))) return true;
    }
    return false;
  }

  /** How many tasks wait for nothing but the end of another one's trial. */
  get suspectsHeldBack(): number {
    const able = [...this.#parts.roster.all()].filter(({ port }) => port !== null);
    return this.#suspectLanes().reduce((sum, lane) => {
      const serving = able.filter((session) => session.serves(lane));
      const waits = serving.length > 0 && !serving.some((session) => this.#mayBegin(lane, session));
      return waits ? sum + this.#parts.lanes.readyIn([lane]) : sum;
    }, 0);
  }

  #mayBegin(lane: Lane, session: WorkerSession): boolean {
    if (isTried(lane, session)) return session.trial === null;
    return !session.isOpening(this.#parts.clock.monotonic());
  }

  /** Those that wait for a token are left out. */
  #suspectLanes(): readonly Lane[] {
    return this.#filled().filter(({ kind, name }) => kind === 'suspect' && this.#parts.limits.room(name) > 0);
  }

  /** How long until a lane that has tasks and no token has one again; `undefined` where none waits for that. */
  rateWaitMs(): number | undefined {
    let soonest: number | undefined;
    for (const { name } of this.#filled()) {
      const wait = this.#parts.limits.rateWaitMs(name);
      if (wait !== undefined && (soonest === undefined || wait < soonest)) soonest = wait;
    }
    return soonest;
  }

  /** Lanes with tasks, but for those of queues that are paused. */
  #filled(): readonly Lane[] {
    const { lanes, pauses } = this.#parts;
    return [...lanes.filled()].filter(({ queue }) => !pauses.has(queue));
  }

  /** Each shared lane's work is spread over the workers that have room for it, the least loaded first. */
  #planShared(): readonly ClaimPlan[] {
    const filled = this.#filled();
    if (filled.length === 0) return [];
    const { clock, roster } = this.#parts;
    const now = clock.monotonic();
    const open = [...roster.all()].filter((session) => session.free > 0 && !session.isOpening(now));
    open.sort(byLoad);
    const calm = open.filter(({ trial }) => trial === null);
    const plans = this.#spread(filled, calm);
    // A suspect has company only where there is no room elsewhere.
    const trying = open.filter(({ trial }) => trial !== null);
    if (trying.length === 0) return plans;
    const left = filled.filter((lane) => !calm.some((session) => session.free > 0 && session.serves(lane)));
    return [...plans, ...this.#spread(left, trying)];
  }

  #spread(filled: readonly Lane[], open: readonly WorkerSession[]): readonly ClaimPlan[] {
    const plans: ClaimPlan[] = [];
    for (const [position, session] of open.entries()) {
      const lanes = filled.filter(
        (lane) => !isTried(lane, session) && session.serves(lane) && this.#parts.limits.room(lane.name) > 0,
      );
      const returned = this.#isReturning(session) ? lanes.filter(({ kind }) => kind === 'returned') : [];
      const sharers = open.length - position;
      plans.push(...this.#planShare(session, returned, sharers, roomForReturned(session)));
      const rest = returned.length === 0 ? lanes : lanes.filter(({ kind }) => kind !== 'returned');
      plans.push(...this.#planShare(session, rest, sharers, session.free));
    }
    return plans;
  }

  #planShare(
    session: WorkerSession,
    lanes: readonly Lane[],
    sharers: number,
    room: number,
  ): readonly ClaimPlan[] {
    if (lanes.length === 0 || room <= 0) return [];
    const share = Math.ceil(this.#offered(lanes) / sharers);
    return this.#planQueues(session, lanes, Math.min(room, share, CLAIM_LIMIT));
  }

  #isReturning(session: WorkerSession): boolean {
    return this.#parts.clock.monotonic() < this.#returnEnds(session);
  }

  #returnEnds({ joinedAt }: WorkerSession): number {
    return Math.max(joinedAt, this.#parts.roster.lostAt) + RETURN_MS;
  }

  /** How long until tasks that were lost may take a worker whole; `undefined` where none waits for that. */
  returnWaitMs(): number | undefined {
    const returned = this.#filled().filter(({ kind }) => kind === 'returned');
    if (returned.length === 0) return undefined;
    const now = this.#parts.clock.monotonic();
    const ends = [...this.#parts.roster.all()]
      .filter((session) => session.free > 0 && returned.some((lane) => session.serves(lane)))
      .map((session) => this.#returnEnds(session) - now)
      .filter((wait) => wait > 0);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /**
   * Of tasks that were lost with their workers more than once, each worker is given one at a time, which takes a single slot of
   * it; where their crash cannot take the worker, they are given out as others are.
   */
  #planTrials(): ClaimPlan[] {
    const suspects = this.#suspectLanes();
    if (suspects.length === 0) return [];
    const open = [...this.#parts.roster.all()].filter(({ free }) => free > 0).sort(byLoad);
    const safe = open.filter(({ tries }) => !tries);
    const plans: ClaimPlan[] = [];
    let planned = 0;
    for (const session of open) {
      if (!session.tries || session.trial !== null) continue;
      const lanes = suspects.filter(
        (lane) => session.serves(lane) && !safe.some((other) => other.serves(lane)),
      );
      if (this.#offered(lanes) <= planned) continue;
      const [plan] = this.#plan(session, lanes, 1);
      if (plan === undefined) continue;
      planned += 1;
      session.trial = { source: plan.ask.seed, aloneUntil: Number.POSITIVE_INFINITY, ms: 0, begunAt: null };
      plans.push(plan);
    }
    return plans;
  }

  /** An ask for each queue: between queues the worker's weights decide, and inside one priority and age. */
  #planQueues(session: WorkerSession, lanes: readonly Lane[], room: number): readonly ClaimPlan[] {
    const queues = groupedBy('queue', lanes);
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
    const { lanes: known, limits } = this.#parts;
    return [...groupedBy('name', lanes)].reduce(
      (sum, [name, own]) => sum + Math.min(known.readyIn(own), limits.room(name)),
      0,
    );
  }

  /** @returns none where what another plan has just reserved leaves nothing to ask for */
  #plan(session: WorkerSession, lanes: readonly Lane[], room: number): readonly ClaimPlan[] {
    const reserved = this.#reserve(lanes, room);
    const limit = Math.min(room, reserved === undefined ? room : sumOf(reserved.values()));
    if (limit === 0) return [];
    session.asked += limit;
    const ask = { session: session.id, worker: session.facts.name, lanes, limit, seed: this.nonce() };
    const most = reserved && lanes.map(({ name }) => reserved.get(name) ?? 0);
    return [{ session, ask: most === undefined ? ask : { ...ask, most } }];
  }

  /**
   * Each name reserves for itself what its lanes may give together, since nobody knows which of them will give it.
   * @returns how many that are, by name; `undefined` where no limit says so
   */
  #reserve(lanes: readonly Lane[], room: number): ReadonlyMap<string, number> | undefined {
    const { limits } = this.#parts;
    const rooms = new Map(lanes.map(({ name }) => [name, Math.min(room, limits.room(name))]));
    if (![...rooms.keys()].some((name) => Number.isFinite(limits.room(name)))) return undefined;
    for (const [name, most] of rooms) limits.reserve(name, most);
    return rooms;
  }

  /** Unguessable prefix, then a number: a random string per task would cost more than the task's frame. */
  nonce(): string {
    this.#nonces += 1;
    if (this.#nonces % 1_000_000 === 0) this.#seed = nanoid(12);
    return `${this.#seed}.${this.#nonces.toString(36)}`;
  }
}

function groupedBy(key: 'queue' | 'name', lanes: readonly Lane[]): ReadonlyMap<string, readonly Lane[]> {
  const groups = new Map<string, Lane[]>();
  for (const lane of lanes) {
    const own = groups.get(lane[key]);
    if (own === undefined) groups.set(lane[key], [lane]);
    else own.push(lane);
  }
  return groups;
}

function sumOf(numbers: Iterable<number>): number {
  let sum = 0;
  for (const one of numbers) sum += one;
  return sum;
}

/** Whether it would be the one suspect of its worker. */
function isTried({ kind }: Lane, { tries }: WorkerSession): boolean {
  return kind === 'suspect' && tries;
}

function roomForReturned({ facts, held, asked, free }: WorkerSession): number {
  const left = facts.concurrency < 2 ? 0 : Math.max(1, Math.floor(facts.concurrency * LEFT_FREE));
  return Math.min(free, facts.concurrency - left - held.size - asked);
}
