/**
 * The attempts that this worker holds, and the slots they run in.
 *
 * A slot is taken when an attempt is announced and given back when its body has returned, aborted or not, and its
 * handlers have: a body that ignores its signal still uses this process. What waits for a slot waits in order of arrival.
 *
 * A body that waits for another task lends its slot, so that what it waits for can run here. When its wait is
 * over it goes on at once, though the slot may be in use: for a moment more bodies run than there are slots.
 * Would it wait for its slot instead, the borrower might be waiting for it, and neither would ever go on.
 */
import type {
  AbortItem,
  Assignment,
  HeldAttempt,
  Outcome,
  RoomItem,
  SettledAck,
  StartedAck,
} from '@celeriac/protocol';
import type { Clock } from '@celeriac/runtime';
import type { Follow, Pool } from '../pool/pool.ts';
import { Attempt, type AttemptHome } from './attempt.ts';
import { Followers } from './followers.ts';
import { prepareRun } from './limited-run.ts';
import type { SlotsListener } from './slots-listener.ts';
import { WaitingLine } from './waiting-line.ts';

/** What handlers have, once they were asked to stop, before their thread or process is ended. */
const HANDLER_GRACE_MS = 1_000;

export class Slots implements AttemptHome {
  #concurrency: number;
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #listener: SlotsListener;
  readonly #handlerTimeoutMs: (task: string) => number;
  readonly #followers: Followers;
  readonly #held = new Map<string, Attempt>();
  readonly #line = new WaitingLine();
  #taken = 0;
  #lent = 0;
  /** Timed out, and their bodies still run. */
  readonly #overdue = new Set<Attempt>();

  /** @param handlerTimeoutMs how long the handlers of a task may take; 0 is without end */
  constructor(
    concurrency: number,
    pool: Pool,
    clock: Clock,
    listener: SlotsListener,
    handlerTimeoutMs: (task: string) => number,
  ) {
    this.#concurrency = concurrency;
    this.#pool = pool;
    this.#clock = clock;
    this.#listener = listener;
    this.#handlerTimeoutMs = handlerTimeoutMs;
    const overdue = (attempt: Attempt): void => this.#handlersOverdue(attempt);
    this.#followers = new Followers(clock, overdue, (...facts) => listener.handlersCut(...facts));
  }

  /** How many attempts have a slot, those that lend it included. */
  get taken(): number {
    return this.#taken;
  }

  /** Of how many only the handlers are left, and the gateway has not answered yet whether they are to be called. */
  get unanswered(): number {
    return this.#followers.unanswered;
  }

  /** How many attempts are held that have no slot yet. */
  get waiting(): number {
    let count = 0;
    for (const { phase } of this.#held.values()) if (phase === 'waiting') count += 1;
    return count;
  }

  get concurrency(): number {
    return this.#concurrency;
  }

  /** How many of them wait for another task. */
  get lent(): number {
    return this.#lent;
  }

  /**
   * How many slots are taken by bodies whose attempts have timed out, and by handlers. The gateway knows nothing of them
   * any more.
   */
  get overdue(): number {
    return this.#overdue.size + this.#followers.count;
  }

  holds(nonce: string): boolean {
    return this.#held.has(nonce);
  }

  /** So many bodies run at the same time from now on; what runs beyond that goes on. */
  resize(concurrency: number): void {
    this.#concurrency = concurrency;
    this.#listener.roomChanged();
    this.#listener.ready();
  }

  accept(assignment: Assignment): void {
    const attempt = new Attempt(assignment, this, this.#listener);
    this.#held.set(attempt.nonce, attempt);
    this.#line.add(attempt);
    this.#listener.ready();
  }

  /** Takes the free slots for those who wait longest. Whoever calls must report them as started before {@link enter}. */
  announce(): readonly Attempt[] {
    const announced: Attempt[] = [];
    while (this.#taken - this.#lent < this.#concurrency) {
      const attempt = this.#line.take();
      if (attempt === undefined) break;
      attempt.phase = 'announced';
      this.#taken++;
      announced.push(attempt);
    }
    return announced;
  }

  /** Enters the bodies of those whose `started` is in the socket, except those that wait for its ack. */
  enter(attempts: readonly Attempt[]): void {
    for (const attempt of attempts) if (!attempt.awaitsStart) this.#enter(attempt);
  }

  /** The gateway has recorded these starts, or refused them as another's by now. */
  confirm(acks: readonly StartedAck[]): void {
    for (const [nonce, verdict] of acks) {
      const attempt = this.#held.get(nonce);
      if (attempt === undefined) continue;
      if (verdict === 'ok') this.#enter(attempt);
      else if (attempt.phase === 'running') attempt.abort('lease-lost', false, 0);
      else this.#drop(attempt);
    }
  }

  /** The gateway has recorded these outcomes, or refused them. */
  recorded(acks: readonly SettledAck[]): void {
    this.#followers.acked(acks, ({ assignment }) => this.#handlerTimeoutMs(assignment[3]));
  }

  /** The gateway is told another outcome than this attempt had. */
  misreported(nonce: string): void {
    this.#followers.forgo(nonce, 'the gateway could not be told the outcome as it was');
  }

  /** What has not started is given back, which frees its place; a running body is asked to stop, and keeps its slot. */
  abort(items: readonly AbortItem[]): void {
    for (const [nonce, reason, terminate, graceMs] of items) {
      const attempt = this.#held.get(nonce);
      if (attempt === undefined) continue;
      if (attempt.phase === 'running') attempt.abort(reason, terminate, graceMs);
      else {
        this.#listener.returned(attempt);
        this.#drop(attempt);
      }
    }
  }

  /** There is room for more chunks; or none for any, because the attempt is another's. */
  room(items: readonly RoomItem[]): void {
    for (const [nonce, upTo] of items) {
      const attempt = this.#held.get(nonce);
      if (attempt?.phase !== 'running') continue;
      if (upTo === null) attempt.abort('lease-lost', false, 0);
      else attempt.room(upTo);
    }
  }

  /** Gives up attempts whose lease is lost, by default all. How a running one ends is still reported: the gateway decides. */
  lose(nonces: readonly string[] = [...this.#held.keys()]): void {
    for (const nonce of nonces) {
      const attempt = this.#held.get(nonce);
      if (attempt === undefined) continue;
      if (attempt.phase === 'running') attempt.abort('lease-lost', false, 0);
      else this.#drop(attempt);
    }
  }

  /** Gives back all that waits. @returns the nonces, for the gateway */
  releaseWaiting(): readonly string[] {
    const released = [...this.#held.values()].filter((attempt) => attempt.phase === 'waiting');
    for (const attempt of released) this.#drop(attempt);
    return released.map((attempt) => attempt.nonce);
  }

  /**
   * Gives back the rest and asks the bodies to stop; how they end is not reported. What may run only once is not
   * given back after it began: the end of the session tells the gateway that it is lost.
   * @returns the nonces, for the gateway
   */
  releaseRunning(): readonly string[] {
    const all = [...this.#held.values()];
    const released = all.filter((attempt) => !(attempt.awaitsStart && attempt.phase === 'running'));
    for (const attempt of all) {
      this.#held.delete(attempt.nonce);
      attempt.disowned = true;
      if (attempt.phase === 'running') attempt.abort('shutdown', true, 0);
      else this.#drop(attempt);
    }
    this.#followers.release();
    return released.map((attempt) => attempt.nonce);
  }

  /** The socket is gone: who can tell whether its last `started` arrived? They are announced again. */
  unannounce(): void {
    const announced = [...this.#held.values()].filter((attempt) => attempt.phase === 'announced');
    for (const attempt of announced) attempt.phase = 'waiting';
    this.#taken -= announced.length;
    this.#line.putBack(announced);
  }

  /** What a hello says of them. */
  describe(): readonly HeldAttempt[] {
    return [...this.#held.values()].map((attempt) => attempt.describe());
  }

  /** Names of the tasks whose bodies or handlers are running, each once. */
  running(): readonly string[] {
    const names = [...this.#held.values(), ...this.#overdue, ...this.#followers.all()]
      .filter(({ phase }) => phase === 'running' || phase === 'following')
      .map(({ assignment }) => assignment[3]);
    return [...new Set(names)];
  }

  waits(attempt: Attempt, waiting: boolean): void {
    if ((attempt.phase !== 'running' && attempt.phase !== 'following') || attempt.lends === waiting) return;
    attempt.lends = waiting;
    this.#lent += waiting ? 1 : -1;
    this.#listener.roomChanged();
  }

  settled(attempt: Attempt, outcome: Outcome, children: readonly string[], follow?: Follow): void {
    if (attempt.phase !== 'running') return;
    this.waits(attempt, false);
    this.#held.delete(attempt.nonce);
    if (follow === undefined) {
      this.#free(attempt);
      if (!attempt.disowned) this.#listener.settled(attempt, outcome, children);
      this.#listener.ready();
      return;
    }
    attempt.phase = 'following';
    if (attempt.disowned) follow(false);
    else {
      this.#followers.add(attempt, follow);
      this.#listener.settled(attempt, outcome, children);
      this.#listener.ready();
    }
  }

  followed(attempt: Attempt, cut?: string): void {
    if (attempt.phase !== 'following') return;
    if (cut !== undefined) this.#listener.handlersCut(attempt, cut);
    this.waits(attempt, false);
    const followed = this.#followers.ended(attempt);
    this.#free(attempt);
    if (followed) this.#listener.roomChanged();
    this.#listener.ready();
  }

  #free(attempt: Attempt): void {
    attempt.phase = 'gone';
    this.#taken--;
    if (this.#overdue.delete(attempt)) this.#listener.roomChanged();
  }

  /** A function in our own loop cannot be ended: what it held is given back, and nobody waits for it any more. */
  #handlersOverdue(attempt: Attempt): void {
    attempt.abort('handler-limit', true, HANDLER_GRACE_MS);
    if (this.#pool.kind === 'inline') this.followed(attempt);
  }

  timedOut(attempt: Attempt, outcome: Outcome): void {
    if (attempt.phase !== 'running' || attempt.disowned) return;
    attempt.disowned = true;
    this.#held.delete(attempt.nonce);
    this.#overdue.add(attempt);
    this.#listener.timedOut(attempt, outcome);
  }

  #enter(attempt: Attempt): void {
    if (attempt.phase !== 'announced') return;
    attempt.enter(prepareRun(this.#pool, this.#clock, attempt.assignment, attempt, this.#handlerTimeoutMs));
  }

  #drop(attempt: Attempt): void {
    if (attempt.phase === 'announced') this.#taken--;
    attempt.phase = 'gone';
    this.#held.delete(attempt.nonce);
    this.#listener.ready();
  }
}
