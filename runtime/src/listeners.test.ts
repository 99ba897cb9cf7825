import { getEventListeners } from 'node:events';
import { OptionError, UsageError } from '@celeriac/protocol';
import { beforeEach, expect, test } from 'vitest';
import { Listeners } from './listeners.ts';

interface Events {
  readonly word: readonly [word: string, count: number];
  readonly done: readonly [];
}

let failed: unknown[];
let listeners: Listeners<Events>;
let heard: unknown[];
const hear = (...facts: readonly unknown[]): void => void heard.push(facts);
beforeEach(() => {
  failed = [];
  heard = [];
  listeners = new Listeners<Events>((event, error) => failed.push([event, error]), ['word', 'done']);
});

test('a listener hears its event until it is stopped, which may be twice', () => {
  const stop = listeners.on('word', hear);
  listeners.emit('word', 'one', 1);
  listeners.emit('done');
  stop();
  stop();
  listeners.emit('word', 'two', 2);
  expect(heard).toEqual([['one', 1]]);
});

test('one function that listens twice is told twice, and stopped once each', () => {
  const stop = listeners.on('word', hear);
  listeners.on('word', hear);
  listeners.emit('word', 'both', 1);
  stop();
  listeners.emit('word', 'one', 2);
  expect(heard).toEqual([
    ['both', 1],
    ['both', 1],
    ['one', 2],
  ]);
});

test('a signal stops it, and keeps nothing of it afterwards, however it was stopped', () => {
  const { signal, abort } = controlled();
  listeners.on('word', hear, { signal });
  const stop = listeners.on('done', hear, { signal });
  expect(getEventListeners(signal, 'abort')).toHaveLength(2);
  stop();
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  abort();
  listeners.emit('word', 'late', 1);
  expect(heard).toEqual([]);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  expect(listeners.has('word')).toBe(false);
});

test('an aborted signal never listens', () => {
  const stop = listeners.on('word', hear, { signal: AbortSignal.abort() });
  listeners.emit('word', 'one', 1);
  stop();
  expect(heard).toEqual([]);
  expect(listeners.has('word')).toBe(false);
});

test('whoever was stopped by a listener before it hears no more of this event, whoever joins hears the next', () => {
  const { signal, abort } = controlled();
  listeners.on('done', () => {
    abort();
    listeners.on('done', hear);
  });
  listeners.on('done', hear, { signal });
  listeners.emit('done');
  expect(heard).toEqual([]);
  listeners.emit('done');
  expect(heard).toHaveLength(1);
});

test('one that throws, or rejects, is told of, and the others are told all the same', async () => {
  const trouble = new Error('mine');
  listeners.on('word', () => {
    throw trouble;
  });
  listeners.on('word', () => Promise.reject(trouble));
  listeners.on('word', hear);
  listeners.emit('word', 'one', 1);
  await Promise.resolve();
  await Promise.resolve();
  expect(heard).toEqual([['one', 1]]);
  expect(failed).toEqual([
    ['word', trouble],
    ['word', trouble],
  ]);
});

test('clear lets all go, those of signals too', () => {
  const { signal } = controlled();
  listeners.on('word', hear, { signal });
  listeners.on('done', hear);
  expect(listeners.any).toBe(true);
  listeners.clear();
  listeners.emit('word', 'one', 1);
  expect(heard).toEqual([]);
  expect(listeners.any).toBe(false);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('what cannot be is refused with what was expected', () => {
  const on: (...args: readonly unknown[]) => unknown = (...args) =>
    Reflect.apply(listeners.on, listeners, args);
  expect(() => on('wrod', hear)).toThrow("there is no event 'wrod'; did you mean 'word'?");
  for (const strange of ['toString', 5, null]) expect(() => on(strange, hear)).toThrow(UsageError);
  expect(() => on('word', 'no function')).toThrow(UsageError);
  expect(() => on('word', hear, { signal: 1 })).toThrow(OptionError);
  expect(() => on('word', hear, { once: true })).toThrow("has no option 'once'");
  expect(() => on('word', hear, { signal: null })).not.toThrow();
});

function controlled(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
