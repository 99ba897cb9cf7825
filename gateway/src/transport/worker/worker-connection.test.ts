import { expect, test } from 'vitest';
import { startGateway } from '../../../test/gateway-setup.ts';
import { RawWorker } from '../../../test/raw-worker.ts';

const NONCES = Array.from({ length: 1_000 }, (_, position) => `${position}`.padEnd(60, 'x'));

test('finding 13: what waits for a worker that does not read is bounded', async () => {
  const running = await startGateway();
  const worker = await running.worker();
  worker.hang();
  const frame = JSON.stringify(['started', NONCES]);
  let frames = 0;
  while (!running.refusals.includes('SLOW_READER') && (await worker.written(frame))) frames += 1;
  // Eight megabytes, and what the network holds on its own in both directions.
  expect(frames * frame.length).toBeLessThan(64 * 1024 * 1024);
  worker.listen();
  await worker.closed;
  expect(running.refusals).toEqual(['SLOW_READER']);
}, 60_000);

test('one that reads may ask as often as it likes', async () => {
  const running = await startGateway();
  const worker = await running.worker();
  // All answers together are twice what may wait; those that nobody has read yet are never more than a sixth of it.
  const frames = 300;
  const unread = 20;
  for (let number = 0; number < frames; number++) {
    worker.send(['started', NONCES]);
    if (number >= unread) await worker.next('startedAcks');
  }
  for (let number = 0; number < unread; number++) await worker.next('startedAcks');
  expect(running.refusals).toEqual([]);
}, 60_000);

test('finding 13: a worker with room for more than may wait is given it at its own pace, and told of nothing too early', async () => {
  const running = await startGateway();
  const client = await running.client();
  const count = 120;
  const ids = Array.from({ length: count }, (_, position) => `${position}`);
  for (const id of ids) {
    client.emit('submit', [[id, 'add', JSON.stringify('x'.repeat(250_000)), null, 0]]);
    await client.next('receipts');
  }
  const assigned = new Promise<void>((resolve) => {
    let left = count;
    running.gateway.telemetry.on('assigned', (facts) => {
      left -= facts.count;
      if (left === 0) resolve();
    });
  });
  const worker = await RawWorker.greeting(running.url, { capacity: count });
  await worker.next('welcome');
  worker.hang();
  await assigned;
  await client.ask(
    'revoke',
    ids.map((id) => [id, true, 0]),
  );
  worker.listen();
  const given = new Set<string>();
  const aborted: string[] = [];
  const early: string[] = [];
  while (aborted.length < count) {
    const [type, body] = await worker.heard();
    if (type === 'assign') for (const [nonce] of body) given.add(nonce);
    if (type !== 'abort') continue;
    for (const [nonce] of body) {
      aborted.push(nonce);
      if (!given.has(nonce)) early.push(nonce);
    }
  }
  expect(early).toEqual([]);
  expect(given.size).toBe(count);
  expect(running.refusals).toEqual([]);
  worker.terminate();
}, 60_000);
