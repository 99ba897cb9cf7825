import { SIGNAL, type TaskSignal } from '@celeriac/client';
import {
  FRAME_LIMIT,
  PAYLOAD_LIMIT,
  readWorkerFrame,
  type SettledItem,
  type WorkerFrame,
} from '@celeriac/protocol';
import { expect, test } from 'vitest';
import { fakeTask } from '../../test/fake-app.ts';
import { verdictOnThrow } from '../execute/outcome.ts';
import { encodeTurn } from './frames.ts';

const NOTHING = { started: [], chunks: [], progress: [], settled: [], released: [], capacity: undefined };

function read(frames: readonly string[]): readonly WorkerFrame[] {
  return frames.map((frame) => readWorkerFrame(frame, PAYLOAD_LIMIT));
}

test('nothing is no frame', () => {
  expect(encodeTurn(NOTHING)).toEqual([]);
});

test('an attempt starts before it ends', () => {
  const frames = encodeTurn({
    started: ['a'],
    chunks: [['c', 0, ['1', '2']]],
    progress: [['b', 'P', '1']],
    settled: [['c', 'i', 1, ['ignored']]],
    released: ['d'],
    capacity: 0,
  });
  expect(read(frames).map(([type]) => type)).toEqual([
    'started',
    'chunks',
    'progress',
    'settled',
    'release',
    'capacity',
  ]);
});

test('what one attempt has given is cut by its size, and each piece says where it begins', () => {
  const chunk = JSON.stringify('x'.repeat(100_000));
  const frames = encodeTurn({
    ...NOTHING,
    chunks: [
      ['a', 7, [chunk, chunk, chunk]],
      ['b', 3, []],
    ],
  });
  expect(read(frames)).toEqual([
    ['chunks', [['a', 7, [chunk, chunk]]]],
    [
      'chunks',
      [
        ['a', 9, [chunk]],
        ['b', 3, []],
      ],
    ],
  ]);
});

test('a batch is cut by its number and by its size', () => {
  const small = Array.from(
    { length: 1_001 },
    (_, nonce): SettledItem => [`${nonce}`, 'i', 1, ['success', '1']],
  );
  expect(encodeTurn({ ...NOTHING, settled: small })).toHaveLength(2);
  const body = JSON.stringify('x'.repeat(100_000));
  const large = Array.from({ length: 5 }, (_, nonce): SettledItem => [`${nonce}`, 'i', 1, ['success', body]]);
  const frames = encodeTurn({ ...NOTHING, settled: large });
  expect(frames).toHaveLength(3);
  for (const frame of frames) expect(Buffer.byteLength(frame)).toBeLessThan(FRAME_LIMIT);
  const items = read(frames).flatMap((frame) => (frame[0] === 'settled' ? frame[1] : []));
  expect(items).toEqual(large);
});

test('children count where a batch is cut', () => {
  const children = Array.from({ length: 1_000 }, (_, count) => `${count}`.padStart(255, 'c'));
  const many = Array.from(
    { length: 3 },
    (_, nonce): SettledItem => [`${nonce}`, 'i', 1, ['success', '1'], children],
  );
  const frames = encodeTurn({ ...NOTHING, settled: many });
  expect(frames).toHaveLength(3);
  expect(read(frames)).toEqual(many.map((item) => ['settled', [item]]));
});

test('the largest retry fits into a frame: new arguments, two errors and children', () => {
  const task = fakeTask('add', () => 0);
  const args = ['€'.repeat(PAYLOAD_LIMIT - 4)];
  const signal: TaskSignal = { kind: 'retry', exc: undefined, countdownMs: null, maxRetries: null, args };
  const thrown = Object.assign(new Error('€'.repeat(PAYLOAD_LIMIT)), { [SIGNAL]: signal, data: args });
  const { outcome } = verdictOnThrow(thrown, {
    task,
    id: 'i',
    args,
    payload: '[]',
    argsRepr: undefined,
    retries: 0,
    maxRetries: 3,
    payloadLimit: PAYLOAD_LIMIT,
  });
  expect(outcome[0]).toBe('retry');
  const children = Array.from({ length: 1_000 }, (_, count) => `${count}`.padStart(36, 'c'));
  const [frame = ''] = encodeTurn({ ...NOTHING, settled: [['a', 'i', 1, outcome, children]] });
  expect(Buffer.byteLength(frame)).toBeLessThan(FRAME_LIMIT);
  expect(read([frame])).toMatchObject([['settled', [['a', 'i', 1, outcome, children]]]]);
});
