/** How many unsettled attempts this worker takes, and what the gateway was told of that last. */
import { WORKER_CAPACITY } from '@celeriac/protocol/internal';
import type { Prefetch } from '../attempts/prefetch.ts';
import type { Slots } from '../attempts/slots.ts';
import type { Reports } from './reports.ts';

/**
 * Whether it takes tasks: open ⇄ drained, as often as it is told to; stopping, for good. Only when it stops does
 * anybody wait for what remains.
 */
type Mode = 'open' | 'drained' | 'stopping';

export class Capacity {
  readonly #slots: Pick<Slots, 'concurrency' | 'unheld' | 'yielded'>;
  readonly #prefetch: Pick<Prefetch, 'depth'>;
  readonly #reports: Pick<Reports, 'full'>;
  #mode: Mode = 'open';
  #told = 0;

  constructor(
    slots: Pick<Slots, 'concurrency' | 'unheld' | 'yielded'>,
    prefetch: Pick<Prefetch, 'depth'>,
    reports: Pick<Reports, 'full'>,
  ) {
    this.#slots = slots;
    this.#prefetch = prefetch;
    this.#reports = reports;
  }

  get open(): boolean {
    return this.#mode === 'open';
  }

  get stopping(): boolean {
    return this.#mode === 'stopping';
  }

  /** Nothing new is taken. One that stops stays so. */
  close(mode: 'drained' | 'stopping'): void {
    if (this.#mode !== 'stopping') this.#mode = mode;
  }

  reopen(): void {
    if (this.#mode === 'drained') this.#mode = 'open';
  }

  /** For a hello. */
  tell(): number {
    this.#told = this.#now;
    return this.#told;
  }

  /** For a frame of its own, where it is news. */
  tellChange(): number | undefined {
    return this.#now === this.#told ? undefined : this.tell();
  }

  /** A waiting body still counts as unsettled, so without extra capacity the awaited task could never be assigned. */
  get #now(): number {
    if (this.#mode !== 'open' || this.#reports.full) return 0;
    const slots = Math.max(0, this.#slots.concurrency - this.#slots.unheld);
    return Math.min(slots + this.#prefetch.depth + this.#slots.yielded, WORKER_CAPACITY);
  }
}
