/** Takes what is right, and spoils it: first the value, then the text it is written as. */
import type { Chance } from '../simulation/chance.ts';

/** Stand for what JSON.stringify cannot write. */
const INFINITE = '~infinite~';
const DEEP = '~deep~';
const DEEP_LEVELS = 20_000;

/** @returns a value that is as it was in a third of the cases */
export function mutate(chance: Chance, value: unknown): unknown {
  let spoiled = value;
  for (let changes = chance.oneOf([0, 1, 1, 2, 3]); changes > 0; changes--) spoiled = spoil(chance, spoiled);
  return spoiled;
}

export function toFrameText(value: unknown): string {
  return (JSON.stringify(value) ?? 'null')
    .replaceAll(`"${INFINITE}"`, '1e309')
    .replace(`"${DEEP}"`, () => '['.repeat(DEEP_LEVELS) + ']'.repeat(DEEP_LEVELS));
}

/** @returns the text as it is, mostly */
export function mutateText(chance: Chance, text: string): string {
  if (!chance.happens(0.06)) return text;
  const at = chance.between(0, text.length);
  return chance.oneOf([
    () => text.slice(0, at),
    () => text.slice(0, at) + chance.oneOf(STRANGE) + text.slice(at),
    () => text + text,
    () => text.slice(at),
    () => text.replace(/"/, ''),
    () => text.slice(0, at) + ' '.repeat(100_000) + text.slice(at),
  ])();
}

const STRANGE = [
  '\u0000',
  '\ud800',
  '\u001b[2J',
  '\r\n',
  '"',
  '}',
  ']',
  ',',
  '\\u0000',
  '\\',
  '1e999',
  '\u2028',
];

/** Somewhere in it, one thing changes. */
function spoil(chance: Chance, value: unknown): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0 || chance.happens(0.2)) return spoilList(chance, value);
    const at = chance.between(0, value.length - 1);
    return value.map((item, index) => (index === at ? spoil(chance, item) : item));
  }
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value);
    if (names.length === 0 || chance.happens(0.2)) return spoilObject(chance, value, names);
    const name = chance.oneOf(names);
    return { ...value, [name]: spoil(chance, Reflect.get(value, name)) };
  }
  return hostile(chance);
}

function spoilList(chance: Chance, list: readonly unknown[]): unknown {
  return chance.oneOf<() => unknown>([
    () => hostile(chance),
    () => [...list, hostile(chance)],
    () => [...list, ...list],
    () => list.slice(1),
    () => [...list].reverse(),
    () => [hostile(chance), ...list],
    () => Array(chance.oneOf([1_001, 5_000])).fill(isShort(list[0]) ? list[0] : null),
    () => Object.fromEntries(list.entries()),
  ])();
}

function spoilObject(chance: Chance, value: object, names: readonly string[]): unknown {
  return chance.oneOf<() => unknown>([
    () => hostile(chance),
    () => Object.fromEntries(Object.entries(value).filter(([name]) => name !== names[0])),
    () => ({ ...value, extra: hostile(chance) }),
    () => withName(value, '__proto__', { polluted: 1 }),
    () => withName(value, 'constructor', { prototype: { polluted: 1 } }),
    () => ({ ...value, toString: null, toJSON: 1, length: -1 }),
    () => Object.values(value),
  ])();
}

function isShort(value: unknown): boolean {
  return value !== undefined && toFrameText(value).length <= 300;
}

function withName(value: object, name: string, item: unknown): object {
  return Object.defineProperty({ ...value }, name, { value: item, enumerable: true });
}

function hostile(chance: Chance): unknown {
  return chance.oneOf<() => unknown>([
    () => null,
    () => chance.oneOf([true, false]),
    () => chance.oneOf([0, -1, 1.5, -0.1, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, 1e-320, INFINITE]),
    () =>
      chance.oneOf([
        '',
        ' ',
        '0',
        '-1',
        'null',
        'NaN',
        '__proto__',
        'constructor',
        'toString',
        '../../etc/passwd',
      ]),
    () => chance.oneOf(STRANGE).repeat(chance.between(1, 300)),
    () => 'x'.repeat(chance.oneOf([101, 256, 1_001, 10_001, 70_000, 300_000])),
    () => [],
    () => ({}),
    () => [[], {}, null],
    () => withName({}, '__proto__', { length: 1 }),
    () => ({ length: 1e9, 0: 1 }),
    () => DEEP,
  ])();
}
