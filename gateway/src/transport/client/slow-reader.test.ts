import { expect, test } from 'vitest';
import { startGateway } from '../../../test/gateway-setup.ts';
import { helloWith, KEY } from '../../../test/token.ts';

/** A thousand calls whose refusals are half a megabyte. */
const LONG = 'n'.repeat(250);
const CALLS = Array.from({ length: 1_000 }, (_, id) => [`${id}`.padEnd(250, '.'), LONG, '', null, 0]);
const IDS = CALLS.map(([id]) => id);
const FEEDS = Array.from({ length: 20 }, (_, number) => number);
const MANY = Array.from({ length: 500 }, (_, number) => number);

test('a client that asks on and on and does not read is sent away, and takes nothing of the others with it', async () => {
  const { gateway, client, refusals } = await startGateway({ keys: [KEY] });
  const auth = await helloWith('call:add read:*');
  const slow = await client({ auth });
  const other = await client({ auth });
  const sentAway = new Promise<void>((resolve) => {
    gateway.telemetry.on('refused', ({ code }) => {
      if (code === 'SLOW_READER') resolve();
    });
  });
  slow.hang();
  const before = process.memoryUsage().rss;
  // More than the bound and what the network holds on its own.
  for (let frame = 0; frame < 60; frame++) slow.emit('submit', CALLS);
  await sentAway;
  // Sixty would be thirty megabytes of receipts.
  expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  expect(refusals.filter((code) => code === 'SLOW_READER')).toHaveLength(1);

  other.emit('submit', [['1', 'add', '[]', null, 0]]);
  expect(await other.next('receipts')).toMatchObject([[['1', 1, null, true, expect.any(Number)]]]);
  const back = await client({ auth });
  back.emit('watch', { epoch: null, tasks: [['1', 0]] });
  expect(await back.next('snapshots')).toMatchObject([[{ id: '1', known: true }]]);
});

/** What a token without any scope may ask for, and is refused each time. */
const REFUSED: readonly [string, (number: number) => readonly string[]][] = [
  ['watches', () => [`42${JSON.stringify(['watch', { epoch: null, tasks: IDS.map((id) => [id, 0]) }])}`]],
  ['calls', () => [`42${JSON.stringify(['submit', CALLS])}`]],
  [
    'streams',
    (number) => {
      const items = IDS.map((id, position) => [number * 1_000 + position, id, 0, 0]);
      return [`42${JSON.stringify(['openStreams', items])}`];
    },
  ],
  [
    'feeds',
    (number) =>
      MANY.map((one) => {
        const first = (number * MANY.length + one) * FEEDS.length;
        return `42${JSON.stringify(['openFeeds', FEEDS.map((feed) => [first + feed, 'workers'])])}`;
      }),
  ],
  ['answers', (number) => MANY.map((one) => `42${number * MANY.length + one}["control",[]]`)],
];

test.each(REFUSED)(
  'finding 4: refusals count in what waits for a reader: %s',
  async (_, packets) => {
    const { client, refusals } = await startGateway({ keys: [KEY] });
    const slow = await client({ auth: await helloWith('') });
    slow.hang();
    // A pong that nobody asked for shows that it lives.
    for (let number = 0; await slow.written('3'); number++)
      await Promise.all(packets(number).map((packet) => slow.written(packet)));
    slow.listen();
    await slow.closed;
    expect(refusals.filter((code) => code === 'SLOW_READER')).toHaveLength(1);
  },
  240_000,
);

test('finding 4: one that reads is refused as often as it likes', async () => {
  const { client, refusals } = await startGateway({ keys: [KEY] });
  const reader = await client({ auth: await helloWith('') });
  const frames = 100;
  for (let number = 0; number < frames; number++)
    reader.raw(`42${JSON.stringify(['watch', { epoch: null, tasks: IDS.map((id) => [id, 0]) }])}`);
  for (let number = 0; number < frames; number++) await reader.next('refused');
  expect(new Set(refusals)).toEqual(new Set(['FORBIDDEN']));
}, 60_000);

test('a client that reads is never sent away, however much it asks', async () => {
  const { client, refusals } = await startGateway({ keys: [KEY] });
  const reader = await client({ auth: await helloWith('call:add') });
  for (let frame = 0; frame < 30; frame++) {
    reader.emit('submit', CALLS);
    await reader.next('receipts');
  }
  expect(new Set(refusals)).toEqual(new Set(['FORBIDDEN']));
});
