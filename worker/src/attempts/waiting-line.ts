import type { Attempt } from './attempt.ts';

/** Of fewer than these nothing is cut off but all at once. */
const TRIM_FROM = 32;

/** The attempts that wait for a slot, in order of arrival. An array with a moving head: its past is cut off when it is the larger part. */
export class WaitingLine {
  #line: Attempt[] = [];
  #next = 0;

  add(attempt: Attempt): void {
    this.#line.push(attempt);
  }

  /** @returns the one that waits longest; those that no longer do are passed over */
  take(): Attempt | undefined {
    while (this.#next < this.#line.length) {
      const attempt = this.#line[this.#next++];
      this.#trim();
      if (attempt?.phase === 'waiting') return attempt;
    }
    return undefined;
  }

  /** Before all others. */
  putBack(attempts: readonly Attempt[]): void {
    this.#line = [...attempts, ...this.#line.slice(this.#next)];
    this.#next = 0;
  }

  #trim(): void {
    if (this.#next < Math.min(this.#line.length, TRIM_FROM) || this.#next * 2 < this.#line.length) return;
    this.#line.splice(0, this.#next);
    this.#next = 0;
  }
}
