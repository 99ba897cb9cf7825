import type { RevokeVerdict } from '@celeriac/protocol';
import { option } from '@celeriac/protocol/calling';
import type { SignalOptions } from '@celeriac/runtime';
import { readWaitOptions } from '@celeriac/runtime/calling';
import type { AsyncResult } from './async-result.ts';
import { GET, type GetOptions, type NonNullOptions, type RevokeOptions } from './result-options.ts';

const { propagate: _, ...COMPLETED } = GET;
const GATHER = { ...GET, callback: option.callback<(id: string, value: unknown) => void>() };

type ValueOf<Result> = Result extends AsyncResult<infer Value, infer _Chunk> ? Value : never;

/** The values, at the positions of their handles. */
export type ValuesOf<Results extends readonly AsyncResult[]> = {
  -readonly [Place in keyof Results]: ValueOf<Results[Place]>;
};

/** The values or errors, at the positions of their handles. */
export type EndingsOf<Results extends readonly AsyncResult[]> = {
  -readonly [Place in keyof Results]: ValueOf<Results[Place]> | Error;
};

/** Options of waiting for a set, in addition to those of waiting for a handle. */
export interface GatherOptions extends GetOptions {
  /**
   * Called with each value (with `propagate: false` also with each error): by `join()` in the order of the set, by `get()` as
   * tasks end. If it throws, the wait rejects with that error.
   * @default none
   */
  readonly callback?: ((id: string, value: unknown) => void) | null | undefined;
}

/**
 * Several handles as one. `for await` over it yields each handle when its task ends.
 * @example
 * const set = new ResultSet([add.delay(1, 1), add.delay(2, 2)]);
 * for await (const res of set) console.log(res.id, res.state);
 * console.log(await set.get({ timeout: '1m' }));
 */
export class ResultSet<Results extends readonly AsyncResult[] = readonly AsyncResult[]>
  implements AsyncIterable<Results[number]>
{
  #results: readonly AsyncResult[];

  /** Makes a set of these handles. */
  constructor(results: readonly [...Results]) {
    this.#results = [...results];
  }

  /** In the order in which they were given. */
  get results(): readonly Results[number][] {
    return this.#results;
  }

  /** How many handles there are. */
  get length(): number {
    return this.#results.length;
  }

  /**
   * Adds a handle, unless the set already has it.
   * @example set.add(add.delay(3, 3));
   */
  add(result: Results[number]): this {
    if (!this.#results.includes(result)) this.#results = [...this.#results, result];
    return this;
  }

  /**
   * Removes a handle.
   * @returns whether the set had it
   * @example set.remove(res);
   */
  remove(result: AsyncResult): boolean {
    const before = this.length;
    this.#results = this.#results.filter((one) => one !== result);
    return this.length < before;
  }

  /**
   * How many have succeeded.
   * @example show(set.completedCount(), 'of', set.length);
   */
  completedCount(): number {
    return this.#results.filter((one) => one.successful()).length;
  }

  /**
   * Whether any has not ended.
   * @example if (set.waiting()) show('…');
   */
  waiting(): boolean {
    return !this.ready();
  }

  /**
   * Whether all have ended.
   * @example if (set.ready()) show('done');
   */
  ready(): boolean {
    return this.#results.every((one) => one.ready());
  }

  /**
   * Whether all have succeeded.
   * @example if (set.successful()) show('all well');
   */
  successful(): boolean {
    return this.#results.every((one) => one.successful());
  }

  /**
   * Whether any has failed.
   * @example if (set.failed()) show('something is wrong');
   */
  failed(): boolean {
    return this.#results.some((one) => one.failed());
  }

  /**
   * Waits for all, and returns their values in order, or the errors of those that failed.
   * @throws as `get()` of a handle with the same options
   * @example const failed = (await set.get({ propagate: false })).filter((given) => given instanceof Error);
   */
  get(options: GatherOptions & { readonly propagate: false }): Promise<EndingsOf<Results>>;
  /**
   * Waits for all, and returns their values in order; the timeout is for all of them together. Rejects with the first error, as
   * soon as it occurs.
   * @throws as `get()` of a handle
   * @example const [sum, name] = await new ResultSet([add.delay(2, 2), greet.delay('Ann')]).get();
   */
  get(options?: GatherOptions): Promise<ValuesOf<Results>>;
  get(options: GatherOptions = {}): Promise<unknown> {
    return this.#together(options, 'get()', (values, tell) =>
      Promise.all(values.map(async (value, place) => tell(place, await value))),
    );
  }

  /**
   * As {@link get}, but waits for one after the other.
   * @throws as `get()` of a handle with the same options
   * @example await set.join({ propagate: false, callback: (id, value) => console.log(id, value) });
   */
  join(options: GatherOptions & { readonly propagate: false }): Promise<EndingsOf<Results>>;
  /**
   * As {@link get}, but waits for one after the other: rejects with the error of the first failed task in the order of the set.
   * @throws as `get()` of a handle
   * @example const values = await set.join({ timeout: '1m' });
   */
  join(options?: GatherOptions): Promise<ValuesOf<Results>>;
  join(options: GatherOptions = {}): Promise<unknown> {
    return this.#together(options, 'join()', async (values, tell) => {
      const joined: unknown[] = [];
      for (const [place, value] of values.entries()) joined.push(tell(place, await value));
      return joined;
    });
  }

  /**
   * Revokes all.
   * @throws as `revoke()` of a handle
   * @example await set.revoke({ terminate: true });
   */
  revoke(options?: RevokeOptions): Promise<readonly RevokeVerdict[]> {
    return Promise.all(this.#results.map((one) => one.revoke(options)));
  }

  /**
   * Makes the gateway delete the arguments and results of all.
   * @throws as `forget()` of a handle
   * @example await set.forget();
   */
  forget(options?: SignalOptions): Promise<readonly boolean[]> {
    return Promise.all(this.#results.map((one) => one.forget(options)));
  }

  /**
   * Each handle when its task has ended, in that order; those that have ended come first.
   * @throws as `get()` of a handle if the end of a task will never be known; never the error of a task
   * @example for await (const res of set.completed({ timeout: '1m' })) show(res.id, res.result);
   */
  async *completed(options: Omit<GetOptions, 'propagate'> = {}): AsyncGenerator<Results[number], void> {
    const ended: AsyncResult[] = [];
    let trouble: { readonly error: unknown } | undefined;
    let wake = (): void => {};
    const finish = (one: AsyncResult): void => {
      ended.push(one);
      wake();
    };
    const read = readWaitOptions(options, COMPLETED, 'completed()');
    read.signal?.throwIfAborted();
    const waits = this.#start({ ...read, propagate: false });
    for (const [one, value] of waits.values) {
      value.then(
        () => finish(one),
        (error: unknown) => {
          if (one.ready() && read.signal?.aborted !== true) return finish(one);
          trouble ??= { error };
          wake();
        },
      );
    }
    try {
      for (let left = waits.values.length; left > 0; left--) {
        while (ended.length === 0) {
          if (trouble !== undefined) throw trouble.error;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const next = ended.shift();
        if (next !== undefined) yield next;
      }
    } finally {
      waits.stop();
    }
  }

  /**
   * As {@link completed} without options.
   * @throws as {@link completed}
   */
  [Symbol.asyncIterator](): AsyncGenerator<Results[number], void> {
    return this.completed();
  }

  async #together(
    given: GatherOptions,
    where: string,
    gather: (values: readonly Promise<unknown>[], tell: Tell) => Promise<unknown>,
  ): Promise<unknown> {
    const { callback, ...options } = readWaitOptions(given, GATHER, where);
    options.signal?.throwIfAborted();
    const waits = this.#start(options);
    const tell: Tell = (place, value) => {
      const one = waits.values[place]?.[0];
      if (one !== undefined) callback?.(one.id, value);
      return value;
    };
    try {
      return await gather(
        waits.values.map(([, value]) => value),
        tell,
      );
    } finally {
      waits.stop();
    }
  }

  /** All wait at once, so that one timeout is one deadline; those that are no longer waited for are let go. */
  #start(options: NonNullOptions<GetOptions>): Waits {
    const { signal } = options;
    const over = new AbortController();
    const abort = (): void => over.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    const values = this.#results.map((one) => {
      const value: Promise<unknown> = one.get({ ...options, signal: over.signal });
      value.catch(() => {});
      return [one, value] as const;
    });
    return {
      values,
      stop: () => {
        signal?.removeEventListener('abort', abort);
        over.abort();
      },
    };
  }
}

/** Tells the callback of the value in this place. @returns the value */
type Tell = (place: number, value: unknown) => unknown;

interface Waits {
  readonly values: readonly (readonly [AsyncResult, Promise<unknown>])[];
  stop(): void;
}
