import { expect, test } from 'vitest';
import { readParameters } from './parameters.ts';

const plain = (names: readonly string[]) => ({ names, hasDefault: false, hasRest: false });

test.each([
  ['(x, y) => x + y', ['x', 'y']],
  ['x => x', ['x']],
  ['async x => x', ['x']],
  ['async (x) => x', ['x']],
  ['() => 1', []],
  ['function add(x, y) { return x; }', ['x', 'y']],
  ['async function* add(x, y,) {}', ['x', 'y']],
  ['function (x /* = 1, z */, // = 2\n y) {}', ['x', 'y']],
  ['add(x, $y_1) { return (x = 1); }', ['x', '$y_1']],
  ['(größe) => 1', ['größe']],
  ['(async) => 1', ['async']],
])('reads the names of %s', (source, names) => {
  expect(readParameters(source)).toEqual(plain(names));
});

test('sees a default, also behind strings and brackets', () => {
  expect(readParameters('(x, y = 1) => 1')).toEqual({ names: ['x', 'y'], hasDefault: true, hasRest: false });
  expect(readParameters('(x = ")", y) => 1')).toMatchObject({ names: ['x', 'y'], hasDefault: true });
  expect(readParameters('(x = `a, b)`, y) => 1')).toMatchObject({ names: ['x', 'y'], hasDefault: true });
  expect(readParameters('(x = (a, b) => a, y) => 1')).toMatchObject({ names: ['x', 'y'], hasDefault: true });
});

test('a default inside a pattern is none of the parameter', () => {
  expect(readParameters('({ a = 1, b: [c = 2] }, y) => 1')).toEqual({
    names: null,
    hasDefault: false,
    hasRest: false,
  });
  expect(readParameters('({ a } = {}) => 1')).toMatchObject({ names: null, hasDefault: true });
});

test('sees a rest', () => {
  expect(readParameters('(x, ...rest) => 1')).toEqual({
    names: ['x', '...rest'],
    hasDefault: false,
    hasRest: true,
  });
});

test('leaves open what it cannot read', () => {
  expect(readParameters('function () { [native code] }')).toEqual(plain([]));
  expect(readParameters('class {')).toEqual({ names: null, hasDefault: false, hasRest: false });
  expect(readParameters('(x, "')).toEqual({ names: null, hasDefault: false, hasRest: false });
});
