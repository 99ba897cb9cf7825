import { type Arity, type Duration, OptionError } from '@celeriac/protocol';
import { MAX_COUNT, option, readOptions, withoutUndefined } from '@celeriac/protocol/calling';
import type { OptionReader, WireTaskOptions } from '@celeriac/protocol/internal';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ErrorType, HostedTask, KeyFunction, TaskHandlers } from '../hosting.ts';
import { type ConcurrencyLimit, concurrencyLimit, limitsOf } from './concurrency.ts';
import { SHARED, type SharedTaskOptions, toWire } from './shared-options.ts';

/** The same list, which the compiler takes from the task's function rather than from here. */
type ArgsOf<Args extends readonly unknown[]> = { [Position in keyof Args]: Args[Position] };

/** Options of a task whose arguments are `Args`. */
export interface TaskOptions<Args extends readonly unknown[] = readonly unknown[]>
  extends SharedTaskOptions,
    TaskHandlers {
  /**
   * The first argument of the function is `self`.
   * @default false
   */
  readonly bind?: boolean | null | undefined;
  /**
   * Errors that are retried automatically: classes, or names of classes.
   * @default none
   */
  readonly autoretryFor?: readonly (ErrorType | string)[] | null | undefined;
  /**
   * Exceptions to `autoretryFor`.
   * @default none
   */
  readonly dontAutoretryFor?: readonly (ErrorType | string)[] | null | undefined;
  /**
   * Expected errors: the task fails, and the worker logs them without a traceback.
   * @default none
   */
  readonly throws?: readonly (ErrorType | string)[] | null | undefined;
  /**
   * How long `beforeStart` may take, and all handlers after the body together: seconds or `'10s'`; 0 is no limit.
   * @default the worker's, which is 60 s
   */
  readonly handlerTimeout?: Duration | null | undefined;
  /**
   * False: the worker does not check the number of arguments.
   * @default true
   */
  readonly typing?: boolean | null | undefined;
  /**
   * How many arguments it takes, `[min, max]`; `null` is any number.
   * @default the function's own count
   */
  readonly arity?: readonly [min: number, max: number | null] | null | undefined;
  /**
   * Runs at the same time, over all workers.
   * @default none; per key, where there is a key, 1
   */
  readonly concurrencyLimit?: ConcurrencyLimit | null | undefined;
  /**
   * Makes the key of a call for the limit per key from its arguments, in callers that have this definition: 1 to 255
   * characters. A caller that has only the types gives `concurrencyKey: 'k'` in the options of its call.
   * @default none
   */
  readonly concurrencyKey?: ((...args: ArgsOf<Args>) => string) | null | undefined;
  /**
   * Any Standard Schema of the whole list of arguments; the worker validates with it.
   * @default none
   */
  readonly args?: StandardSchemaV1<unknown, Args> | null | undefined;
}

/** What the options of one definition come to: most of them as the task is hosted with. */
export interface ReadTaskOptions
  extends Omit<HostedTask, 'definition' | 'run' | 'definedAt' | 'serializers'> {
  readonly wire: WireTaskOptions;
  readonly arity: Arity | undefined;
  readonly schema: StandardSchemaV1 | undefined;
}

const count = option.integer(0, MAX_COUNT);

type Handlers = Required<TaskHandlers>;
const HANDLERS = {
  beforeStart: option.callback<Handlers['beforeStart']>(),
  onSuccess: option.callback<Handlers['onSuccess']>(),
  onFailure: option.callback<Handlers['onFailure']>(),
  onRetry: option.callback<Handlers['onRetry']>(),
  afterReturn: option.callback<Handlers['afterReturn']>(),
};

const TASK = {
  ...SHARED,
  bind: option.flag,
  autoretryFor: readErrors,
  dontAutoretryFor: readErrors,
  throws: readErrors,
  handlerTimeout: option.duration(),
  typing: option.flag,
  arity: readArity,
  args: option.value<StandardSchemaV1>('a Standard Schema of the list of arguments', isSchema),
  concurrencyLimit,
  concurrencyKey: option.callback<KeyFunction>('a function of the arguments that returns a string'),
  ...HANDLERS,
} satisfies { readonly [Name in keyof Required<TaskOptions>]: OptionReader<unknown> };

/** @throws UsageError, OptionError */
export function parseTaskOptions(given: unknown, where: string): ReadTaskOptions {
  const {
    bind = false,
    autoretryFor = [],
    dontAutoretryFor = [],
    throws = [],
    handlerTimeout: handlerTimeoutMs,
    typing = true,
    arity,
    args: schema,
    concurrencyLimit: limit,
    concurrencyKey,
    beforeStart,
    onSuccess,
    onFailure,
    onRetry,
    afterReturn,
    ...shared
  } = readOptions(given, TASK, where);
  return {
    wire: { ...toWire(shared), ...limitsOf(limit, concurrencyKey !== undefined) },
    serializer: shared.serializer,
    handlers: withoutUndefined<TaskHandlers>({ beforeStart, onSuccess, onFailure, onRetry, afterReturn }),
    ...{
      bind,
      autoretryFor,
      dontAutoretryFor,
      throws,
      handlerTimeoutMs,
      typing,
      arity,
      schema,
      concurrencyKey,
    },
  };
}

function readErrors(given: unknown, name: string): readonly (ErrorType | string)[] {
  if (Array.isArray(given) && given.every(isErrorName)) return given;
  throw option.expected(name, 'an array of error classes or their names', given);
}

function isErrorName(value: unknown): value is ErrorType | string {
  return typeof value === 'function' || (typeof value === 'string' && value.length > 0);
}

function readArity(given: unknown, name: string): Arity {
  if (!Array.isArray(given) || given.length !== 2) throw option.expected(name, '[min, max]', given);
  const [first, last]: readonly unknown[] = given;
  const min = count(first, name);
  const max = last === null || last === Number.POSITIVE_INFINITY ? null : count(last, name);
  if (max !== null && max < min)
    throw new OptionError(name, `expected arity [min, max] in order, got: [${min}, ${max}]`);
  return { min, max };
}

function isSchema(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard: unknown = Reflect.get(value, '~standard');
  return typeof standard === 'object' && standard !== null && 'validate' in standard;
}
