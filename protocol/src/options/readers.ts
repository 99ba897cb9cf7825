/** How the value of one option is read: `option.integer(0, 9)`. */
import { parseDuration } from '../duration.ts';
import { parseRate } from '../rate.ts';
import { expected, type OptionReader } from './option-table.ts';

export { expected, object } from './option-table.ts';

/** @param is whether the value is what `what` says */
export function value<Value>(what: string, is: (given: unknown) => boolean): OptionReader<Value> {
  return (given, name) => {
    // What people pass becomes a type here.
    if (is(given)) return given as Value;
    throw expected(name, what, given);
  };
}

/** Not checked here. */
export const any: OptionReader<unknown> = (given) => given;

export const flag: OptionReader<boolean> = Object.assign(
  value<boolean>('true or false', (given) => typeof given === 'boolean'),
  { ofText: (given: string) => SWITCH.get(given) ?? given },
);
const SWITCH: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** @param most characters; without it there is no bound */
export function text(most = Number.POSITIVE_INFINITY): OptionReader<string> {
  return value(
    most === Number.POSITIVE_INFINITY ? 'a string that is not empty' : `a string of 1 to ${most} characters`,
    (given) => typeof given === 'string' && given !== '' && given.length <= most,
  );
}

/** @param most without it there is no bound but that of exact numbers */
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): OptionReader<number> {
  return Object.assign(
    value<number>(
      most === Number.MAX_SAFE_INTEGER
        ? `an integer of at least ${least}`
        : `an integer from ${least} to ${most}`,
      (given) => Number.isInteger(given) && Number(given) >= least && Number(given) <= most,
    ),
    { ofText: (given: string) => (/^\d+$/.test(given) ? Number(given) : given) },
  );
}

export function oneOf<Choice extends string>(choices: readonly Choice[]): OptionReader<Choice> {
  return value(`one of ${choices.join(', ')}`, (given) => choices.some((known) => known === given));
}

/** @returns milliseconds */
export function duration(leastMs = 0): OptionReader<number> {
  return Object.assign(
    (given: unknown, name: string): number => {
      const ms = parseDuration(given, name);
      if (ms < leastMs) throw expected(name, `a duration of at least ${leastMs / 1_000} s`, given);
      return ms;
    },
    { ofText: (given: string) => (/^\d+(\.\d+)?$/.test(given) ? Number(given) : given) },
  );
}

/** @returns runs per hour; `null` is no limit */
export const rate: OptionReader<number | null> = Object.assign(
  (given: unknown, name: string) => parseRate(given, name),
  { takesNull: true },
);

const UNITS: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** Bytes, or a text with its unit: `'200mb'` (kb, mb or gb, of 1,024). */
export function bytes(least = 1): OptionReader<number> {
  return (given, name) => {
    const plain = typeof given === 'number' || typeof given === 'string' ? String(given).trim() : '';
    const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmg]b)?$/i.exec(plain) ?? [];
    const size = Math.round(Number(number) * (UNITS[unit.toLowerCase()] ?? 1));
    if (number !== '' && size >= least && Number.isSafeInteger(size)) return size;
    const bound = least === 1 ? '' : ` of at least ${least}`;
    throw expected(name, `a number of bytes${bound}, or a size such as '200mb'`, given);
  };
}

/** A Date. @returns wall time in milliseconds */
export const moment: OptionReader<number> = (given, name) => {
  if (given instanceof Date && !Number.isNaN(given.getTime())) return given.getTime();
  throw expected(name, 'a valid Date', given);
};

export function callback<Callback>(what = 'a function'): OptionReader<Callback> {
  return value(what, (given) => typeof given === 'function');
}

/**
 * Something of the program's own, such as a clock.
 * @param methods that tell it from something else; the others are the compiler's business
 */
export function part<Part>(what: string, ...methods: readonly (keyof Part & string)[]): OptionReader<Part> {
  return value(
    `${what} with ${methods.map((name) => `${name}()`).join(', ')}`,
    (given) =>
      (typeof given === 'object' || typeof given === 'function') &&
      given !== null &&
      methods.every((name) => typeof Reflect.get(given, name) === 'function'),
  );
}

/** @param items what the list is of, in errors */
export function list<Value>(item: OptionReader<Value>, items = 'strings'): OptionReader<readonly Value[]> {
  return Object.assign(
    (given: unknown, name: string): readonly Value[] => {
      if (!Array.isArray(given)) throw expected(name, `an array of ${items}`, given);
      // A flag that is repeated has no places.
      return given.map((one: unknown, at) => item(one, name.startsWith('--') ? name : `${name}[${at}]`));
    },
    { ofText: (given: string) => given.split(',').map((one) => one.trim()) },
  );
}

/** Checked, and left to be read where it is used: options that are passed on are read again there. */
export function asGiven<Given>(reader: OptionReader<unknown>): OptionReader<Given> {
  const check = (given: unknown, name: string): Given => {
    reader(given, name);
    return given as Given;
  };
  return Object.assign(check, { ofText: reader.ofText });
}

/** Where `null` says something of its own. */
export function orNull<Value>(reader: OptionReader<Value>): OptionReader<Value | null> {
  return Object.assign((given: unknown, name: string) => (given === null ? null : reader(given, name)), {
    takesNull: true,
    ofText: reader.ofText,
  });
}

/** Of what may also come as a text that stands for it, as on a command line. */
export function orText<Value>(reader: OptionReader<Value>): OptionReader<Value> {
  const { ofText = (text: string) => text } = reader;
  return (given, name) => reader(typeof given === 'string' ? ofText(given) : given, name);
}
