/** `app.tasks`: what a module of tasks exports, keyed by each task's own name. */
import type { AsyncResult } from '../result/async-result.ts';
import type { ApplyOptions } from './apply-options.ts';
import { readTaskName } from './run-options.ts';
import type { Send } from './signature.ts';
import { makeTaskRef, type TaskRef } from './task.ts';

/** What marks an export as a task: its shape, so that another copy of this package counts as well. */
interface Sendable<Name extends string, Args extends readonly unknown[], Result, Chunk> {
  readonly name: Name;
  delay(...args: Args): AsyncResult<Result, Chunk>;
  applyAsync(args: Readonly<Args>, options?: ApplyOptions): AsyncResult<Result, Chunk>;
}

/** The literal name of an exported task; `never` for everything else, also for a task whose name is no literal. */
type NameOf<Export> =
  Export extends Sendable<infer Name, infer _Args, infer _Result, infer _Chunk>
    ? string extends Name
      ? never
      : Name
    : never;

type RefOf<Export> =
  Export extends Sendable<infer Name, infer Args, infer Result, infer Chunk>
    ? TaskRef<Name, Args, Result, Chunk>
    : never;

/** The keys under which a module exports a task of this name. */
type KeysNamed<Module, Name> = {
  [Key in keyof Module]: [NameOf<Module[Key]>] extends [never]
    ? never
    : NameOf<Module[Key]> extends Name
      ? Key
      : never;
}[keyof Module];

type IsUnion<Type, Each = Type> = [Type] extends [never]
  ? false
  : Type extends unknown
    ? [Each] extends [Type]
      ? false
      : true
    : false;

/** In the place of a task whose name another export has as well: it cannot be sent. */
export interface TwoTasksWithOneName<Name extends string> {
  readonly 'two exports are tasks of this name': Name;
}

/** The tasks that a module exports, by their own names: the type of `app.tasks`. */
export type TaskMap<Module> = {
  readonly [Key in keyof Module as NameOf<Module[Key]>]: true extends IsUnion<
    KeysNamed<Module, NameOf<Module[Key]>>
  >
    ? TwoTasksWithOneName<NameOf<Module[Key]>>
    : RefOf<Module[Key]>;
};

/**
 * Any name gives a task; one that is defined here gives the very task.
 * The types come from the module named by the app's type parameter, of which nothing is there at run time.
 */
export function makeTaskMap<Module>(defined: ReadonlyMap<string, unknown>, send: Send): TaskMap<Module> {
  const refs = new Map<string, unknown>();
  const taskNamed = (name: string): unknown => {
    const own = defined.get(name) ?? refs.get(name);
    if (own !== undefined) return own;
    const ref = makeTaskRef(readTaskName(name), send);
    refs.set(name, ref);
    return ref;
  };
  const proxy: unknown = new Proxy(Object.freeze({}), {
    // `then` is asked for by await alone: the map itself is no promise.
    get: (_, name) => (typeof name === 'string' && name !== 'then' ? taskNamed(name) : undefined),
    has: (_, name) => typeof name === 'string' && defined.has(name),
  });
  return proxy as TaskMap<Module>;
}
