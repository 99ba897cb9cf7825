import { describe, expect, test } from 'vitest';
import { fakeTask } from '../test/fake-task.ts';
import { checkCount, readArguments } from './read-arguments.ts';

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return String(error);
  }
  return 'nothing was thrown';
}

describe('the number of arguments', () => {
  test.each([
    [{ min: 2, max: 2 }, 1, 'add() takes exactly 2 arguments (1 given)'],
    [{ min: 2, max: 2 }, 3, 'add() takes exactly 2 arguments (3 given)'],
    [{ min: 1, max: 1 }, 2, 'add() takes exactly 1 argument (2 given)'],
    [{ min: 0, max: 0 }, 1, 'add() takes exactly 0 arguments (1 given)'],
    [{ min: 1, max: 2 }, 3, 'add() takes from 1 to 2 arguments (3 given)'],
    [{ min: 0, max: 1 }, 2, 'add() takes from 0 to 1 arguments (2 given)'],
    [{ min: 1, max: null }, 0, 'add() takes at least 1 argument (0 given)'],
    [{ min: 2, max: null }, 0, 'add() takes at least 2 arguments (0 given)'],
  ])('%j given %i', (arity, given, message) => {
    const task = fakeTask('add', () => 0, { arity });
    const args = Array.from({ length: given }, () => 1);
    expect(messageOf(() => checkCount(task, args))).toBe(`TypeError: ${message}`);
  });

  test('is not counted without an arity, nor with typing off', () => {
    checkCount(
      fakeTask('add', () => 0),
      [1, 2, 3],
    );
    const loose = fakeTask('add', () => 0, { arity: { min: 1, max: 1 }, typing: false });
    checkCount(loose, []);
  });

  test('has the place of the definition as its traceback', () => {
    const task = fakeTask('add', () => 0, { arity: { min: 1, max: 1 } });
    try {
      checkCount(task, []);
      expect.unreachable();
    } catch (error) {
      const lines = error instanceof Error ? (error.stack ?? '').split('\n') : [];
      expect(lines[0]).toBe('TypeError: add() takes exactly 1 argument (0 given)');
      expect(lines[1]).toMatch(/fake-task\.ts/);
      expect(lines.slice(1).every((line) => /^\s*at /.test(line))).toBe(true);
    }
  });
});

test('a payload that is no array, no JSON or another content type is refused by name', () => {
  const task = fakeTask('add', () => 0);
  expect(messageOf(() => readArguments(task, '{}'))).toMatch(
    'PayloadError: arguments of add are not an array',
  );
  expect(messageOf(() => readArguments(task, ']'))).toMatch('PayloadError: arguments of add is not JSON');
  expect(messageOf(() => readArguments(task, ['text/csv', '1,2']))).toMatch(
    "arguments of add came as 'text/csv'",
  );
});

test('results of other tasks stand before the arguments, in order', () => {
  const task = fakeTask('add', () => 0);
  expect(readArguments(task, '[3,4]', ['1', '', '[2]'])).toEqual([1, undefined, [2], 3, 4]);
  expect(messageOf(() => readArguments(task, '[]', ['}']))).toMatch(
    'PayloadError: a result before the arguments of add is not JSON',
  );
});
