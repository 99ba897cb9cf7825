import type { Reply } from './operations.ts';
import { errorText } from './store-error.ts';

/** Copies of the store, one after the other. Between their steps the thread does what it does. */
export class Copies {
  readonly #store: { copyTo(file: string, settle: () => void): Promise<number> };
  readonly #settle: () => void;
  readonly #post: (reply: Reply) => void;
  #last: Promise<void> = Promise.resolve();
  #count = 0;

  /** @param settle commits what is open; a failure is told there */
  constructor(
    store: { copyTo(file: string, settle: () => void): Promise<number> },
    settle: () => void,
    post: (reply: Reply) => void,
  ) {
    this.#store = store;
    this.#settle = settle;
    this.#post = post;
  }

  /** Then each step needs a turn of the event loop in which no transaction is open. */
  get areMade(): boolean {
    return this.#count > 0;
  }

  /** Never rejects. */
  get ended(): Promise<void> {
    return this.#last;
  }

  make(file: string): void {
    this.#count += 1;
    this.#last = this.#last.then(() => this.#make(file));
  }

  async #make(file: string): Promise<void> {
    try {
      this.#post(['copied', await this.#store.copyTo(file, this.#settle)]);
    } catch (error) {
      this.#post(['notCopied', `the store was not copied: ${errorText(error)}`]);
    }
    this.#count -= 1;
  }
}
