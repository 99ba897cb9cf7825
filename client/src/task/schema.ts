import type { StandardSchemaV1 } from '@standard-schema/spec';

type Run = (...args: never[]) => unknown;

/**
 * The function behind a schema of its arguments: what the schema gives is what it is called with.
 * A call that the schema refuses throws a TypeError naming each issue.
 */
export function validated(name: string, schema: StandardSchemaV1, bind: boolean, run: Run): Run {
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
