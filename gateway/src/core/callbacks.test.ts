import type { CallOptions, LinkedCall } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { ERROR, NOW, submitted } from '../../test/records.ts';
import { callbacksAfter } from './callbacks.ts';
import { complete, failAttempt, ignore, lease, revokeTask, start } from './transitions.ts';

const LATER = NOW + 10;
const link = (id: string, more: Partial<LinkedCall> = {}): LinkedCall => ({
  id,
  name: 'add',
  args: '[1]',
  immutable: false,
  options: null,
  ...more,
});

function running(call: CallOptions, lineage: { rootId: string; parentId: string } | null = null) {
  const record = submitted({}, { call, lineage });
  return start(lease(record, { session: 's', worker: 'w', nonce: 'n' }), NOW + 1);
}
const defined = () => ({ queue: 'sums' });

describe('after a SUCCESS', () => {
  const ended = (call: CallOptions, lineage?: { rootId: string; parentId: string }) =>
    complete(running(call, lineage ?? null), '42', LATER);

  test('linked calls are made, with the result before their arguments', () => {
    const { record, spawn } = callbacksAfter(ended({ link: [link('a'), link('b')] }), defined, LATER);
    expect(
      spawn.map(({ id, prepend, args, phase, options }) => [id, prepend, args, phase, options.queue]),
    ).toEqual([
      ['a', ['42'], '[1]', 'ready', 'sums'],
      ['b', ['42'], '[1]', 'ready', 'sums'],
    ]);
    expect(record.children).toEqual(['a', 'b']);
  });

  test('an immutable one takes nothing', () => {
    expect(
      callbacksAfter(ended({ link: [link('a', { immutable: true })] }), defined, LATER).spawn[0]?.prepend,
    ).toEqual([]);
  });

  test('they belong to the family of the task', () => {
    expect(callbacksAfter(ended({ link: [link('a')] }), defined, LATER).spawn[0]?.lineage).toEqual({
      rootId: 't1',
      parentId: 't1',
    });
    const family = { rootId: 'root', parentId: 'elder' };
    expect(callbacksAfter(ended({ link: [link('a')] }, family), defined, LATER).spawn[0]?.lineage).toEqual({
      rootId: 'root',
      parentId: 't1',
    });
  });

  test('their own options hold, and their countdown begins now', () => {
    const options = { queue: 'other', countdownMs: 5_000 };
    const [spawned] = callbacksAfter(ended({ link: [link('a', { options })] }), defined, LATER).spawn;
    expect(spawned).toMatchObject({ phase: 'scheduled', dueAt: LATER + 5_000, options: { queue: 'other' } });
  });

  test('one that nobody has defined waits unrouted', () => {
    expect(callbacksAfter(ended({ link: [link('a')] }), () => undefined, LATER).spawn[0]?.phase).toBe(
      'unrouted',
    );
  });

  test('calls linked to an error are not made', () => {
    expect(callbacksAfter(ended({ linkError: [link('a')] }), defined, LATER).spawn).toEqual([]);
  });
});

test('after a FAILURE the error calls are made, with the id and the error before their arguments', () => {
  const failed = failAttempt(running({ link: [link('a')], linkError: [link('b')] }), 'error', ERROR, LATER);
  const { spawn, record } = callbacksAfter(failed, defined, LATER);
  expect(spawn.map(({ id, prepend }) => [id, prepend])).toEqual([['b', ['"t1"', ERROR]]]);
  expect(record.children).toEqual(['b']);
});

test.each([
  ['IGNORED', (call: CallOptions) => ignore(running(call), LATER)],
  ['REVOKED', (call: CallOptions) => revokeTask(running(call), 'revoked', LATER)],
] as const)('after %s nothing follows', (_, end) => {
  const ended = end({ link: [link('a')], linkError: [link('b')] });
  expect(callbacksAfter(ended, defined, LATER)).toEqual({ record: ended, spawn: [] });
});
