import { RefusedError } from '@celeriac/protocol';

/** How many requests for snapshots of one client may wait for their turn. */
const WAITING_LIMIT = 1_000;
/** The bound on unanswered requests: about 300,000 ids, in characters plus a fixed cost each. */
const WEIGHT = 32 * 1024 * 1024;
const ITEM_WEIGHT = 64;
/** When a client with too many requests in flight may try again. */
export const BUSY_RETRY_MS = 500;

/** A client that asks this much without reading is told so and disconnected. */
export class TooManyRequests extends RefusedError {
  constructor(what: string) {
    super('OVERLOADED', what, BUSY_RETRY_MS);
  }
}

/** The unanswered requests of one client, answered one at a time so that the answers are not all in memory at once. */
export class RequestQueue {
  #waiting = 0;
  #weight = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** Answers one request at a time, in order. @throws TooManyRequests, or whatever `answer` throws */
  async inTurn<Value>(answer: () => Promise<Value>): Promise<Value> {
    if (this.#waiting >= WAITING_LIMIT)
      throw new TooManyRequests(`more than ${WAITING_LIMIT} requests at a time`);
    this.#waiting += 1;
    const mine = this.#last.then(answer);
    this.#last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
    }
  }

  /**
   * Answers at once, and counts the items of the request for as long as that takes.
   * @param items as they came
   * @throws TooManyRequests
   */
  counted<Value>(items: unknown, answer: () => Promise<Value>): Promise<Value> {
    const weight = weightOf(items);
    if (this.#weight + weight > WEIGHT) throw new TooManyRequests('requests about too many tasks at a time');
    this.#weight += weight;
    const answered = answer();
    const done = (): void => {
      this.#weight -= weight;
    };
    answered.then(done, done);
    return answered;
  }
}

/** Ids, or items that begin with one. */
function weightOf(items: unknown): number {
  if (!Array.isArray(items)) return ITEM_WEIGHT;
  return items.reduce<number>((sum, item: unknown) => {
    const first: unknown = Array.isArray(item) ? item[0] : item;
    return sum + ITEM_WEIGHT + (typeof first === 'string' ? first.length : 0);
  }, ITEM_WEIGHT);
}
