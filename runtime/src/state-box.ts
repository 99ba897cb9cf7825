/** A value that changes, with its listeners. `subscribe`/`get` is what React's useSyncExternalStore takes. */
export class StateBox<Value> {
  #value: Value;
  readonly #listeners = new Set<(value: Value) => void>();

  constructor(initial: Value) {
    this.#value = initial;
  }

  get = (): Value => this.#value;

  /** Listeners are called only when the value is another one. */
  set(value: Value): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  /** @returns a function that stops it */
  subscribe = (listener: (value: Value) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Resolves with the first value, the present one included, that passes. */
  async until(passes: (value: Value) => boolean): Promise<Value> {
    if (passes(this.#value)) return this.#value;
    return new Promise((resolve) => {
      const stop = this.subscribe((value) => {
        if (!passes(value)) return;
        stop();
        resolve(value);
      });
    });
  }
}
