import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { ControlItem } from './control.ts';
import { FrameError } from './guard.ts';
import { FEED_ROWS_OF } from './rows.ts';
import { readShape } from './shape.ts';
import type { AskedFrame } from './table.ts';
import { type GatewayFrame, readAnswer, readTold } from './to-client.ts';

const WELCOME = { protocol: 1, epoch: 'e', now: 0, limits: DEFAULT_LIMITS };
const TRANSITION = ['a', 2, 5, 'STARTED', 'started', 1, 'w1', 0, null];
const SNAPSHOT = {
  id: 'a',
  known: true,
  sequence: 2,
  state: 'SUCCESS',
  waiting: null,
  name: 'add',
  queue: 'default',
  attempt: 1,
  retries: 0,
  worker: 'w1',
  rootId: 'a',
  parentId: null,
  children: ['b'],
  args: '[1]',
  progress: ['UPLOADING', ['text/mine', '1']],
  body: '4',
  gone: false,
  kept: true,
  from: 0,
  history: [['PENDING', 'submitted', 1, 0, null]],
  omitted: 0,
};
const REFUSAL = { code: 'OVERLOADED', message: '', retryAfterMs: 5 };
const TASK_ROW = ['a', 'add', 'PENDING', 'submitted', 'worker', null, 0, null, 0, 0, 5].concat(
  Array(4).fill(null),
  ['[1]', null, null, 'a', null] as never[],
);

describe('what the gateway says', () => {
  test.each<[GatewayFrame, unknown]>([
    ['welcome', WELCOME],
    [
      'receipts',
      [
        ['a', 1, null, true, 0],
        ['b', 0, 'FORBIDDEN', 'no', null],
      ],
    ],
    ['events', [TRANSITION, [...TRANSITION, ['b']], ['a', 2, 5, null, 'UPLOADING', '1']]],
    ['snapshots', [SNAPSHOT]],
    [
      'streams',
      [
        [1, 'chunks', 1, 0, ['1', ['text/mine', '2']]],
        [1, 'gap', 1, 0, 3],
        [1, 'restart', 2, 'retry'],
        [1, 'end', 2, 9],
        [1, 'refused', REFUSAL],
      ],
    ],
    [
      'feeds',
      [
        [1, 'rows', { replaces: true, last: true, rows: [['a']], gone: ['b'], more: false }],
        [
          2,
          'events',
          { point: ['e', 1], missed: null, events: [{ type: 'task-sent', timestamp: 1.5, clock: 1 }] },
        ],
        [3, 'refused', REFUSAL],
      ],
    ],
    ['refused', { ...REFUSAL, ids: ['a'] }],
    ['goaway', 5],
  ])('is read as it was written: %s', (name, said) => {
    expect(readTold(name, said)).toEqual(said);
  });

  test('may have more than is known here, which is passed over', () => {
    expect(readTold('welcome', { ...WELCOME, later: 1 })).toEqual(WELCOME);
    expect(readTold('snapshots', [JSON.parse('{"__proto__":{"id":1}}'), SNAPSHOT].slice(1))).toEqual([
      SNAPSHOT,
    ]);
    expect(readTold('receipts', [['a', 1, null, true, 0, 'later']])).toEqual([['a', 1, null, true, 0]]);
  });

  test.each<[GatewayFrame, unknown, string]>([
    ['welcome', null, 'expected welcome to be an object, got: null'],
    ['welcome', {}, 'expected welcome.protocol to be an integer from 1 to 1, got: undefined'],
    ['welcome', { ...WELCOME, limits: null }, 'expected welcome.limits to be an object, got: null'],
    ['welcome', { ...WELCOME, now: 1e300 }, 'expected welcome.now to be a time in milliseconds'],
    ['receipts', null, 'expected receipts to be an array, got: null'],
    ['receipts', { length: 1 }, 'expected receipts to be an array, got: an object'],
    ['receipts', [null], 'expected receipts[0] to be an array, got: null'],
    ['receipts', [['a', 2]], 'expected receipts[0][1] to be one of 1, got: 2'],
    ['receipts', [['a', '1', null, true, 0]], "expected receipts[0][1] to be one of 1, got: '1'"],
    ['receipts', Array(100_001).fill(0), 'expected receipts to be at most 100000 items, got: 100001'],
    ['events', [TRANSITION, 5], 'expected events[1] to be an array, got: 5'],
    ['events', [['a', 2, 0, 'WON', 'won', 1, null, 0, '4']], 'expected events[0][3] to be one of PENDING'],
    [
      'events',
      [['a', 2, 0, 'SUCCESS', 'completed', 1, null, 0, 7]],
      'expected events[0][8] to be an array, got: 7',
    ],
    [
      'events',
      [['a', -2, ...TRANSITION.slice(2)]],
      'expected events[0][1] to be an integer from 0 to 4503599627370496, got: -2',
    ],
    [
      'events',
      [['a', 2, 5, null, '', '1']],
      "expected events[0][4] to be a string that is not empty, got: ''",
    ],
    ['events', [[...TRANSITION, 'b']], "expected events[0][9] to be an array, got: 'b'"],
    ['snapshots', [{}], 'expected snapshots[0].id to be a string that is not empty'],
    ['snapshots', [[]], 'expected snapshots[0] to be an object, got: an array'],
    ['snapshots', [{ ...SNAPSHOT, history: undefined }], 'expected snapshots[0].history to be an array'],
    [
      'snapshots',
      [{ ...SNAPSHOT, history: [['PENDING']] }],
      'expected snapshots[0].history[0][1] to be a string',
    ],
    [
      'snapshots',
      [{ ...SNAPSHOT, body: ['', '1'] }],
      'expected snapshots[0].body[0] to be a string that is not',
    ],
    [
      'streams',
      [[1, '__proto__', {}]],
      "expected streams[0][1] to be one of chunks, gap, restart, end, refused, got: '__proto__'",
    ],
    ['streams', [[1, 'chunks', 1, 0, [5]]], 'expected streams[0][4][0] to be an array, got: 5'],
    ['feeds', [[1, 'rows', null]], 'expected feeds[0][2] to be an object, got: null'],
    [
      'feeds',
      [[1, 'rows', { replaces: true, last: true, rows: [[]], gone: [], more: false }]],
      'expected feeds[0][2].rows[0] to be a row',
    ],
    ['refused', null, 'expected refused to be an object, got: null'],
    ['refused', { code: 5 }, 'expected refused.code to be a string that is not empty, got: 5'],
    ['goaway', 'x', "expected goaway to be a finite number, got: 'x'"],
    ['goaway', JSON.parse('1e309'), 'expected goaway to be a finite number, got: Infinity'],
  ])('is refused with the place: %s %j', (name, said, message) => {
    expect(() => readTold(name, said)).toThrow(FrameError);
    expect(() => readTold(name, said)).toThrow(message);
  });

  test('asks for no longer pause than an hour, and for none below zero', () => {
    expect(readTold('goaway', 1e300)).toBe(3_600_000);
    expect(readTold('refused', { ...REFUSAL, retryAfterMs: -1 })).toMatchObject({ retryAfterMs: 0 });
    expect(readTold('refused', { ...REFUSAL, retryAfterMs: 1e15 })).toMatchObject({
      retryAfterMs: 3_600_000,
    });
  });
});

describe('what the gateway answers', () => {
  test('is what was asked for, or a refusal', () => {
    expect(readAnswer('get', [], { ok: [SNAPSHOT, null] })).toEqual({ ok: [SNAPSHOT, null] });
    expect(readAnswer('forget', [], { refused: REFUSAL })).toEqual({ refused: REFUSAL });
    expect(readAnswer('list', [], { ok: [{ rows: [TASK_ROW], next: null }] })).toEqual({
      ok: [{ rows: [TASK_ROW], next: null }],
    });
  });

  test.each<[AskedFrame, unknown, string]>([
    ['get', undefined, 'expected get to be an object, got: undefined'],
    ['get', {}, 'expected get.ok to be an array, got: undefined'],
    ['get', { ok: [{}] }, 'expected get.ok[0].id to be'],
    ['revoke', { ok: ['won'] }, 'expected revoke.ok[0] to be one of prevented'],
    ['forget', { ok: [1] }, 'expected forget.ok[0] to be true or false, got: 1'],
    ['forget', { refused: null }, 'expected forget.refused to be an object, got: null'],
    ['list', { ok: [{ rows: [['a']], next: null }] }, 'expected list.ok[0].rows[0][1] to be'],
  ])('is refused with the place: %s %j', (name, said, message) => {
    expect(() => readAnswer(name, [] as never, said)).toThrow(message);
  });

  test('is of the kind of each command', () => {
    const asked: readonly ControlItem[] = [
      ['purge', 'q'],
      ['retry', 'a', 'b'],
      ['rateLimit', 'add', 5],
    ];
    const limits = { ratePerHour: 5, taskLimit: null, keyLimit: null };
    expect(readAnswer('control', asked, { ok: [3, 'b', limits] })).toEqual({ ok: [3, 'b', limits] });
    expect(() => readAnswer('control', asked, { ok: ['3', 'b', limits] })).toThrow(
      "expected control.ok[0] to be an integer from 0 to 4503599627370496, got: '3'",
    );
  });
});

test('rows of a feed are of its kind', () => {
  expect(readShape(FEED_ROWS_OF.tasks, TASK_ROW, 'row')).toEqual(TASK_ROW);
  expect(() => readShape<unknown>(FEED_ROWS_OF.workers, TASK_ROW, 'row')).toThrow(FrameError);
  const definition = { name: 'add', options: { queue: 'q' }, arity: { min: 1, max: null }, params: ['x'] };
  expect(readShape(FEED_ROWS_OF.definitions, ['add', definition, 1], 'row')).toEqual(['add', definition, 1]);
  expect(() =>
    readShape(FEED_ROWS_OF.definitions, ['add', { ...definition, options: { queue: {} } }, 1], 'row'),
  ).toThrow('expected row[1].options to be a plain value, got: an object');
});
