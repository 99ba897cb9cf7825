import { expect, test } from 'vitest';
import { revokeTask } from '../../core/transitions.ts';
import { NOW, task } from '../conformance/tasks.ts';
import { toNewRow } from './codec.ts';
import { FreshRecords } from './fresh-records.ts';

const ASK = { session: 's', worker: 'w', lanes: [], limit: 1, seed: 'seed' };

function keeping(...ids: readonly string[]): FreshRecords {
  const fresh = new FreshRecords();
  const records = ids.map((id) => task(id));
  fresh.inserted(
    records,
    records.map(toNewRow),
    ids.map((_, position) => position + 1),
  );
  return fresh;
}

test('a record comes back once, with its key and its lease', () => {
  const fresh = keeping('a', 'b');
  const leased = fresh.claimed([2, 'nonce'], ASK);
  expect(leased).toMatchObject({
    id: 'b',
    key: 2,
    phase: 'leased',
    attempt: 1,
    lease: { session: 's', worker: 'w', nonce: 'nonce' },
  });
  expect(() => fresh.claimed([2, 'nonce'], ASK)).toThrow('task 2 was leased without its row');
});

test('nothing is kept of a task that ended while it waited', () => {
  const fresh = keeping('a');
  const from = { ...task('a'), key: 1 };
  fresh.advanced([{ from, to: revokeTask(from, 'revoked', NOW), urgent: true }]);
  expect(() => fresh.claimed([1, 'nonce'], ASK)).toThrow('task 1 was leased without its row');
});

test('there is room for so many', () => {
  const ids = Array.from({ length: 16_384 }, (_, number) => `t${number}`);
  expect(keeping(...ids.slice(1)).hasRoom).toBe(true);
  expect(keeping(...ids).hasRoom).toBe(false);
});
