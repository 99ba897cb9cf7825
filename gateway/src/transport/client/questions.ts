import { RefusedError } from '@celeriac/protocol';

/** Frames that ask for snapshots, waiting for their turn. */
const QUESTIONS = 1_000;
/** When a client with too much on its way may try again. */
export const BUSY_RETRY_MS = 500;

/** Answers one question of a client at a time, in order, so that what it asks for does not stand in memory all at once. */
export class Questions {
  readonly #overloaded: () => void;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param overloaded the client was told that it asks too much */
  constructor(overloaded: () => void) {
    this.#overloaded = overloaded;
  }

  /** @throws RefusedError with `OVERLOADED` when too many wait, or whatever `answer` throws */
  async inTurn<Value>(answer: () => Promise<Value>): Promise<Value> {
    try {
      return await this.#wait(answer);
    } catch (error) {
      if (error instanceof RefusedError && error.code === 'OVERLOADED') this.#overloaded();
      throw error;
    }
  }

  async #wait<Value>(answer: () => Promise<Value>): Promise<Value> {
    if (this.#waiting >= QUESTIONS) {
      throw new RefusedError('OVERLOADED', `more than ${QUESTIONS} questions at a time`, BUSY_RETRY_MS);
    }
    this.#waiting += 1;
    const mine = this.#last.then(answer);
    this.#last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
    }
  }
}
