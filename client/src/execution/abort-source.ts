import { fieldOf, isError, textOf } from '@celeriac/protocol/internal';

/** What a body waits for, which ends then. */
interface Stoppable {
  stop(reason: Error): void;
}

/** An AbortController made when first asked for: it costs more than a short task, and few tasks look. */
export class AbortSource {
  #controller: AbortController | undefined;
  #reason: Error | undefined;
  #aborted = false;
  #waits: Stoppable | undefined;
  #renewed = false;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Whether how the body ends is decided already. After {@link ask} alone it is not, although its signal is aborted. */
  get aborted(): boolean {
    return this.#aborted;
  }

  /** What the body was asked to stop with, if it was. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  /** Told each time that a waiting body is asked to stop; no AbortController is made for it, and no function. */
  stops(waits: Stoppable): void {
    this.#waits = waits;
  }

  /** Asks the body to stop; how it ends is still its own outcome. */
  ask(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
    this.#waits?.stop(this.#reason);
  }

  /** Asks the body to stop; how it ends no longer counts. Idempotent; the first reason stays. */
  abort(reason: Error): void {
    this.#aborted = true;
    this.ask(reason);
  }

  /** The body has ended: what follows it has a signal of its own, which is not aborted yet. */
  renew(): void {
    this.#renewed = true;
    this.#controller = undefined;
    this.#reason = undefined;
    this.#waits = undefined;
  }

  get renewed(): boolean {
    return this.#renewed;
  }

  /** Libraries wrap our reason into an AbortError of their own. @returns the reason, where that is what was thrown */
  unwrap(thrown: unknown): unknown {
    const reason = this.#reason;
    if (reason === undefined || this.#aborted) return thrown;
    const wraps =
      isError(thrown) && textOf(thrown, 'name') === 'AbortError' && fieldOf(thrown, 'cause') === reason;
    return wraps ? reason : thrown;
  }
}
