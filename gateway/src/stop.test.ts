/** What a gateway that has stopped leaves behind: nothing that would act later. */
import { expect, test } from 'vitest';
import { startGateway } from '../test/gateway-setup.ts';
import { RawClient } from '../test/raw-client.ts';
import { HELLO, RawWorker } from '../test/raw-worker.ts';
import { bearing, KEY, mint } from '../test/token.ts';
import { TurningClock } from '../test/turning-clock.ts';

test('a gateway that has stopped has no timer left, whoever was there and whatever waited', async () => {
  const clock = new TurningClock();
  const { client, gateway, url, worker } = await startGateway({ keys: [KEY], clock, callsPerSecond: 1 });
  const hand = await worker({ token: await mint('work:*') });
  const caller = await client(await bearing('call:* read:* admin:read'));
  caller.emit('submit', [['runs', 'add', '[2,2]', null, 0]]);
  await hand.next('assign');
  await clock.advance(10_000);
  caller.emit('submit', [['due', 'add', '[2,2]', { countdownMs: 60_000, expiresMs: 600_000 }, 0]]);
  await caller.next('receipts');
  caller.emit('openFeeds', [[1, 'workers']]);
  caller.emit('openStreams', [[1, 'runs', 0, 0]]);
  await caller.next('feeds');

  // On their way in.
  const stranger = new RawClient(url, { silent: true });
  await stranger.opened;
  const knocking = new RawWorker(url);
  await knocking.opened;
  knocking.send(['knock', { protocol: HELLO.protocol, token: await mint('work:*') }]);
  await knocking.next('admitted');
  const late = await client(await bearing('call:*', { sub: 'late' }));
  late.emit('submit', [['late', 'add', '[2,2]', null, 0]]);
  await late.next('receipts');

  expect(clock.timers).toBeGreaterThan(10);
  await gateway.stop();
  expect(clock.timers).toBe(0);
});
