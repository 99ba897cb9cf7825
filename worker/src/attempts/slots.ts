/**
 * The attempts that this worker has, and the slots they run in: counts and decides, and knows nothing else.
 *
 * A slot is taken when an attempt is announced and given back when its body has returned, aborted or not, and its
 * handlers have: a body that ignores its signal still uses this process. What waits for a slot waits in order of arrival.
 *
 * A body that waits for another task yields its slot, so that what it waits for can run here. When its wait is
 * over it goes on at once, though the slot may be in use: for a moment more bodies run than there are slots.
 * If it waited for its slot instead, the borrower could be waiting for it: deadlock.
 */
import type { AbortItem, ChunkAck, HeldAttempt, SettledAck, StartedAck } from '@celeriac/protocol/internal';
import { Fifo } from '@celeriac/runtime';
import type { Attempt, AttemptPhase } from './attempt.ts';

export class Slots {
  #concurrency: number;
  /** By nonce, from the assignment until nothing is left of the attempt. */
  readonly #attempts = new Map<string, Attempt>();
  /** Those that wait for a slot, in order of arrival; and some that no longer do. */
  readonly #line = new Fifo<Attempt>();
  #taken = 0;
  #unheld = 0;
  #yielded = 0;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  get concurrency(): number {
    return this.#concurrency;
  }

  /** How many attempts have a slot, those that yield it included. */
  get taken(): number {
    return this.#taken;
  }

  /** How many have none yet. */
  get waiting(): number {
    return this.#attempts.size - this.#taken;
  }

  /** How many of those that have a slot wait for another task. */
  get yielded(): number {
    return this.#yielded;
  }

  /** How many have a slot, and the gateway knows nothing of them any more: disowned bodies, and handlers. */
  get unheld(): number {
    return this.#unheld;
  }

  /** Of how many only the handlers are left, and the gateway has not answered yet whether they are to be called. */
  get unanswered(): number {
    let count = 0;
    for (const { unanswered } of this.#attempts.values()) if (unanswered) count += 1;
    return count;
  }

  /** Names of the tasks of which there is an attempt in one of these phases, each once. */
  tasksIn(...phases: readonly AttemptPhase[]): readonly string[] {
    const names = new Set<string>();
    for (const { phase, task } of this.#attempts.values()) if (phases.includes(phase)) names.add(task);
    return [...names];
  }

  has(nonce: string): boolean {
    return this.#attempts.has(nonce);
  }

  /** What a hello says of those that are held. */
  describe(): readonly HeldAttempt[] {
    return this.#held().map((attempt) => attempt.describe());
  }

  /** So many bodies run at the same time from now on; what runs beyond that goes on. */
  resize(concurrency: number): void {
    this.#concurrency = concurrency;
  }

  accept(attempt: Attempt): void {
    this.#attempts.set(attempt.nonce, attempt);
    this.#line.push(attempt);
  }

  /** Takes the free slots for those that wait longest. The caller must report them as started before {@link enter}. */
  announce(): readonly Attempt[] {
    const announced: Attempt[] = [];
    while (this.#taken - this.#yielded < this.#concurrency) {
      const attempt = this.#line.take();
      if (attempt === undefined) break;
      if (attempt.phase !== 'waiting') continue;
      this.move(attempt, 'announced');
      announced.push(attempt);
    }
    return announced;
  }

  /** The socket is gone, and its last `started` may not have arrived: they are announced again. */
  unannounce(): void {
    const announced = this.#held().filter(({ phase }) => phase === 'announced');
    for (const attempt of announced) this.move(attempt, 'waiting');
    this.#line.putBack(announced);
  }

  /** Enters the bodies of those whose `started` is in the socket, except those that wait for its ack. */
  enter(attempts: readonly Attempt[]): void {
    for (const attempt of attempts) if (!attempt.awaitsStart) this.#enter(attempt);
  }

  /** The gateway has recorded these starts, or refused them as another's by now. */
  confirm(acks: readonly StartedAck[]): void {
    for (const [nonce, verdict] of acks) {
      const attempt = this.#find(nonce);
      if (attempt === undefined) continue;
      if (verdict === 'ok') this.#enter(attempt);
      else this.#lose(attempt);
    }
  }

  /** The gateway has recorded these outcomes, or refused them. */
  answer(acks: readonly SettledAck[]): void {
    if (this.#unheld === 0) return;
    for (const [nonce, verdict] of acks)
      this.#attempts.get(nonce)?.answered(verdict === 'applied' || verdict === 'duplicate');
  }

  /** The gateway is told another outcome than this attempt had. */
  misreported(nonce: string): void {
    this.#attempts.get(nonce)?.forgo('the outcome could not be reported to the gateway unchanged');
  }

  /**
   * A running body is asked to stop, and keeps its slot; what has not started is given back.
   * @returns the nonces of the latter: the gateway counts them until it hears that they are
   */
  abort(items: readonly AbortItem[]): readonly string[] {
    const released: string[] = [];
    for (const [nonce, reason, terminate, graceMs] of items) {
      const attempt = this.#find(nonce);
      if (attempt === undefined) continue;
      if (attempt.phase === 'running') attempt.abort(reason, terminate, graceMs);
      else {
        released.push(nonce);
        this.move(attempt, 'gone');
      }
    }
    return released;
  }

  /** There is room for more chunks; or none for any, because the attempt is another's. */
  room(items: readonly ChunkAck[]): void {
    for (const [nonce, upTo] of items) {
      const attempt = this.#find(nonce);
      if (attempt?.phase !== 'running') continue;
      if (upTo === null) this.#lose(attempt);
      else attempt.room(upTo);
    }
  }

  /** Gives up attempts whose lease is lost, by default all. How a running one ends is still reported: the gateway decides. */
  lose(nonces?: readonly string[]): void {
    const lost = nonces === undefined ? this.#held() : nonces.map((nonce) => this.#find(nonce));
    for (const attempt of lost) if (attempt !== undefined) this.#lose(attempt);
  }

  /** Gives back all that waits. @returns the nonces, for the gateway */
  releaseWaiting(): readonly string[] {
    const released = this.#held().filter(({ phase }) => phase === 'waiting');
    for (const attempt of released) this.move(attempt, 'gone');
    return released.map(({ nonce }) => nonce);
  }

  /**
   * Gives back the rest and asks the bodies to stop; how they end is not reported. What may run only once is not
   * given back after it began: the end of the session tells the gateway that it is lost. Handlers are no longer waited for.
   * @returns the nonces, for the gateway
   */
  releaseRunning(): readonly string[] {
    for (const attempt of this.#attempts.values()) attempt.stopFollowing();
    const held = this.#held();
    const released = held.filter(({ phase, awaitsStart }) => !(awaitsStart && phase === 'running'));
    for (const attempt of held) {
      if (attempt.phase !== 'running') this.move(attempt, 'gone');
      else {
        this.move(attempt, 'disowned');
        attempt.abort('shutdown', true, 0);
      }
    }
    return released.map(({ nonce }) => nonce);
  }

  /** The only place where an attempt moves, so that whatever becomes of it, what it took is given back. */
  move(attempt: Attempt, phase: AttemptPhase): void {
    if (phase === 'following' || phase === 'gone') this.yieldSlot(attempt, false);
    this.#taken += Number(takesSlot(phase)) - Number(takesSlot(attempt.phase));
    this.#unheld += Number(isUnheld(phase)) - Number(isUnheld(attempt.phase));
    if (phase === 'gone') this.#attempts.delete(attempt.nonce);
    attempt.phase = phase;
  }

  /** Its body waits for another task, or has waited. */
  yieldSlot(attempt: Attempt, yields: boolean): void {
    if (attempt.yieldsSlot === yields || !takesSlot(attempt.phase)) return;
    attempt.yieldsSlot = yields;
    this.#yielded += yields ? 1 : -1;
  }

  #find(nonce: string): Attempt | undefined {
    const attempt = this.#attempts.get(nonce);
    return attempt === undefined || isUnheld(attempt.phase) ? undefined : attempt;
  }

  /** Those of which the gateway believes that this worker has them. */
  #held(): readonly Attempt[] {
    return [...this.#attempts.values()].filter(({ phase }) => !isUnheld(phase));
  }

  #enter(attempt: Attempt): void {
    if (attempt.phase !== 'announced') return;
    this.move(attempt, 'running');
    attempt.enter();
  }

  #lose(attempt: Attempt): void {
    if (attempt.phase === 'running') attempt.abort('lease-lost', false, 0);
    else this.move(attempt, 'gone');
  }
}

function takesSlot(phase: AttemptPhase): boolean {
  return phase !== 'waiting' && phase !== 'gone';
}

function isUnheld(phase: AttemptPhase): boolean {
  return phase === 'disowned' || phase === 'following';
}
