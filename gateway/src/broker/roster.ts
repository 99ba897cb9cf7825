/**
 * The worker sessions, what they serve, and how much more they may be given.
 * A session outlives its socket. Pure bookkeeping; sockets are behind {@link WorkerPort}.
 */

import type { Lack, PoolKind } from '@celeriac/protocol';
import type {
  AbortItem,
  Assignment,
  SettledAck,
  ToldWorker,
  WorkerHello,
  WorkerOrder,
  WorkerVitals,
} from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { nanoid } from 'nanoid';
import { type Lane, type Offer, offers, type Trade } from '../core/lane.ts';
import { canEndWorker } from '../core/suspicion.ts';

/** Small items about attempts, which may go in any number of frames. */
export type Note = 'startedAcks' | 'room';

/** A worker's socket as the broker sees it. Calls on a closed one do nothing. */
export interface WorkerPort {
  /** @returns those that are larger than any frame it may be sent */
  assign(items: readonly Assignment[]): readonly Assignment[];
  abort(items: readonly AbortItem[]): void;
  tell<Name extends Note>(name: Name, items: ToldWorker<Name>): void;
  /** These outcomes are recorded, or not its own to report. Told in its time: the worker goes on meanwhile. */
  acknowledge(items: readonly SettledAck[]): void;
  order(order: WorkerOrder): void;
  /** Asks for a sign that its event loop turns; whoever gives it has been heard of. */
  probe(): void;
  close(code: number, reason: string): void;
}

export interface WorkerFacts extends Offer {
  readonly name: string;
  readonly bootId: string;
  readonly host: string;
  /** 0 where it is not known, as after a restart where only its leases tell of it. */
  readonly pid: number;
  /** Where its pid counts; empty where that is not known. */
  readonly machine: string;
  readonly version: string;
  /** In our time. */
  readonly startedAt: number;
  readonly pool: PoolKind;
  /** When it said hello; `vitals` know of changes. */
  readonly concurrency: number;
  /** Of those queues that have another weight than 1. */
  readonly weights: ReadonlyMap<string, number>;
}

/** @param now wall time */
export function factsOf(hello: WorkerHello, now: number): WorkerFacts {
  const { name, bootId, host, pid, machine = '', version, pool, concurrency } = hello;
  return {
    name,
    bootId,
    host,
    pid,
    machine,
    version,
    pool,
    concurrency,
    startedAt: now - hello.ageMs,
    queues: new Set(hello.queues),
    weights: new Map(hello.weights),
    names: new Set(hello.definitions.map((definition) => definition.name)),
  };
}

/** A suspect in a worker's hands, or on its way there: see suspicion.ts. */
export interface Trial {
  /** Its nonce; before that, the seed of the claim that is to bring one. */
  readonly source: string;
  /** Monotonic; until when nothing else may begin beside it. Infinite while its claim is in flight. */
  readonly aloneUntil: number;
  /** For how long it lasts at most once it has begun. */
  readonly ms: number;
  /** Monotonic; `null` before its body was entered. */
  begunAt: number | null;
}

export class WorkerSession {
  /** Known to the gateway and to its worker alone: whoever knows it may resume the session, if all else is right. */
  readonly id: string;
  /** Names it to everybody else: in logs and in the monitor's tables. */
  readonly shownId = nanoid(10);
  facts: WorkerFacts;
  capacity: number;
  /** Nonces that take up capacity, those of revoked tasks included until the worker lets go of them. */
  readonly held = new Set<string>();
  /** Capacity promised to claims that have not come back. */
  asked = 0;
  /** Outcomes that it has reported. */
  processed = 0;
  trial: Trial | null = null;
  port: WorkerPort | null;
  /** Monotonic. */
  readonly joinedAt: number;
  /** Monotonic; when it was last heard of. */
  heardAt: number;
  /** Monotonic; when its socket closed, `null` while connected. */
  leftAt: number | null = null;
  /** Whether it has closed the connection because of a frame's size: one of many items, so that each is sent by itself since, or of a single one. */
  choked: 'no' | 'frame' | 'item' = 'no';
  /** As its last heartbeat has told; `null` before the first. Never on disk. */
  vitals: WorkerVitals | null = null;

  constructor(id: string, facts: WorkerFacts, capacity: number, port: WorkerPort | null, now: number) {
    this.id = id;
    this.facts = facts;
    this.capacity = capacity;
    this.port = port;
    this.joinedAt = now;
    this.heardAt = now;
  }

  get free(): number {
    return this.port === null ? 0 : Math.max(0, this.capacity - this.held.size - this.asked);
  }

  /**
   * Whether a suspect is about to begin here: what begins with it, or after it, could be to blame as well. It is a matter of
   * milliseconds, and of no more than a moment where the suspect finds no slot free.
   */
  isOpening(now: number): boolean {
    return this.trial !== null && this.trial.begunAt === null && now < this.trial.aloneUntil;
  }

  /** Whether its tasks can end it, so that of suspects it takes one at a time. */
  get tries(): boolean {
    return canEndWorker(this.facts.pool);
  }

  /** Its share of this worker's room, against that of the other queues. */
  weightOf(queue: string): number {
    return this.facts.weights.get(queue) ?? 1;
  }

  serves(lane: Trade): boolean {
    return offers(this.facts, lane);
  }

  letGo(nonce: string): void {
    this.held.delete(nonce);
    if (this.trial?.source === nonce) this.trial = null;
  }
}

export class Roster {
  readonly #sessions = new Map<string, WorkerSession>();
  /** Monotonic; when tasks were last lost with their worker. */
  lostAt = Number.NEGATIVE_INFINITY;

  add(session: WorkerSession): void {
    this.#sessions.set(session.id, session);
  }

  remove(session: WorkerSession): void {
    this.#sessions.delete(session.id);
  }

  find(id: string): WorkerSession | undefined {
    return this.#sessions.get(id);
  }

  /** Sessions of one worker name: one, but for workers of which none may serve all that another serves. */
  named(name: string): readonly WorkerSession[] {
    return [...this.#sessions.values()].filter((session) => session.facts.name === name);
  }

  all(): IterableIterator<WorkerSession> {
    return this.#sessions.values();
  }

  get connected(): number {
    let count = 0;
    for (const session of this.#sessions.values()) if (session.port !== null) count += 1;
    return count;
  }

  /** Whether some connected worker could run a task of this lane, free or not. */
  serves(lane: Trade): boolean {
    for (const session of this.#sessions.values())
      if (session.port !== null && session.serves(lane)) return true;
    return false;
  }

  /** What no connected worker has of what it takes to run a task of this lane; `null` where one has all. */
  lacks(lane: Trade): Lack | null {
    let lacks: Lack | null = 'queue';
    for (const session of this.#sessions.values()) {
      if (session.port === null || !session.facts.queues.has(lane.queue)) continue;
      if (session.serves(lane)) return null;
      lacks = 'task';
    }
    return lacks;
  }

  /** Whether some worker session serves this lane, connected or not. */
  expects(lane: Lane): boolean {
    for (const session of this.#sessions.values()) if (session.serves(lane)) return true;
    return false;
  }

  /** Whether some worker session takes tasks from this queue. */
  consumes(queue: string): boolean {
    for (const session of this.#sessions.values()) if (session.facts.queues.has(queue)) return true;
    return false;
  }

  /** The connected worker with room that is the first to be given something. */
  leastLoaded(lane: Lane, clock: Pick<Clock, 'monotonic'>): WorkerSession | undefined {
    let best: WorkerSession | undefined;
    for (const session of this.#sessions.values()) {
      if (session.free === 0 || !session.serves(lane)) continue;
      if (session.trial !== null && session.isOpening(clock.monotonic())) continue;
      if (best === undefined || byLoad(session, best) < 0) best = session;
    }
    return best;
  }
}

/** The one with the smaller share of its capacity taken first; those that have a suspect last, for it is best alone. */
export function byLoad(one: WorkerSession, other: WorkerSession): number {
  const tried = Number(one.trial !== null) - Number(other.trial !== null);
  return tried === 0 ? load(one) - load(other) : tried;
}

function load(session: WorkerSession): number {
  return (session.held.size + session.asked) / Math.max(1, session.capacity);
}
