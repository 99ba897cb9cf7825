import type { Failure } from '@celeriac/protocol';
import type { AsyncResult } from '../result/async-result.ts';
import type { ApplyOptions } from './apply-options.ts';
import { checkArguments } from './arguments.ts';
import type { ChunkOf, ResultOf, Send } from './call-types.ts';
import { type Linkable, SIGNATURE, type SignatureData } from './linkable.ts';
import { mergeOptions } from './merge-options.ts';

/** What may be left out at the front of a list of arguments: a signature is given the last ones. */
export type Tails<Args extends readonly unknown[]> = Args extends readonly [unknown, ...infer Rest]
  ? Args | Tails<Rest>
  : Args | [];

/** The arguments before the last ones. Where they cannot be counted, any. */
export type Heads<Args extends readonly unknown[], Given extends readonly unknown[]> = number extends
  | Args['length']
  | Given['length']
  ? unknown[]
  : Given extends readonly [unknown, ...infer More]
    ? Args extends readonly [...infer Front, unknown]
      ? Heads<Front, More>
      : unknown[]
    : Args;

/** More arguments, then options; the arguments may be left out where there need not be any. */
type Applied<Takes extends readonly unknown[], Returns> = [] extends Takes
  ? [more?: Readonly<Takes>, options?: OptionsOf<Returns>]
  : [more: Readonly<Takes>, options?: OptionsOf<Returns>];

type OptionsOf<Returns> = ApplyOptions<[result: ResultOf<Returns>]>;

/**
 * A call that has not been made: a task, its last arguments and its options. `Takes` are the arguments that stand
 * before them and are still to come. Changed in place by {@link set}, {@link link} and {@link linkError}, as in
 * Celery; {@link clone} gives another one.
 */
export interface Signature<Takes extends readonly unknown[] = readonly unknown[], Returns = unknown>
  extends Linkable<Takes> {
  /** Runs the task's function here, with the arguments of both. */
  (...more: Takes): Returns;
  /** The name of the task. */
  readonly task: string;
  /** Its last arguments. */
  readonly args: readonly unknown[];
  /** The options of the call, unless the call sets them. */
  readonly options: ApplyOptions;
  /** Takes no arguments from its caller: later arguments are left out. */
  readonly immutable: boolean;
  /**
   * Sends the call, with further arguments in front.
   * @throws as `task.delay`
   */
  delay(...more: Takes): AsyncResult<ResultOf<Returns>, ChunkOf<Returns>>;
  /** Options of the call win over the signature's own, also over those they exclude; links add up. @throws as `task.applyAsync` */
  applyAsync(...call: Applied<Takes, Returns>): AsyncResult<ResultOf<Returns>, ChunkOf<Returns>>;
  /**
   * Changes options; `undefined` leaves an option as it was, and `null` removes it.
   * @throws UsageError, OptionError for an unknown option
   */
  set(options: OptionsOf<Returns>): this;
  /** A copy, to be changed without changing this one. */
  clone(): Signature<Takes, Returns>;
  /**
   * Another signature, with arguments in front of this one's and options over them.
   * @example const add1 = add.s(2).clone([1]);
   */
  clone<const Given extends Tails<Takes>>(
    args: Given,
    options?: OptionsOf<Returns>,
  ): Signature<Heads<Takes, Given>, Returns>;
  /** Calls another task after a success, with the result first. Unlike in Celery, gives this signature. */
  link(callback: Linkable<[result: ResultOf<Returns>]>): this;
  /** Calls another task after a failure, with the task's id and its error first. */
  linkError(callback: Linkable<[id: string, error: Failure]>): this;
  /** Plain data from which `app.signature()` makes the signature again. */
  toJSON(): SignatureData;
}

/** How a signature's task is reached. */
export interface SignatureHost {
  readonly send: Send;
  readonly call: (...args: unknown[]) => unknown;
}

/** The boundary where plain data becomes a typed signature: the types were inferred from the task. */
export function makeSignature<Made>(given: SignatureData, host: SignatureHost): Made {
  let data = given;
  const { task } = given;
  const merged = (where: string, more: readonly unknown[] = [], options: object = {}): SignatureData => {
    checkArguments(task, more);
    return {
      ...data,
      args: data.immutable ? data.args : [...more, ...data.args],
      options: mergeOptions(data.options, options, where),
    };
  };
  const applyAsync = (more?: readonly unknown[], options?: ApplyOptions): unknown => {
    const { args, options: all } = merged(`${task}.applyAsync()`, more, options);
    return host.send(task, args, all);
  };
  const change = (options: object, where = `${task}.s().set()`): unknown => {
    data = { ...data, options: mergeOptions(data.options, options, where) };
    return signature;
  };
  const signature: unknown = Object.defineProperties(
    (...more: unknown[]): unknown => host.call(...merged(`${task}.s()()`, more).args),
    {
      name: { value: task },
      task: { value: task },
      immutable: { value: given.immutable },
      args: { get: () => data.args },
      options: { get: () => data.options },
      [SIGNATURE]: { get: () => data },
      delay: { value: (...more: unknown[]) => applyAsync(more) },
      applyAsync: { value: applyAsync },
      set: { value: (options: object) => change(options) },
      clone: {
        value: (args?: readonly unknown[], options?: ApplyOptions) =>
          makeSignature(merged(`${task}.s().clone()`, args, options), host),
      },
      link: { value: (callback: Linkable) => change({ link: callback }) },
      linkError: { value: (callback: Linkable) => change({ linkError: callback }) },
      toJSON: { value: () => data },
    },
  );
  return signature as Made;
}
