import { describe, expect, test } from 'vitest';
import { StateBox } from './state-box.ts';

describe('a state box', () => {
  test('tells its listeners what it became', () => {
    const box = new StateBox(1);
    const seen: number[] = [];
    box.subscribe((value) => seen.push(value));
    box.set(2);
    box.set(3);
    expect(seen).toEqual([2, 3]);
    expect(box.get()).toBe(3);
  });

  test('tells nobody when the value is the same', () => {
    const box = new StateBox(Number.NaN);
    const seen: number[] = [];
    box.subscribe((value) => seen.push(value));
    box.set(Number.NaN);
    expect(seen).toEqual([]);
  });

  test('tells nobody who has left, not even from within a call', () => {
    const box = new StateBox(1);
    const seen: string[] = [];
    const stop = box.subscribe(() => {
      seen.push('first');
      stop();
    });
    box.subscribe(() => seen.push('second'));
    box.set(2);
    box.set(3);
    expect(seen).toEqual(['first', 'second', 'second']);
  });

  test('can be waited for, the present value included', async () => {
    const box = new StateBox(1);
    expect(await box.until((value) => value === 1)).toBe(1);
    const waiting = box.until((value) => value > 2);
    box.set(2);
    box.set(5);
    box.set(7);
    expect(await waiting).toBe(5);
  });

  test('works with its methods taken off it, as React does', () => {
    const { get, subscribe } = new StateBox('value');
    expect(get()).toBe('value');
    expect(subscribe(() => {})).toBeTypeOf('function');
  });
});

test('tells nobody who has stopped, and who waited only once', async () => {
  const box = new StateBox(0);
  let looks = 0;
  const waited = box.until((value) => {
    looks += 1;
    return value === 1;
  });
  box.set(1);
  await waited;
  const before = looks;
  box.set(2);
  box.set(1);
  expect(looks).toBe(before);

  const told: string[] = [];
  const one = box.subscribe(() => told.push('one'));
  const other = box.subscribe(() => told.push('other'));
  one();
  one();
  box.set(3);
  other();
  box.set(4);
  expect(told).toEqual(['other']);
});
