/**
 * Attempts whose outcome is told, and whose handlers are to hear of it. They are called when the gateway has recorded
 * the outcome: from then on it stands, whatever a handler does to this process, and one that the gateway has refused
 * is no news to anybody. They have a time of their own.
 */
import type { SettledAck } from '@celeriac/protocol';
import { afterReading, type Clock, type Timer } from '@celeriac/runtime';
import type { Follow } from '../pool/pool.ts';
import type { Attempt } from './attempt.ts';

interface Following {
  readonly attempt: Attempt;
  /** Until the gateway has answered. */
  follow: Follow | undefined;
  timer: Timer | undefined;
}

export class Followers {
  readonly #clock: Clock;
  readonly #overdue: (attempt: Attempt) => void;
  readonly #cut: (attempt: Attempt, why: string) => void;
  readonly #following = new Map<string, Following>();

  /**
   * @param overdue the handlers of this attempt have had their time; it is still counted until they have ended
   * @param cut the handlers of this attempt are not called
   */
  constructor(
    clock: Clock,
    overdue: (attempt: Attempt) => void,
    cut: (attempt: Attempt, why: string) => void,
  ) {
    this.#clock = clock;
    this.#overdue = overdue;
    this.#cut = cut;
  }

  get count(): number {
    return this.#following.size;
  }

  get unanswered(): number {
    let count = 0;
    for (const { follow } of this.#following.values()) if (follow !== undefined) count += 1;
    return count;
  }

  all(): readonly Attempt[] {
    return [...this.#following.values()].map(({ attempt }) => attempt);
  }

  add(attempt: Attempt, follow: Follow): void {
    this.#following.set(attempt.nonce, { attempt, follow, timer: undefined });
  }

  /** The gateway has recorded outcomes, or refused them. @param limitMs of the handlers of an attempt; 0 is none */
  acked(acks: readonly SettledAck[], limitMs: (attempt: Attempt) => number): void {
    if (this.#following.size === 0) return;
    for (const [nonce, verdict] of acks) {
      const following = this.#following.get(nonce);
      if (following?.follow === undefined) continue;
      const { attempt, follow } = following;
      following.follow = undefined;
      const recorded = verdict === 'applied' || verdict === 'duplicate';
      const ms = recorded ? limitMs(attempt) : 0;
      if (ms > 0) following.timer = afterReading(this.#clock, ms, () => this.#overdue(attempt));
      follow(recorded);
    }
  }

  /** @returns false where it was not among them any more */
  ended({ nonce }: Attempt): boolean {
    this.#following.get(nonce)?.timer?.cancel();
    return this.#following.delete(nonce);
  }

  /** The gateway will say nothing of it that its handlers may be told: they are not called, and the log says so. */
  forgo(nonce: string, why: string): void {
    const following = this.#following.get(nonce);
    if (following?.follow === undefined) return;
    const { attempt, follow } = following;
    following.follow = undefined;
    this.#cut(attempt, `not called: ${why}`);
    follow(false);
  }

  /** Nobody waits for them any more: those that have not been called are not, the others are asked to stop. */
  release(): void {
    for (const [nonce, { attempt, follow }] of [...this.#following]) {
      if (follow === undefined) attempt.abort('shutdown', true, 0);
      else this.forgo(nonce, 'the worker ends, and the gateway has not recorded the outcome');
    }
  }
}
