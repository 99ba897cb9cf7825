import type { AsyncResult } from '../result/async-result.ts';
import type { ApplyOptions } from './apply-options.ts';
import {
  type ChunkOf,
  type Heads,
  makeSignature,
  type ResultOf,
  type Send,
  type Signature,
  type Tails,
} from './signature.ts';

/** A task that can be called by its name, wherever its function is defined. */
export interface TaskRef<Name extends string, Args extends readonly unknown[], Returns, Chunk = unknown> {
  /** Its name. */
  readonly name: Name;
  /**
   * Sends a call and returns its handle at once.
   * @throws PayloadError when the arguments cannot be written, ClosedError after `app.close()`
   * @example const res = add.delay(2, 2);
   */
  delay(...args: Args): AsyncResult<ResultOf<Returns>, ChunkOf<Returns, Chunk>>;
  /**
   * {@link delay} with options.
   * @throws as delay, and UsageError or OptionError for unknown options or invalid values
   * @example const res = add.applyAsync([2, 2], { countdown: '10s', queue: 'sums' });
   */
  applyAsync(
    args: Readonly<Args>,
    options?: ApplyOptions<[result: ResultOf<Returns>]>,
  ): AsyncResult<ResultOf<Returns>, ChunkOf<Returns, Chunk>>;
  /**
   * A call to be made later, with the last arguments; those before them are given then.
   * @example const later = add.s(2); // add.s(2).delay(1) adds 1 and 2
   */
  s<Given extends Tails<Args>>(...given: Given): Signature<Heads<Args, Given>, Returns>;
  /**
   * A call to be made later that takes no further arguments.
   * @example encode.applyAsync([file], { link: notify.si('done') });
   */
  si(...args: Args): Signature<readonly unknown[], Returns>;
}

/** A task whose function is defined in this process: calling it runs the function here. */
export interface Task<Name extends string, Args extends readonly unknown[], Returns, Chunk = unknown>
  extends TaskRef<Name, Args, Returns, Chunk> {
  /** Runs the function here and now, without a gateway. A bound one gets a `self` of this call. */
  (...args: Args): Returns;
  /**
   * {@link applyAsync} in this process, for tests: does at once what a worker would do, skips ETAs and the pauses before
   * retries, and sends nothing. In a page it begins when the code that runs tasks has been loaded.
   * @throws as applyAsync
   * @example expect(await add.apply([2, 2]).get()).toBe(4);
   */
  apply(
    args: Readonly<Args>,
    options?: ApplyOptions<[result: ResultOf<Returns>]>,
  ): AsyncResult<ResultOf<Returns>, ChunkOf<Returns, Chunk>>;
}

/** How a call runs here. */
export type ApplyHere = (
  name: string,
  args: readonly unknown[],
  options: ApplyOptions | undefined,
  verb: string,
) => unknown;

/** The boundary where a function becomes a typed task: the types were inferred from that very function. */
export function makeTask<Made>(
  name: string,
  call: (...args: unknown[]) => unknown,
  send: Send,
  here: ApplyHere,
): Made {
  const task = equip(call, name, send);
  const apply = (args: readonly unknown[], options?: ApplyOptions): unknown =>
    here(name, args, options, 'apply');
  return Object.defineProperty(task, 'apply', { value: apply }) as Made;
}

export function makeTaskRef(name: string, send: Send): unknown {
  const refuse = (): never => {
    throw new TypeError(
      `task '${name}' is not defined here, so it cannot be called directly; send it with app.tasks['${name}'].delay(…)`,
    );
  };
  return equip(refuse, name, send);
}

function equip(call: (...args: unknown[]) => unknown, name: string, send: Send): object {
  const sign = (args: readonly unknown[], immutable: boolean): unknown =>
    makeSignature({ task: name, args, options: {}, immutable }, { send, call });
  return Object.defineProperties(call, {
    name: { value: name },
    s: { value: (...args: unknown[]) => sign(args, false) },
    si: { value: (...args: unknown[]) => sign(args, true) },
    delay: { value: (...args: unknown[]) => send(name, args) },
    applyAsync: { value: (args: readonly unknown[], options?: ApplyOptions) => send(name, args, options) },
  });
}
