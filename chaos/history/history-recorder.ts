import type { Clock } from '@celeriac/runtime';
import type { Entry, Stamp } from './entry.ts';

type Unstamped<One> = One extends Stamp ? Omit<One, keyof Stamp> : never;
export type Said = Unstamped<Entry>;

/** One process's hand on the history: stamps what it says. */
export class HistoryRecorder {
  readonly #by: string;
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly #write: (entry: Entry) => void;
  #numbers: number;

  /**
   * @param clock whose monotonic time all processes of the history share
   * @param before who wrote under this name before: its operations are numbered on
   */
  constructor(
    by: string,
    clock: Pick<Clock, 'now' | 'monotonic'>,
    write: (entry: Entry) => void,
    before: { readonly numbers: number } = { numbers: 0 },
  ) {
    this.#by = by;
    this.#clock = clock;
    this.#write = write;
    this.#numbers = before.numbers;
  }

  /** How many operations it has numbered, with those before it. */
  get numbers(): number {
    return this.#numbers;
  }

  say(said: Said): void {
    const stamp: Stamp = { at: this.#clock.monotonic(), wall: this.#clock.now(), by: this.#by };
    this.#write({ ...stamp, ...said } as Entry);
  }

  /** The number of another operation of this process. */
  next(): number {
    this.#numbers += 1;
    return this.#numbers;
  }
}
