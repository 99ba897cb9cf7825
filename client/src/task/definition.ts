import { type Arity, UsageError } from '@celeriac/protocol';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { HostedTask } from '../hosting.ts';
import type { Serializers } from '../values/serializers.ts';
import { readTask } from './check-task.ts';
import { readParameters } from './parameters.ts';
import { parseTaskOptions, type ReadTaskOptions } from './task-options.ts';

/**
 * @param definedAt the stack of the place of `app.task(…)`
 * @throws UsageError for a name or function that is none, or a parameter list that needs `arity`;
 * OptionError for an unknown option or an invalid value
 */
export function defineTask(
  givenName: unknown,
  options: unknown,
  givenRun: unknown,
  definedAt: string,
  serializers: Serializers,
): HostedTask {
  const [name, run] = readTask(givenName, givenRun);
  const read = parseTaskOptions(options, `app.task('${name}')`);
  const { wire, arity: _, schema, ...hosted } = read;
  const { names, hasDefault, hasRest } = readParameters(Function.prototype.toString.call(run));
  const selves = read.bind ? 1 : 0;
  const counted = !(hasDefault || hasRest);
  return {
    ...hosted,
    definition: {
      name,
      options: wire,
      arity: arityOf(name, read, Math.max(0, run.length - selves), counted),
      params: names === null ? null : names.slice(selves),
    },
    run: schema === undefined ? run : validated(name, schema, read.bind, run),
    // With a schema the count is the schema's business.
    typing: read.typing && schema === undefined,
    definedAt,
    serializers,
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

/**
 * The function behind a schema of its arguments: what the schema gives is what it is called with.
 * A call that the schema refuses throws a TypeError naming each issue.
 */
function validated(
  name: string,
  schema: StandardSchemaV1,
  bind: boolean,
  run: HostedTask['run'],
): HostedTask['run'] {
  return (...given: readonly unknown[]) => {
    const self = bind ? given.slice(0, 1) : [];
    const result = schema['~standard'].validate(bind ? given.slice(1) : given);
    const proceed = (checked: StandardSchemaV1.Result<unknown>): unknown =>
      Reflect.apply(run, undefined, [...self, ...argumentsOf(name, checked)]);
    return result instanceof Promise ? result.then(proceed) : proceed(result);
  };
}

function argumentsOf(name: string, result: StandardSchemaV1.Result<unknown>): readonly unknown[] {
  if (result.issues !== undefined) throw new TypeError(`${name}() ${result.issues.map(describe).join('; ')}`);
  if (Array.isArray(result.value)) return result.value;
  throw new TypeError(`${name}() has an args schema that does not return an array`);
}

function describe({ message, path = [] }: StandardSchemaV1.Issue): string {
  const [first, ...rest] = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  return first === undefined ? message : `argument ${[first, ...rest].join('.')}: ${message}`;
}
