/** What the two scopes of operators really open, which docs/security.md says in so many words. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { receipts, startGuarded } from '../../../test/guarded-gateway.ts';

const PAGE = readFileSync(new URL('../../../../docs/security.md', import.meta.url), 'utf8').replaceAll(
  /\s+/g,
  ' ',
);

test('finding 24: admin:read shows the arguments and results of everybody’s tasks, and says so', async () => {
  const guarded = await startGuarded();
  const page = await guarded.guest('ann', 'call:add');
  page.emit('submit', [['1', 'add', '["a secret"]', null, 0]]);
  await receipts(page);
  const worker = await guarded.hand(['default'], { add: {} });
  await worker.works('"another secret"');
  await page.ended('1');
  const operator = await guarded.guest('olga', 'admin:read');
  operator.emit('openFeeds', [[1, 'tasks', {}, 10]]);
  const shown = JSON.stringify(await operator.next('feeds'));
  expect(shown).toContain('a secret');
  expect(PAGE).toContain(
    '**`admin:read` reads everything**: arguments, results, errors and tracebacks of all tasks',
  );
});

test('finding 24: admin:control calls any task again without a right to call it, and says so', async () => {
  const guarded = await startGuarded();
  const page = await guarded.guest('ann', 'call:add');
  page.emit('submit', [['1', 'add', '[]', null, 0]]);
  await receipts(page);
  const operator = await guarded.guest('olga', 'admin:control');
  expect(await operator.ask('control', [['retry', '1', '2']])).toEqual({ ok: ['2'] });
  expect(PAGE).toContain('it can call any task again (`retry`, which needs no `call:`)');
});
