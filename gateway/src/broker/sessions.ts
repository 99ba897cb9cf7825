import { type AbortItem, type Assignment, CLOSE, type HeldAttempt } from '@celeriac/protocol/internal';
import type { Clock } from '@celeriac/runtime';
import { nanoid } from 'nanoid';
import { settleLoss } from '../core/outcome.ts';
import type { StoredTask } from '../core/record.ts';
import { isSessionOf, processOf, sessionIdOf } from '../core/session-id.ts';
import type { Telemetry, WorkerSigns } from '../events/telemetry.ts';
import type { LaneFinder } from './lane-finder.ts';
import type { HeldTask, Leases } from './leases.ts';
import { assignmentOf } from './leases.ts';
import { judgeLosses } from './losses.ts';
import { claimName } from './names.ts';
import type { Recorder } from './recorder.ts';
import { type Roster, type WorkerFacts, type WorkerPort, WorkerSession } from './roster.ts';

export interface SessionRequest {
  readonly facts: WorkerFacts;
  readonly capacity: number;
  readonly port: WorkerPort;
  /** The session it wants back. */
  readonly resume: string | null;
  readonly held: readonly HeldAttempt[];
  /** The session with its name whose process, as it has seen, has ended. */
  readonly gone: string | null;
  /** Whether its token lets it work on a queue. */
  readonly mayServe: (queue: string) => boolean;
}

export interface Joined {
  readonly session: WorkerSession;
  readonly resumed: boolean;
  /** Nonces of attempts that it has lost. */
  readonly lost: readonly string[];
  /** Held attempts that had begun: their starts are reported anew. */
  readonly started: readonly string[];
  /** Assignments that never reached it. */
  readonly missed: readonly Assignment[];
}

/** A lease has six heartbeats: two that were missed mean nothing yet. */
const LEASES_ALIVE = 3;

interface Parts {
  readonly clock: Clock;
  readonly roster: Roster;
  readonly leases: Leases;
  readonly finder: LaneFinder;
  readonly recorder: Recorder;
  readonly telemetry: Telemetry;
  readonly wake: () => void;
}

/** Worker sessions come, lose their socket, come back, and are lost. A lost session's tasks are free again. */
export class Sessions {
  readonly #parts: Parts;
  /** A session heard from within this time is alive. */
  readonly #aliveMs: number;

  constructor(parts: Parts, leaseMs: number) {
    this.#parts = parts;
    this.#aliveMs = leaseMs / LEASES_ALIVE;
  }

  /**
   * A restart took no lease away: each session found in the store gets a fresh full term, without a socket,
   * and its worker may resume.
   */
  restore(held: readonly StoredTask[]): void {
    const { clock, roster, leases } = this.#parts;
    const running: (readonly [HeldTask, begunAt: number])[] = [];
    for (const record of held) {
      const lease = leases.hold(record);
      if (lease === undefined || record.lease === null) continue;
      let session = roster.find(lease.session);
      if (session === undefined) {
        const facts = unknownFacts(record.lease.worker, lease.session);
        session = new WorkerSession(lease.session, facts, 0, null, clock.monotonic());
        roster.add(session);
      }
      session.held.add(lease.nonce);
      session.facts = withQueue(session.facts, record.options.queue);
      const begunAt = record.phase === 'running' ? this.#begunAt(record) : null;
      if (begunAt !== null) running.push([lease, begunAt]);
      if (record.trialMs !== null)
        session.trial = { source: lease.nonce, aloneUntil: 0, ms: record.trialMs, begunAt };
    }
    running.sort(([, one], [, other]) => one - other);
    for (const [lease, begunAt] of running) leases.begin(lease, begunAt);
  }

  /** Where its start is not in its history, it counts from now on. */
  #begunAt({ history }: StoredTask): number {
    const [state, , at] = history.entries.at(-1) ?? [];
    const { clock } = this.#parts;
    const now = clock.now();
    return clock.monotonic() - (state === 'STARTED' && at !== undefined ? Math.max(0, now - at) : 0);
  }

  /** @throws NameTakenError where another session has its name, and may be alive */
  join(arrival: SessionRequest): Joined {
    const { clock, roster, finder, telemetry } = this.#parts;
    const { facts, port, capacity } = arrival;
    const present = this.#resumable(arrival);
    const dead = present === undefined ? this.#claimName(arrival) : [];
    const joined = finder.joining();
    const session =
      present ?? new WorkerSession(sessionIdOf(facts, nanoid(22)), facts, capacity, port, clock.monotonic());
    if (present === undefined) roster.add(session);
    else this.#reattach(present, arrival);
    joined(session);
    for (const one of dead)
      this.#aside(this.lose(one, 'its process has ended, and another one has its name'));
    const { lost, started } = this.#reassert(session, arrival.held);
    const known = new Set(arrival.held.map(([, , nonce]) => nonce));
    const missed = this.#missed(session, known);
    this.#aside(this.#giveUpVanished(session, known));
    telemetry.emit('workerJoined', {
      ...signsOf(session),
      resumed: present !== undefined,
      tasks: facts.names.size,
    });
    return { session, resumed: present !== undefined, lost, started, missed };
  }

  /**
   * The session that a worker names, if it is its own and its token covers all that the session stands for. Any other is for
   * it as if it were not there: it gets a new one.
   */
  #resumable({ resume, facts, mayServe }: SessionRequest): WorkerSession | undefined {
    const session = resume === null ? undefined : this.#parts.roster.find(resume);
    if (session === undefined || !isSessionOf(session.id, facts)) return undefined;
    return covers(mayServe, session) ? session : undefined;
  }

  #reattach(session: WorkerSession, { facts, capacity, port }: SessionRequest): void {
    session.port?.close(CLOSE.replaced, 'the session was resumed on another connection');
    const before = session.facts;
    session.facts = facts;
    if (!session.tries) session.trial = null;
    this.#parts.finder.left(before);
    session.capacity = capacity;
    session.port = port;
    session.heardAt = this.#parts.clock.monotonic();
    session.leftAt = null;
  }

  /** @returns sessions of this name that are dead @throws NameTakenError */
  #claimName({ facts, gone, mayServe }: SessionRequest): readonly WorkerSession[] {
    const others = this.#parts.roster
      .named(facts.name)
      .filter((session) => !isSessionOf(session.id, facts) && covers(mayServe, session));
    claimName(others, { machine: facts.machine, gone }, this.#parts.clock.monotonic(), this.#aliveMs);
    return others;
  }

  #reassert(
    session: WorkerSession,
    attempts: readonly HeldAttempt[],
  ): { readonly lost: readonly string[]; readonly started: readonly string[] } {
    const { clock, leases, recorder } = this.#parts;
    const lost: string[] = [];
    const started: string[] = [];
    for (const [id, attempt, nonce, begun, progress] of attempts) {
      const held = leases.find(nonce);
      if (
        held === undefined ||
        held.session !== session.id ||
        held.record.id !== id ||
        held.record.attempt !== attempt
      ) {
        lost.push(nonce);
        // What runs takes up room until it ends, also in a new session; the rest is dropped where it waits, and never
        // spoken of again.
        if (begun) session.held.add(nonce);
        else session.letGo(nonce);
        continue;
      }
      held.progress = progress;
      if (held.visible && progress !== null) recorder.publishProgress(held.record, progress, clock.now());
      if (begun && held.record.phase === 'leased') started.push(nonce);
    }
    return { lost, started };
  }

  /** What was assigned as the socket broke and never arrived is sent again. */
  #missed(session: WorkerSession, known: ReadonlySet<string>): readonly Assignment[] {
    const missed: Assignment[] = [];
    for (const nonce of session.held) {
      if (known.has(nonce)) continue;
      const held = this.#parts.leases.find(nonce);
      if (held?.session !== session.id) session.letGo(nonce);
      else if (held.record.phase === 'leased') missed.push(assignmentOf(held.record, nonce));
    }
    return missed;
  }

  /** A run that began and that its worker no longer knows of, not even as an unacked report, will never end. */
  async #giveUpVanished(session: WorkerSession, known: ReadonlySet<string>): Promise<void> {
    const vanished: string[] = [];
    for (const nonce of session.held) {
      const held = this.#parts.leases.find(nonce);
      if (!known.has(nonce) && held?.session === session.id && held.record.phase === 'running')
        vanished.push(nonce);
    }
    for (const nonce of vanished) session.letGo(nonce);
    if (vanished.length > 0) await this.release(vanished, null, 'its worker no longer knows it');
  }

  /** Nobody waits for it; that it failed must not go unseen. */
  #aside(work: Promise<void>): void {
    const { telemetry } = this.#parts;
    work.catch((error: unknown) => telemetry.emit('serviceFailed', { service: 'sessions', error }));
  }

  /**
   * The socket closed. The session waits for its worker.
   * @param choked a frame was too large for it, or for something on the way
   */
  disconnected(session: WorkerSession, port: WorkerPort, choked = false): void {
    if (session.port !== port) return;
    session.port = null;
    if (choked) session.choked = session.choked === 'no' ? 'frame' : 'item';
    session.leftAt = this.#parts.clock.monotonic();
    this.#parts.telemetry.emit('workerDisconnected', {
      worker: session.facts.name,
      session: session.shownId,
      held: session.held.size,
    });
  }

  /** Ends a session: what had begun is blamed on it, the rest goes back without blame. Idempotent. */
  async lose(session: WorkerSession, why: string): Promise<void> {
    const { roster, finder } = this.#parts;
    if (roster.find(session.id) !== session) return;
    roster.remove(session);
    finder.left(session.facts);
    session.port?.abort([...session.held].map((nonce): AbortItem => [nonce, 'lease-lost', false, 0]));
    session.port?.close(CLOSE.heartbeatMissed, why);
    session.port = null;
    await this.release([...session.held], session, why);
  }

  /** Takes these leases away. Also for leases whose session is gone altogether. */
  async release(nonces: readonly string[], session: WorkerSession | null, why: string): Promise<void> {
    const { clock, roster, leases, recorder, telemetry, wake } = this.#parts;
    const now = clock.now();
    const found = nonces.flatMap((nonce) => leases.find(nonce) ?? []);
    // A worker that knows another session's nonce has reported holding it.
    const held = session === null ? found : found.filter((one) => one.session === session.id);
    for (const one of held) leases.drop(one);
    const lossOf = judgeLosses(held, session, clock.monotonic());
    if (held.some(({ record }) => record.phase === 'running')) roster.lostAt = clock.monotonic();
    const changes = held.map((one) => ({
      from: one.record,
      to: settleLoss(one.record, lossOf(one), now),
      urgent: true,
    }));
    if (session !== null)
      telemetry.emit('workerLost', { ...signsOf(session), released: changes.length, why });
    wake();
    await recorder.record(changes);
  }
}

function signsOf({ shownId, facts: { name, pid, version } }: WorkerSession): WorkerSigns {
  return { worker: name, session: shownId, pid, version };
}

function covers(mayServe: SessionRequest['mayServe'], { facts }: WorkerSession): boolean {
  return [...facts.queues].every(mayServe);
}

function withQueue(facts: WorkerFacts, queue: string): WorkerFacts {
  return facts.queues.has(queue) ? facts : { ...facts, queues: new Set([...facts.queues, queue]) };
}

/** What is known of a session that only its leases tell of; its queues are theirs. */
function unknownFacts(name: string, session: string): WorkerFacts {
  return {
    name,
    ...processOf(session),
    bootId: '',
    host: '',
    version: '',
    startedAt: 0,
    pool: 'inline',
    concurrency: 0,
    queues: new Set(),
    weights: new Map(),
    names: new Set(),
  };
}
