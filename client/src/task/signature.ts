import type { Failure } from '@celeriac/protocol';
import { checkNames } from '@celeriac/protocol/calling';
import type { AsyncResult } from '../result/async-result.ts';
import { type ApplyOptions, checkExcluding, NAMES, NULLABLE } from './apply-options.ts';
import { checkArguments, type Linkable, SIGNATURE, type SignatureData } from './linkable.ts';

/** What `get()` resolves to. */
export type ResultOf<Returns> =
  Awaited<Returns> extends
    | AsyncGenerator<infer _Chunk, infer Result, infer _Next>
    | Generator<infer _Chunk, infer Result, infer _Next>
    ? Awaited<Result>
    : Awaited<Returns>;

/** What `stream()` gives: what a generator yields; else what `self` declares, `unknown` where it does not. */
export type ChunkOf<Returns, Declared = unknown> =
  Awaited<Returns> extends
    | AsyncGenerator<infer Chunk, infer _Result, infer _Next>
    | Generator<infer Chunk, infer _Result, infer _Next>
    ? Awaited<Chunk>
    : Declared;

/** Sends a call of the task with that name. */
export type Send = (name: string, args: readonly unknown[], options?: ApplyOptions) => AsyncResult<unknown>;

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
   * @example const res = add.s(2).delay(1); // adds 1 and 2
   */
  delay(...more: Takes): AsyncResult<ResultOf<Returns>, ChunkOf<Returns>>;
  /**
   * Options of the call win over the signature's own, also over those they exclude; links add up.
   * @throws as `task.applyAsync`
   * @example const res = add.s(2).applyAsync([1], { queue: 'sums' });
   */
  applyAsync(...call: Applied<Takes, Returns>): AsyncResult<ResultOf<Returns>, ChunkOf<Returns>>;
  /**
   * Changes options; `undefined` leaves an option as it was, and `null` removes it.
   * @throws UsageError, OptionError for an unknown option
   * @example const later = encode.s(file).set({ countdown: '10s' });
   */
  set(options: OptionsOf<Returns>): this;
  /**
   * A copy, to be changed without changing this one.
   * @example const urgent = later.clone().set({ priority: 9 });
   */
  clone(): Signature<Takes, Returns>;
  /**
   * Another signature, with arguments in front of this one's and options over them.
   * @example const add1 = add.s(2).clone([1]);
   */
  clone<const Given extends Tails<Takes>>(
    args: Given,
    options?: OptionsOf<Returns>,
  ): Signature<Heads<Takes, Given>, Returns>;
  /**
   * Calls another task after a success, with the result first. Unlike in Celery, gives this signature.
   * @throws OptionError for what is no signature
   * @example const res = encode.s(file).link(publish.s('public')).delay();
   */
  link(callback: Linkable<[result: ResultOf<Returns>]>): this;
  /**
   * Calls another task after a failure, with the task's id and its error first.
   * @throws OptionError for what is no signature
   * @example const res = encode.s(file).linkError(report.s()).delay();
   */
  linkError(callback: Linkable<[id: string, error: Failure]>): this;
  /**
   * Plain data from which `app.signature()` makes the signature again.
   * @example const text = JSON.stringify(encode.s(file));
   */
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

/** Those of which a call has one; a signature's own gives way to one that is said later. */
const EXCLUDING: readonly (readonly [name: string, excludes: (value: unknown) => boolean, other: string])[] =
  [
    ['countdown', () => true, 'eta'],
    ['eta', () => true, 'countdown'],
    ['retry', (value) => value === false, 'retryPolicy'],
    ['retryPolicy', () => true, 'retry'],
  ];

/**
 * A signature's options and those that are said later: the later ones win, also over what they exclude; `null` takes one
 * back, and links add up.
 * @throws UsageError, OptionError for an unknown option
 */
function mergeOptions(
  own: Readonly<Record<string, unknown>>,
  more: object,
  where: string,
): Readonly<Record<string, unknown>> {
  checkNames(more, NAMES, where);
  const later = Object.entries(more).filter(([, value]) => value !== undefined);
  const merged = new Map(Object.entries(own));
  for (const [name, value] of later) {
    for (const [one, excludes, other] of EXCLUDING)
      if (one === name && value !== null && excludes(value)) merged.delete(other);
  }
  for (const [name, value] of later) {
    const before = merged.get(name);
    if (value === null && !NULLABLE.has(name)) merged.delete(name);
    else if ((name === 'link' || name === 'linkError') && before !== undefined)
      merged.set(name, [before, value].flat());
    else merged.set(name, value);
  }
  checkExcluding(merged.get('countdown'), merged.get('eta'), where);
  return Object.fromEntries(merged);
}
