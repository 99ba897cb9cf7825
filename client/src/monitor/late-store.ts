/** A store whose code comes with its first use. */
import { errorOf } from '@celeriac/protocol/calling';
import type { Store, StoreListener } from '../store.ts';

interface Real extends Store<object> {
  readonly used?: boolean;
  more?(): Promise<void>;
  [Symbol.asyncIterator]?(): AsyncGenerator<unknown, void>;
}

export class LateStore implements Real {
  readonly #make: () => Promise<Real>;
  #view: object;
  #coming: Promise<Real> | undefined;
  #real: Real | undefined;

  constructor(make: () => Promise<Real>, first: object) {
    this.#make = make;
    this.#view = first;
  }

  get used(): boolean {
    return this.#real?.used ?? this.#coming !== undefined;
  }

  readonly get = (): object => this.#real?.get() ?? this.#view;

  readonly subscribe = (listener: StoreListener<object>): (() => void) => {
    if (this.#real !== undefined) return this.#real.subscribe(listener);
    let stop = (): void => {
      over = true;
    };
    let over = false;
    this.#come().then(
      (real) => {
        if (!over) stop = real.subscribe(listener);
      },
      (error: unknown) => {
        this.#view = { ...this.#view, trouble: errorOf(error) };
        if (!over) listener(this.#view);
      },
    );
    return () => stop();
  };

  readonly more = async (): Promise<void> => (await this.#come()).more?.();

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void> {
    const items = (await this.#come())[Symbol.asyncIterator]?.();
    if (items !== undefined) yield* items;
  }

  async #come(): Promise<Real> {
    this.#coming ??= this.#make();
    try {
      this.#real = await this.#coming;
      return this.#real;
    } catch (error) {
      // The next one that needs it asks for it again.
      this.#coming = undefined;
      throw error;
    }
  }
}
