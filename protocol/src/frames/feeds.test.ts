import { describe, expect, test } from 'vitest';
import { FrameError } from './guard.ts';
import { CLIENT_FRAMES } from './table.ts';

const readOpenFeeds = (value: unknown) => CLIENT_FRAMES.openFeeds.read(value, 'openFeeds');
const readListQueries = (value: unknown) => CLIENT_FRAMES.list.read(value, 'list');

describe('feeds to open', () => {
  test.each([
    [[1, 'tasks', {}, 500]],
    [[1, 'tasks', { states: ['STARTED'], queue: 'q', name: 'n', worker: 'w', text: 't' }, 1]],
    [[2, 'queues']],
    [[3, 'workers']],
    [[4, 'definitions']],
    [[5, 'events', null, null]],
    [[5, 'events', ['task-sent'], ['epoch', 17]]],
  ])('%j are read as they are', (item) => {
    expect(readOpenFeeds([item])).toEqual([item]);
  });

  test.each([
    ['no list', {}],
    ['a kind that there is not', [[1, 'everything']]],
    ['no number', [['1', 'queues']]],
    ['no filter', [[1, 'tasks', null, 500]]],
    ['a state that there is not', [[1, 'tasks', { states: ['DONE'] }, 500]]],
    ['an empty text', [[1, 'tasks', { text: '' }, 500]]],
    ['no rows', [[1, 'tasks', {}, 0]]],
    ['too many rows', [[1, 'tasks', {}, 5_001]]],
    ['an event that there is not', [[1, 'events', ['task-done'], null]]],
    ['half a point', [[1, 'events', null, ['epoch']]]],
    ['more than may be open', Array.from({ length: 21 }, (_, feed) => [feed, 'queues'])],
  ])('with %s are refused', (_, value) => {
    expect(() => readOpenFeeds(value)).toThrow(FrameError);
  });
});

test('fields that a filter does not know are passed over', () => {
  expect(readOpenFeeds([[1, 'tasks', { colour: 'red' }, 5]])).toEqual([[1, 'tasks', {}, 5]]);
});

test('a query of history says from where, or begins with the newest', () => {
  expect(readListQueries([{ filter: { text: 'x' }, before: 9, rows: 10 }])).toEqual([
    { filter: { text: 'x' }, before: 9, rows: 10 },
  ]);
  expect(readListQueries([{ filter: {}, rows: 10 }])).toEqual([{ filter: {}, before: null, rows: 10 }]);
  expect(() => readListQueries([{ filter: {}, before: -1, rows: 10 }])).toThrow(FrameError);
});
