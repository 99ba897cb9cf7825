/** The types of `app.task(…)`: what may be left out, and what the parameter list asks for. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { TaskSelf } from '../hosting.ts';
import type { Task } from './task.ts';
import type { TaskOptions } from './task-options.ts';

/**
 * A list of arguments whose length is one number: no optional and no rest parameter. `unknown[]` passes, because
 * it is what the compiler supposes before it has looked at a function whose `self` it has yet to give a type.
 */
type Counted<Args extends readonly unknown[]> = unknown[] extends Args
  ? true
  : number extends Args['length']
    ? false
    : Args extends Required<Args>
      ? true
      : false;

/** Options that say how many arguments there are, so that the function need not. */
type Counting<Args extends readonly unknown[]> =
  | { readonly arity: readonly [min: number, max: number | null] }
  | { readonly args: StandardSchemaV1<unknown, Args> }
  | { readonly typing: false };

/** Options that leave the count to the function. */
type Uncounting<Options> = Options & {
  readonly arity?: undefined;
  readonly args?: undefined;
  readonly typing?: true | undefined;
};

/** Its second half is what the compiler shows for a function whose arguments cannot be counted. */
type Countable<Args extends readonly unknown[]> =
  Counted<Args> extends true
    ? unknown
    : {
        readonly 'optional and rest parameters need arity: [min, max], an args schema or typing: false': never;
      };

/** `app.task`: with or without options, bound or not. */
export interface Define {
  /**
   * Defines a task by its function, from which callers know the types of arguments and result.
   * @throws UsageError if the name is taken or the arguments cannot be counted, OptionError for a bad option
   * @example export const add = app.task('add', (x: number, y: number) => x + y);
   */
  <const Name extends string, Args extends unknown[], Returns>(
    name: Name,
    run: ((...args: Args) => Returns) & Countable<Args>,
  ): Task<Name, Args, Returns>;
  /**
   * Defines a task whose function takes `self` first, with options that say how many arguments it has.
   * @throws UsageError if the name is taken or the arguments cannot be counted, OptionError for a bad option
   * @example
   * const sum = app.task('sum', { bind: true, arity: [1, null] }, (self, ...xs: number[]) => {
   *   self.log.info('sums', { count: xs.length });
   *   return xs.reduce((x, y) => x + y);
   * });
   */
  <const Name extends string, Args extends unknown[], Returns, Chunk = unknown>(
    name: Name,
    options: TaskOptions<Args> & { readonly bind: true } & Counting<Args>,
    run: (self: TaskSelf<Chunk>, ...args: Args) => Returns,
  ): Task<Name, Args, Returns, Chunk>;
  /**
   * Defines a task whose function takes `self` first: the run itself, with `self.retry()`, `self.updateState()`, `self.emit()`.
   * @throws UsageError if the name is taken or the arguments cannot be counted, OptionError for a bad option
   * @example
   * const fetched = app.task('fetch', { bind: true, maxRetries: 5 }, async (self, url: string) => {
   *   const answer = await fetch(url, { signal: self.signal });
   *   return answer.ok ? answer.text() : self.retry({ countdown: '10s' });
   * });
   */
  <const Name extends string, Args extends unknown[], Returns, Chunk = unknown>(
    name: Name,
    options: Uncounting<TaskOptions<Args>> & { readonly bind: true },
    run: ((self: TaskSelf<Chunk>, ...args: Args) => Returns) & Countable<Args>,
  ): Task<Name, Args, Returns, Chunk>;
  /**
   * Defines a task with options that say how many arguments it has: optional and rest parameters cannot be counted. A parameter with a
   * default needs its type beside it (`word: string = 'Hello'`), or the compiler takes it for `unknown`.
   * @throws UsageError if the name is taken or the arguments cannot be counted, OptionError for a bad option
   * @example const greet = app.task('greet', { arity: [1, 2] }, (name: string, word?: string) => `${word ?? 'Hello'} ${name}`);
   */
  <const Name extends string, Args extends unknown[], Returns>(
    name: Name,
    options: TaskOptions<Args> & { readonly bind?: false | undefined } & Counting<Args>,
    run: (...args: Args) => Returns,
  ): Task<Name, Args, Returns>;
  /**
   * Defines a task with options.
   * @throws UsageError if the name is taken or the arguments cannot be counted, OptionError for a bad option
   * @example const encode = app.task('encode', { queue: 'media', timeLimit: '1h' }, (file: string) => `${file}.mp4`);
   */
  <const Name extends string, Args extends unknown[], Returns>(
    name: Name,
    options: Uncounting<TaskOptions<Args>> & { readonly bind?: false | undefined },
    run: ((...args: Args) => Returns) & Countable<Args>,
  ): Task<Name, Args, Returns>;
}
