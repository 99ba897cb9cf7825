/** How many unsettled attempts this worker takes, and what the gateway was told of that last. */
import { WORKER_CAPACITY } from '@celeriac/protocol';
import type { Prefetch } from './attempts/prefetch.ts';
import type { Slots } from './attempts/slots.ts';
import type { Outbox } from './outbox.ts';

/**
 * Whether it takes tasks: open ⇄ drained, for as long as somebody wants; stopping, for good. Only when it stops does
 * anybody wait for what remains.
 */
type Mode = 'open' | 'drained' | 'stopping';

export class Room {
  readonly #slots: Pick<Slots, 'concurrency' | 'overdue' | 'lent'>;
  readonly #prefetch: Pick<Prefetch, 'depth'>;
  readonly #outbox: Pick<Outbox, 'full'>;
  #mode: Mode = 'open';
  #told = 0;

  constructor(
    slots: Pick<Slots, 'concurrency' | 'overdue' | 'lent'>,
    prefetch: Pick<Prefetch, 'depth'>,
    outbox: Pick<Outbox, 'full'>,
  ) {
    this.#slots = slots;
    this.#prefetch = prefetch;
    this.#outbox = outbox;
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
    this.#told = this.#capacity;
    return this.#told;
  }

  /** For a frame of its own, where it is news. */
  tellChange(): number | undefined {
    return this.#capacity === this.#told ? undefined : this.tell();
  }

  /** A body that waits for another task is unsettled all the same: without room beside it, that task could not come. */
  get #capacity(): number {
    if (this.#mode !== 'open' || this.#outbox.full) return 0;
    const slots = Math.max(0, this.#slots.concurrency - this.#slots.overdue);
    return Math.min(slots + this.#prefetch.depth + this.#slots.lent, WORKER_CAPACITY);
  }
}
