import { describe, expect, test } from 'vitest';
import { FRAME_ITEMS, TASK_ID_LENGTH } from '../limits.ts';
import { FrameError } from './guard.ts';
import { readClientHello } from './session.ts';
import { CLIENT_FRAMES, type ClientFrame, type HeardIn } from './table.ts';

const reading =
  <Name extends ClientFrame>(name: Name) =>
  (value: unknown): HeardIn<Name> =>
    CLIENT_FRAMES[name].read(value, name) as HeardIn<Name>;
const readDefine = reading('define');
const readSubmit = reading('submit');
const readWatch = reading('watch');
const readRevoke = reading('revoke');

/** What a reader refuses a value with. */
function refusal(read: (value: unknown) => unknown, value: unknown): string {
  try {
    read(value);
  } catch (error) {
    if (error instanceof FrameError) return error.message;
    throw error;
  }
  return 'was accepted';
}

describe('a hello', () => {
  const hello = { protocol: { min: 1, max: 2 }, token: 'jwt' };

  test('is read', () => {
    expect(readClientHello(hello)).toEqual(hello);
  });

  test('needs no token', () => {
    expect(readClientHello({ protocol: hello.protocol })).toEqual({ ...hello, token: null });
  });

  test('may say more than we know', () => {
    expect(readClientHello({ ...hello, shoeSize: 44 })).toEqual(hello);
  });

  test.each([
    [null, 'auth'],
    ['text', 'auth'],
    [[], 'auth'],
    [{}, 'auth.protocol'],
    [{ protocol: { min: '1', max: 1 } }, 'auth.protocol.min'],
    [{ protocol: { min: 1 } }, 'auth.protocol.max'],
    [{ protocol: { min: 1, max: 1.5 } }, 'auth.protocol.max'],
    [{ ...hello, token: 5 }, 'auth.token'],
    [{ ...hello, token: '' }, 'auth.token'],
    [{ ...hello, token: 'x'.repeat(20_000) }, 'auth.token'],
  ])('that is malformed is refused: %j', (value, place) => {
    expect(refusal(readClientHello, value)).toContain(`expected ${place} to be`);
  });
});

describe('a submit', () => {
  const options = {
    queue: 'lopri',
    countdownMs: 10,
    etaAt: 5,
    expiresMs: 6,
    expiresAt: 7,
    priority: 9,
    ignoreResult: true,
  };

  test('is read item by item', () => {
    const items = [
      ['1', 'add', '[2,2]', null, 0],
      ['2', 'add', ['text/x-mine', 'abc'], options, 1_000],
    ];
    expect(readSubmit(items)).toEqual({ items, refused: [] });
  });

  test('takes missing options for none', () => {
    expect(readSubmit([['1', 'add', '', undefined, 0]]).items).toEqual([['1', 'add', '', null, 0]]);
  });

  test('keeps only the options that it knows', () => {
    expect(readSubmit([['1', 'add', '', { priority: 1, colour: 'red' }, 0]]).items).toEqual([
      ['1', 'add', '', { priority: 1 }, 0],
    ]);
  });

  test('gives equal options in equal order, so that a resend hashes the same', () => {
    const [one] = readSubmit([['1', 'add', '', { priority: 1, queue: 'q' }, 0]]).items;
    const [other] = readSubmit([['1', 'add', '', { queue: 'q', priority: 1 }, 0]]).items;
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  });

  test('leaves an oversize payload to admission, which refuses that task alone', () => {
    expect(readSubmit([['1', 'add', 'x'.repeat(2_000_000), null, 0]]).items).toHaveLength(1);
  });

  test('that is malformed names its task, where it has an id', () => {
    const taskOf = (item: unknown): unknown => {
      try {
        return readSubmit([['1', 'add', '[]', null, 0], item]);
      } catch (error) {
        return error instanceof FrameError ? error.taskId : error;
      }
    };
    expect(taskOf(['2', '', '[]', null, 0])).toBe('2');
    expect(taskOf(['', 'add', '[]', null, 0])).toBeUndefined();
    expect(taskOf([7, 'add', '[]', null, 0])).toBeUndefined();
    expect(taskOf('2')).toBeUndefined();
  });

  const link = { id: 'l', name: 'add', args: '[]', immutable: true, options: null };
  const deep = (levels: number): object =>
    levels === 0 ? link : { ...link, options: { link: [deep(levels - 1)] } };
  test.each<[string, object, string]>([
    ['headers', { headers: 'x'.repeat(16_385) }, 'CALL_TOO_LARGE'],
    ['a shadow name', { shadow: 'x'.repeat(256) }, 'CALL_TOO_LARGE'],
    ['a linked payload', { link: [{ ...link, args: 'x'.repeat(256 * 1024 + 1) }] }, 'PAYLOAD_TOO_LARGE'],
    ['the id of a link', { linkError: [{ ...link, id: 'x'.repeat(256) }] }, 'CALL_TOO_LARGE'],
    ['links without end', { link: Array.from({ length: 101 }, () => link) }, 'CALL_TOO_LARGE'],
    ['links of links without end', { link: [deep(25)] }, 'CALL_TOO_LARGE'],
  ])('refuses a call with %s too large alone, and takes its neighbours', (_, options, code) => {
    const [one, other] = [
      ['1', 'add', '[]', null, 0],
      ['3', 'add', '[]', null, 0],
    ];
    expect(readSubmit([one, ['2', 'add', '[]', options, 0], other])).toEqual({
      items: [one, other],
      refused: [['2', 0, code, expect.any(String), null]],
    });
  });

  const item = ['1', 'add', '[]', null, 0];
  const withAt = (position: number, value: unknown) => [item.with(position, value as string)];
  test.each<[unknown, string]>([
    [{}, 'submit'],
    [null, 'submit'],
    [Array.from({ length: FRAME_ITEMS + 1 }, () => item), 'submit'],
    [['text'], 'submit item'],
    [[{ id: '1' }], 'submit item'],
    [[[]], 'submit.id'],
    [withAt(0, ''), 'submit.id'],
    [withAt(0, 5), 'submit.id'],
    [withAt(0, 'x'.repeat(TASK_ID_LENGTH + 1)), 'submit.id'],
    [withAt(1, ''), 'submit.name'],
    [withAt(1, null), 'submit.name'],
    [withAt(2, 5), 'submit.args'],
    [withAt(2, ['text/x-mine']), 'submit.args'],
    [withAt(2, ['text/x-mine', 'abc', 'more']), 'submit.args'],
    [withAt(2, ['', 'abc']), 'submit.args.contentType'],
    [withAt(3, 'queue=a'), 'submit.options'],
    [withAt(3, []), 'submit.options'],
    [withAt(3, { queue: '' }), 'submit.options.queue'],
    [withAt(3, { countdownMs: -1 }), 'submit.options.countdownMs'],
    [withAt(3, { countdownMs: 1.5 }), 'submit.options.countdownMs'],
    [withAt(3, { etaAt: '2026' }), 'submit.options.etaAt'],
    [withAt(3, { etaAt: 1e17 }), 'submit.options.etaAt'],
    [withAt(3, { expiresMs: 'x' }), 'submit.options.expiresMs'],
    [withAt(3, { expiresAt: {} }), 'submit.options.expiresAt'],
    [withAt(3, { priority: 10 }), 'submit.options.priority'],
    [withAt(3, { priority: -1 }), 'submit.options.priority'],
    [withAt(3, { ignoreResult: 1 }), 'submit.options.ignoreResult'],
    [withAt(4, -1), 'submit.ageMs'],
    [withAt(4, undefined), 'submit.ageMs'],
    [withAt(4, Number.NaN), 'submit.ageMs'],
  ])('that is malformed is refused: %j', (value, place) => {
    expect(refusal(readSubmit, value)).toContain(`expected ${place} to be`);
  });
});

describe('a definition list', () => {
  const all = {
    queue: 'media',
    priority: 3,
    maxRetries: null,
    retryDelayMs: 1,
    retryBackoffMs: 2,
    retryBackoffMaxMs: 3,
    retryJitter: false,
    acksLate: false,
    maxDeliveries: 1,
    trackStarted: false,
    ignoreResult: true,
    expiresMs: 4,
  };

  test('is read', () => {
    expect(readDefine([['add', all]])).toEqual([['add', all]]);
  });

  test.each([
    [[['add']], 'define[0][1]'],
    [[['', {}]], 'define[0][0]'],
    [
      [
        ['add', {}],
        ['mul', { maxRetries: -1 }],
      ],
      'define[1][1].maxRetries',
    ],
    [[['add', { maxDeliveries: 0 }]], 'define[0][1].maxDeliveries'],
    [[['add', { acksLate: 'yes' }]], 'define[0][1].acksLate'],
    [[['add', {}, 'more']], 'define[0]'],
    ['add', 'define'],
  ])('that is malformed is refused: %j', (value, place) => {
    expect(refusal(readDefine, value)).toContain(`expected ${place} to be`);
  });
});

describe('a watch', () => {
  test('is read', () => {
    expect(readWatch({ epoch: 'e', tasks: [['1', 0]] })).toEqual({ epoch: 'e', tasks: [['1', 0]] });
    expect(readWatch({ tasks: [] })).toEqual({ epoch: null, tasks: [] });
  });

  test.each([
    [[], 'watch'],
    [{}, 'watch.tasks'],
    [{ epoch: 5, tasks: [] }, 'watch.epoch'],
    [{ tasks: ['1'] }, 'watch.tasks[]'],
    [{ tasks: [['', 0]] }, 'watch.id'],
    [{ tasks: [['1', -1]] }, 'watch.sequence'],
    [{ tasks: [['1']] }, 'watch.sequence'],
  ])('that is malformed is refused: %j', (value, place) => {
    expect(refusal(readWatch, value)).toContain(`expected ${place} to be`);
  });
});

test('ids are read, and refused by the name of their frame', () => {
  expect(reading('get')(['1', '2'])).toEqual(['1', '2']);
  expect(refusal(reading('get'), [1])).toContain('expected get[0] to be');
  expect(refusal(reading('unwatch'), '1')).toContain('expected unwatch to be');
});

describe('a revocation', () => {
  test('is read', () => {
    expect(readRevoke([['1', true, 5_000]])).toEqual([['1', true, 5_000]]);
  });

  test.each([
    [[['1', 'yes', 0]], 'revoke[0][1]'],
    [[['1', true]], 'revoke[0][2]'],
    [[[1, true, 0]], 'revoke[0][0]'],
    [['1'], 'revoke[0]'],
  ])('that is malformed is refused: %j', (value, place) => {
    expect(refusal(readRevoke, value)).toContain(`expected ${place} to be`);
  });
});
