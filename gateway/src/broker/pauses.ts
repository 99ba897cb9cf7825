import { RefusedError } from '@celeriac/protocol';
import { PAUSED_QUEUES } from '@celeriac/protocol/internal';
import type { Engine } from '../engine/engine.ts';

/** Queues that nothing is handed out of, until an operator resumes them. What a worker has of them stays its own. */
export class Pauses {
  readonly #engine: Engine;
  readonly #queues = new Set<string>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  load(queues: readonly string[]): void {
    for (const queue of queues) this.#queues.add(queue);
  }

  has(queue: string): boolean {
    return this.#queues.has(queue);
  }

  names(): IterableIterator<string> {
    return this.#queues.values();
  }

  /**
   * Holds for what is planned from here on, and is kept when this resolves; a claim on its way by then has arrived before that.
   * @returns how many tasks wait in the queue
   * @throws RefusedError with `TOO_MANY_PAUSES`
   */
  async set(queue: string, paused: boolean): Promise<number> {
    if (paused && !this.has(queue) && this.#queues.size >= PAUSED_QUEUES)
      throw new RefusedError('TOO_MANY_PAUSES', `at most ${PAUSED_QUEUES} queues may be paused at a time`);
    if (paused) this.#queues.add(queue);
    else this.#queues.delete(queue);
    await this.#engine.pause([[queue, paused]]).committed;
    return this.#engine.waiting.get(queue) ?? 0;
  }
}
