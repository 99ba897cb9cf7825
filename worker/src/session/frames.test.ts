import { SIGNAL, type TaskSignal, verdictOnThrow } from '@celeriac/client/hosting';
import {
  FRAME_LIMIT,
  MORE_CHILDREN,
  PAYLOAD_LIMIT,
  readWorkerFrame,
  type SettledItem,
  type WorkerFrame,
  type WorkerHello,
} from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeTask } from '../../test/fake-app.ts';
import { encodeHello, encodeTurn, fitReport } from './frames.ts';

const HELLO: WorkerHello = {
  protocol: { min: 1, max: 1 },
  token: null,
  bootId: 'boot',
  name: 'w1',
  host: 'box',
  pid: 1,
  version: '0.1.0',
  ageMs: 0,
  pool: 'inline',
  concurrency: 10,
  queues: ['default'],
  weights: [],
  definitions: [],
  appOptions: {},
  capacity: 10,
  session: null,
  held: [],
};
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
    name: 'add',
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

const text = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\u0001', 'é', '語', '😀'),
  maxLength: 6_000,
});

test('no frame of any turn is above what the gateway takes, and nothing of it is missing', () => {
  const nonce = fc.uuid();
  const turn = fc.record({
    started: fc.array(nonce),
    progress: fc.array(fc.tuple(nonce, fc.constant('P'), text)),
    chunks: fc.array(fc.tuple(nonce, fc.nat(10), fc.array(text, { maxLength: 5 })), { maxLength: 5 }),
    settled: fc.array(
      fc.tuple(
        nonce,
        fc.string({ minLength: 1, maxLength: 255 }),
        fc.integer({ min: 1, max: 9 }),
        text.map((body) => ['success', body] as const),
        fc.array(fc.string({ minLength: 1, maxLength: 255 }), { maxLength: 50 }),
      ),
    ),
    released: fc.array(nonce),
    capacity: fc.constant(undefined),
  });
  fc.assert(
    fc.property(turn, fc.integer({ min: 40_000, max: 200_000 }), (reports, bytes) => {
      const frames = encodeTurn(reports, { bytes, items: 1_000 });
      for (const frame of frames) expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(bytes);
      const items = frames.flatMap((frame) => (JSON.parse(frame) as [string, unknown[]])[1]);
      const given = reports.started.length + reports.progress.length + reports.settled.length;
      expect(items.length).toBeGreaterThanOrEqual(given + reports.released.length);
      const bodies = new Set(frames.flatMap((frame) => JSON.stringify(JSON.parse(frame))));
      for (const [, , , outcome] of reports.settled)
        expect([...bodies].some((body) => body.includes(JSON.stringify(outcome)))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('a report goes without its children before it fails of its size, and then with a code', () => {
  const report = (body: string): SettledItem => ['n', 'i', 1, ['success', body], ['c'.repeat(200)], 3];
  expect(fitReport(report('x'), 1_000)).toEqual(report('x'));
  expect(fitReport(report('語'.repeat(250)), 1_000)).toEqual([
    'n',
    'i',
    1,
    ['success', '語'.repeat(250)],
    [MORE_CHILDREN],
    3,
  ]);
  const [, , , outcome, children, chunks] = fitReport(report('語'.repeat(350)), 1_000);
  expect(outcome).toEqual(['failure', expect.stringContaining('"code":"PAYLOAD_TOO_LARGE"')]);
  // There is room for them again.
  expect([children, chunks]).toEqual([['c'.repeat(200)], 3]);
});

test('a report keeps the names of as many children as fit, and says that there are more', () => {
  const children = Array.from({ length: 50 }, (_, n) => `child-${n}`);
  const report: SettledItem = ['n', 'i', 1, ['success', 'x'.repeat(500)], children];
  const fitted = fitReport(report, 800);
  expect(Buffer.byteLength(JSON.stringify(fitted))).toBeLessThanOrEqual(800);
  const kept = fitted[4] ?? [];
  expect(kept.length).toBeGreaterThan(5);
  expect(kept).toEqual([...children.slice(0, kept.length - 1), MORE_CHILDREN]);
});

test('an introduction of any length is cut into frames that the gateway takes', () => {
  const definitions = Array.from({ length: 5_000 }, (_, n) => ({
    name: `${n}`.padEnd(200, '語'),
    options: {},
    arity: null,
    params: null,
  }));
  const held = Array.from({ length: 5_000 }, (_, n) => [`${n}`, 1, `n${n}`, true, null] as const);
  const known = ['i', 1, 'n', true, ['P', '1']] as const;
  const frames = encodeHello({ ...HELLO, definitions, held: [...held, known] }, 300_000);
  for (const frame of frames) expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(300_000);
  const said = read(frames);
  expect(said.flatMap((frame) => (frame[0] === 'definitions' ? frame[1] : []))).toEqual(definitions);
  expect(said.flatMap((frame) => (frame[0] === 'held' ? frame[1] : []))).toEqual(held);
  expect(said.at(-1)).toEqual(['hello', { ...HELLO, held: [known] }]);
});
