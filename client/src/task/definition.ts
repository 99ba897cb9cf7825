import { type Arity, UsageError } from '@celeriac/protocol';
import { show, TASK_NAME_LENGTH } from '@celeriac/protocol/internal';
import type { HostedTask } from '../hosting.ts';
import type { Serializers } from '../values/serializers.ts';
import { readParameters } from './parameters.ts';
import { validated } from './schema.ts';
import { parseTaskOptions, type ReadTaskOptions } from './task-options.ts';

/**
 * @param definedAt the stack of the place of `app.task(…)`
 * @throws UsageError for a name or function that is none, or a parameter list that needs `arity`;
 * OptionError for an option that does not exist or has an impossible value
 */
export function defineTask(
  name: unknown,
  options: unknown,
  run: unknown,
  definedAt: string,
  serializers: Serializers,
): HostedTask {
  if (typeof name !== 'string' || name.length === 0 || name.length > TASK_NAME_LENGTH) {
    throw new UsageError(
      `expected a task's name to be a string of 1 to ${TASK_NAME_LENGTH} characters, got: ${show(name)}`,
    );
  }
  if (!isFunction(run))
    throw new UsageError(`expected task '${name}' to be given a function, got: ${show(run)}`);
  const read = parseTaskOptions(options, `app.task('${name}')`);
  const { names, hasDefault, hasRest } = readParameters(Function.prototype.toString.call(run));
  const selves = read.bind ? 1 : 0;
  const counted = !(hasDefault || hasRest);
  return {
    definition: {
      name,
      options: read.wire,
      arity: arityOf(name, read, Math.max(0, run.length - selves), counted),
      params: names === null ? null : names.slice(selves),
    },
    bind: read.bind,
    run: read.schema === undefined ? run : validated(name, read.schema, read.bind, run),
    // With a schema the count is the schema's business.
    typing: read.typing && read.schema === undefined,
    definedAt,
    autoretryFor: read.autoretryFor,
    dontAutoretryFor: read.dontAutoretryFor,
    throws: read.throws,
    handlers: read.handlers,
    handlerTimeoutMs: read.handlerTimeoutMs,
    serializers,
    serializer: read.serializer,
    concurrencyKey: read.concurrencyKey,
  };
}

/** @param counted whether the function's length is how many arguments it takes */
function arityOf(name: string, read: ReadTaskOptions, length: number, counted: boolean): Arity | null {
  if (read.arity !== undefined) return read.arity;
  if (!read.typing || read.schema !== undefined) return null;
  if (counted) return { min: length, max: length };
  throw new UsageError(
    `task '${name}' has default or rest parameters: how many arguments it takes cannot be counted; give arity: [min, max], an args schema or typing: false`,
  );
}

function isFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === 'function';
}
