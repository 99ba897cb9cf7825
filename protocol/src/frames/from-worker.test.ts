import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FRAME_ITEMS, WORKER_CAPACITY } from '../limits.ts';
import { FrameError } from './guard.ts';
import type { Outcome } from './outcome.ts';
import { readWorkerFrame, type WorkerFrame } from './table.ts';
import type { WorkerBeat, WorkerHello } from './worker-session.ts';

const PAYLOAD_LIMIT = 100;

function read(frame: unknown): WorkerFrame {
  return readWorkerFrame(JSON.stringify(frame), PAYLOAD_LIMIT);
}

function refusal(frame: unknown): FrameError {
  try {
    read(frame);
  } catch (error) {
    if (error instanceof FrameError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

const HELLO: WorkerHello = {
  protocol: { min: 1, max: 1 },
  token: null,
  bootId: 'boot',
  name: 'w1',
  host: 'box',
  pid: 7,
  version: '0.1.0',
  ageMs: 5_000,
  pool: 'inline',
  concurrency: 4,
  queues: ['default', 'media'],
  weights: [['media', 3]],
  definitions: [
    { name: 'add', options: { maxRetries: 3 }, arity: { min: 2, max: null }, params: ['x', 'y'] },
    { name: 'mul', options: {}, arity: null, params: null },
  ],
  appOptions: { queue: 'default' },
  capacity: 8,
  session: 'session',
  held: [
    ['1', 1, 'n1', true, ['PROGRESS', '{"done":1}']],
    ['2', 2, 'n2', false, null],
  ],
};

const BEAT: WorkerBeat = {
  count: 17,
  running: 3,
  waiting: 2,
  concurrency: 4,
  takes: true,
  lagMs: 12,
  rssBytes: 50_000_000,
  cpuPercent: 7,
};

describe('a frame', () => {
  test.each<WorkerFrame>([
    ['knock', { protocol: { min: 1, max: 1 }, token: 'jwt' }],
    ['definitions', HELLO.definitions],
    ['held', [['2', 2, 'n2', false, null]]],
    ['hello', HELLO],
    ['hello', { ...HELLO, frameLimit: 1_000_000 }],
    ['started', ['n1', 'n2']],
    ['progress', [['n1', 'PROGRESS', '{"done":1}']]],
    ['release', ['n1']],
    ['capacity', 0],
    ['beat', BEAT],
    ['bye', null],
  ])('is read as it was written: %j', (...frame) => {
    expect(read(frame)).toEqual(frame);
  });

  test.each([
    '',
    '{',
    'null',
    '5',
    '"bye"',
    '{"0":"bye"}',
    '[]',
    '["wave",1]',
    '[["bye"]]',
    '["bye",null,1]',
  ])('that is none is refused: %s', (text) => {
    expect(() => readWorkerFrame(text, PAYLOAD_LIMIT)).toThrow(FrameError);
  });

  test.each<[unknown, string]>([
    [['started', 'n1'], 'started'],
    [['started', ['']], 'nonce'],
    [['started', ['x'.repeat(65)]], 'nonce'],
    [['started', Array.from({ length: WORKER_CAPACITY + 1 }, () => 'n')], 'started'],
    [['progress', [['n1', '', '']]], 'progress.state'],
    [['progress', [['n1', 'PROGRESS', 5]]], 'progress.meta'],
    [['progress', [[1, 'PROGRESS', '']]], 'progress.nonce'],
    [['release', [null]], 'nonce'],
    [['capacity', -1], 'capacity'],
    [['capacity', WORKER_CAPACITY + 1], 'capacity'],
    [['capacity', '8'], 'capacity'],
    [['beat', 17], 'beat'],
    [['beat', { ...BEAT, count: 1.5 }], 'beat.count'],
    [['beat', { ...BEAT, lagMs: -1 }], 'beat.lagMs'],
    [['beat', { ...BEAT, rssBytes: '5' }], 'beat.rssBytes'],
    [['beat', { ...BEAT, takes: 1 }], 'beat.takes'],
  ])('that is malformed is refused: %j', (frame, place) => {
    expect(refusal(frame).message).toContain(`expected ${place} to be`);
  });
});

describe('a hello', () => {
  test('may say more than we know', () => {
    expect(read(['hello', { ...HELLO, shoeSize: 44 }])).toEqual(['hello', HELLO]);
  });

  test('may leave out what may be nothing', () => {
    const { token: _token, session: _session, ...rest } = HELLO;
    expect(read(['hello', rest])).toEqual(['hello', { ...HELLO, token: null, session: null }]);
  });

  const definition = { name: 'add', options: {}, arity: null, params: null };
  test.each<[string, unknown, string]>([
    ['protocol', null, 'hello.protocol'],
    ['token', 5, 'hello.token'],
    ['bootId', '', 'hello.bootId'],
    ['name', null, 'hello.name'],
    ['host', 5, 'hello.host'],
    ['pid', -1, 'hello.pid'],
    ['queues', 'default', 'hello.queues'],
    ['queues', [''], 'hello.queues[0]'],
    ['version', '', 'hello.version'],
    ['ageMs', -1, 'hello.ageMs'],
    ['pool', 'prefork', 'hello.pool'],
    ['concurrency', 0, 'hello.concurrency'],
    ['weights', null, 'hello.weights'],
    ['weights', [['media', 0]], 'hello.weights[0][1]'],
    ['weights', [['', 2]], 'hello.weights[0][0]'],
    ['definitions', {}, 'hello.definitions'],
    ['definitions', [null], 'hello.definitions[0]'],
    ['definitions', [{ ...definition, name: '' }], 'hello.definitions[0].name'],
    ['definitions', [{ ...definition, options: null }], 'hello.definitions[0].options'],
    [
      'definitions',
      [{ ...definition, options: { priority: 'high' } }],
      'hello.definitions[0].options.priority',
    ],
    ['definitions', [{ ...definition, arity: 2 }], 'hello.definitions[0].arity'],
    ['definitions', [{ ...definition, arity: { min: -1, max: 2 } }], 'hello.definitions[0].arity.min'],
    ['definitions', [{ ...definition, arity: { min: 1 } }], 'hello.definitions[0].arity.max'],
    ['definitions', [{ ...definition, params: 'x' }], 'hello.definitions[0].params'],
    ['appOptions', undefined, 'hello.appOptions'],
    ['appOptions', { queue: 5 }, 'hello.appOptions.queue'],
    ['capacity', 1.5, 'hello.capacity'],
    ['session', '', 'hello.session'],
    ['held', undefined, 'hello.held'],
    ['held', [[1, 1, 'n', true, null]], 'held.id'],
    ['held', [['1', 0, 'n', true, null]], 'held.attempt'],
    ['held', [['1', 1, null, true, null]], 'held.nonce'],
    ['held', [['1', 1, 'n', 'yes', null]], 'held.started'],
    ['held', [['1', 1, 'n', true, 'PROGRESS']], 'held[].progress'],
    ['held', [['1', 1, 'n', true, ['', '']]], 'held.progress.state'],
    ['held', [['1', 1, 'n', true, ['PROGRESS', 5]]], 'held.progress.meta'],
  ])('with a bad %s is refused: %j', (key, value, place) => {
    expect(refusal(['hello', { ...HELLO, [key]: value }]).message).toContain(`expected ${place} to be`);
  });
});

describe('an outcome', () => {
  const settled = (outcome: unknown, ...[nonce, id, attempt]: unknown[]) => [
    'settled',
    [[nonce ?? 'n1', id ?? '1', attempt ?? 1, outcome]],
  ];

  test.each<Outcome>([
    ['success', '4'],
    ['success', ['text/x-mine', 'abc']],
    ['failure', '{}'],
    ['retry', '{}', '{}', null, 'task', null],
    ['retry', '{}', '{}', 0, 5, null],
    ['retry', '{}', '{}', 1_000, null, '[7]'],
    ['ignored'],
    ['rejected', '{}', true],
    ['timed-out', '{}'],
    ['lost', 'ended (signal SIGABRT)'],
  ])('is read as it was written: %j', (...outcome) => {
    expect(read(settled(outcome))).toEqual(settled(outcome));
  });

  test.each<[unknown, string]>([
    [null, 'settled.outcome'],
    [['won'], 'settled.outcome[0]'],
    [['success'], 'outcome.result'],
    [['failure', 5], 'outcome.error'],
    [['retry', '{}'], 'outcome.exhausted'],
    [['retry', '{}', '{}', -1], 'outcome.countdownMs'],
    [['retry', '{}', '{}', null, -1], 'outcome.maxRetries'],
    [['retry', '{}', '{}', null, 'many'], 'outcome.maxRetries'],
    [['rejected', '{}'], 'outcome.requeue'],
    [['timed-out'], 'outcome.error'],
    [['lost', 'x'.repeat(1_001)], 'outcome.why'],
    [['rejected', null, true], 'outcome.error'],
    [['retry', '{}', '{}', null, 1, 2], 'outcome.args'],
    [['retry', '{}', '{}', null, 1, '[1]', 2], 'settled.outcome'],
  ])('that is malformed is refused: %j', (outcome, place) => {
    expect(refusal(settled(outcome)).message).toContain(`expected ${place} to be`);
  });

  test('must name its attempt', () => {
    expect(refusal(settled(['ignored'], '')).message).toContain('settled.nonce');
    expect(refusal(settled(['ignored'], 'n', 5)).message).toContain('settled.id');
    expect(refusal(settled(['ignored'], 'n', '1', 0)).message).toContain('settled.attempt');
  });

  test('comes with at most so many others', () => {
    const items = Array.from({ length: FRAME_ITEMS + 1 }, () => ['n', '1', 1, ['ignored']]);
    expect(refusal(['settled', items]).message).toContain('expected settled to be');
  });

  const large = 'x'.repeat(PAYLOAD_LIMIT + 1);
  test.each([[['success', large]], [['success', ['text/x-mine', large]]], [['retry', '{}', large, null]]])(
    'that is too large fails its own task with a code, and no other',
    (outcome) => {
      expect(
        read([
          'settled',
          [
            ['n', '1', 1, outcome],
            ['m', '2', 1, ['success', '4']],
          ],
        ]),
      ).toEqual([
        'settled',
        [
          ['n', '1', 1, ['failure', expect.stringContaining('"code":"PAYLOAD_TOO_LARGE"')]],
          ['m', '2', 1, ['success', '4']],
        ],
      ]);
    },
  );

  test('and progress that is too large is left out, that of others is not', () => {
    const frame = [
      'progress',
      [
        ['n', 'PROGRESS', large],
        ['m', 'PROGRESS', '1'],
      ],
    ];
    expect(read(frame)).toEqual(['progress', [['m', 'PROGRESS', '1']]]);
    const hello = read(['hello', { ...HELLO, held: [['1', 1, 'n', true, ['P', large]]] }]);
    expect(hello).toMatchObject(['hello', { held: [['1', 1, 'n', true, null]] }]);
  });

  test('and a chunk that is too large is missing in its stream', () => {
    expect(
      read([
        'chunks',
        [
          ['n', 5, ['a', large, 'b', 'c']],
          ['m', 0, ['d']],
        ],
      ]),
    ).toEqual([
      'chunks',
      [
        ['n', 5, ['a']],
        ['n', 7, ['b', 'c']],
        ['m', 0, ['d']],
      ],
    ]);
  });

  test('and no index is so large that one more is the same', () => {
    const chunks = (first: number) => ['chunks', [['n', first, ['a', 'b']]]];
    expect(read(chunks(2 ** 52))).toEqual(chunks(2 ** 52));
    expect(() => read(chunks(2 ** 52 + 1))).toThrow('chunks.first');
    expect(() => read(chunks(Number.MAX_SAFE_INTEGER))).toThrow('chunks.first');
  });

  test('at the limit is taken', () => {
    expect(read(settled(['success', 'x'.repeat(PAYLOAD_LIMIT)]))[0]).toBe('settled');
  });
});

describe('whatever comes', () => {
  const throwsFrameErrorsOnly = (text: string): void => {
    try {
      readWorkerFrame(text, PAYLOAD_LIMIT);
    } catch (error) {
      expect(error).toBeInstanceOf(FrameError);
    }
  };

  test('as text, only a FrameError is thrown', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), throwsFrameErrorsOnly), { numRuns: 500 });
  });

  test('in a hello with one field replaced, only a FrameError is thrown', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(HELLO)), fc.jsonValue(), (key, value) =>
        throwsFrameErrorsOnly(JSON.stringify(['hello', { ...HELLO, [key]: value }])),
      ),
      { numRuns: 1_000 },
    );
  });

  test('nested a hundred thousand times, only a FrameError is thrown', () => {
    throwsFrameErrorsOnly('['.repeat(100_000) + ']'.repeat(100_000));
  });
});
