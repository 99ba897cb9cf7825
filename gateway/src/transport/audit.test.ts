/** What operators are told of acts that need a right over others, and of what was refused. */
import { expect, test } from 'vitest';
import { startGuarded } from '../../test/guarded-gateway.ts';
import { RawWorker } from '../../test/raw-worker.ts';

interface Told {
  readonly command?: string;
  readonly subject?: string | null;
  readonly about?: readonly string[];
  readonly code?: string;
  readonly count?: number;
}

async function setup() {
  const guarded = await startGuarded();
  const told: Told[] = [];
  guarded.gateway.telemetry.on('acted', (act) => told.push(act));
  guarded.gateway.telemetry.on('refused', (act) => told.push(act));
  return { guarded, told };
}

test('finding 14: what an operator does is told, with who did it and to what', async () => {
  const { guarded, told } = await setup();
  const operator = await guarded.guest('olga', 'admin:*', 'revoke:*', 'read:*');
  await operator.ask('control', [
    ['pauseQueue', 'media'],
    ['resumeQueue', 'media'],
  ]);
  await operator.ask('revoke', [
    ['1', false, 0],
    ['2', false, 0],
  ]);
  await operator.ask('forget', ['3']);
  await operator.ask('list', [{ filter: {}, before: null, rows: 5 }]);
  operator.emit('openFeeds', [[1, 'queues']]);
  await operator.next('feeds');
  expect(told.map(({ subject, command, about }) => [subject, command, about])).toEqual(
    [
      ['pauseQueue', ['media']],
      ['resumeQueue', ['media']],
      ['revoke', ['1', '2']],
      ['forget', ['3']],
      ['list', []],
      ['openFeeds', ['queues']],
    ].map((act) => ['olga', ...act]),
  );
});

test('finding 14: what is refused is told, whatever it was and however it is answered', async () => {
  const { guarded, told } = await setup();
  const page = await guarded.guest('ann', 'call:add');
  await page.ask('control', [['pauseQueue', 'media']]);
  await page.ask('list', [{ filter: {}, before: null, rows: 5 }]);
  await page.ask('forget', ['1']);
  page.emit('define', [['pay', {}]]);
  await page.next('refused');
  page.emit('submit', [
    ['1', 'pay', '[]', null, 0],
    ['2', 'pay', '[]', null, 0],
    ['3', 'add', '[]', { queue: 'media' }, 0],
  ]);
  await page.next('receipts');
  await page.next('receipts');
  page.emit('watch', { epoch: null, tasks: [['his', 0]] });
  await page.next('refused');
  page.emit('openFeeds', [[1, 'tasks', {}, 1]]);
  await page.next('feeds');
  expect(
    told.map(({ subject, code, command, about, count }) => [subject, code, command, about, count]),
  ).toEqual(
    [
      ['control', ['pauseQueue'], 1],
      ['list', [], 1],
      ['forget', ['1'], 1],
      ['define', [], 1],
      ['submit', ['1', '2'], 2],
      ['submit', ['3'], 1],
      ['watch', ['his'], 1],
      ['openFeeds', ['tasks'], 1],
    ].map((act) => ['ann', 'FORBIDDEN', ...act]),
  );
});

test('finding 14: so is a worker that may not work, or may not define', async () => {
  const { guarded, told } = await setup();
  await guarded.hand(['media'], { encode: { queue: 'media' } });
  await guarded.hand(['news'], { encode: { queue: 'news' } });
  const stranger = await RawWorker.greeting(guarded.url);
  await stranger.closed;
  expect(told.map(({ subject, code, command, about }) => [subject, code, command, about])).toEqual([
    ['worker', 'FORBIDDEN', 'definition', ['encode']],
    [null, 'UNAUTHENTICATED', 'worker', []],
  ]);
});

test('calls, and following one’s own, are nobody’s business', async () => {
  const { guarded, told } = await setup();
  const page = await guarded.guest('ann', 'call:add', 'read:own');
  page.emit('submit', [['1', 'add', '[]', null, 0]]);
  await page.next('receipts');
  await page.ask('get', ['1']);
  await page.ask('list', [{ filter: {}, before: null, rows: 5 }]);
  expect(told).toEqual([]);
});
