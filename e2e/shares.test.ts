/** A worker's room is shared out among its queues, with real processes. */
import { expect, test } from 'vitest';
import { makeApp, startGateway, startWorker } from './harness/house.ts';

/** Of each queue. */
const BACKLOG = 400;

test('under a backlog, a worker takes from its queues in proportion to their weights', async () => {
  const gateway = await startGateway();
  const app = makeApp(gateway.url);
  // What nobody has defined yet is in no queue, and would come into one only when the worker is there.
  await startWorker(gateway.url, { flags: ['--queues', 'elsewhere'] });
  const ended: string[] = [];
  // The lighter queue was there first, and waits no shorter for that.
  const calls = ['default', 'media'].flatMap((queue) =>
    Array.from({ length: BACKLOG }, (_, count) => {
      const call = app.tasks.noop.applyAsync([count], { queue });
      call.on('ready', () => ended.push(queue));
      return call;
    }),
  );
  await app.flush();
  // By itself it would prefetch all of these calls at once: they end in less than a tenth of a second.
  const few = ['--concurrency', '4', '--prefetch', '4'];
  await startWorker(gateway.url, { flags: ['--queues', 'media=3,default=1', ...few] });
  await Promise.all(calls.map((call) => call.get({ timeout: 60 })));
  // While both have a backlog three of four are of the heavier one; give or take what is prefetched.
  const media = ended.slice(0, BACKLOG).filter((queue) => queue === 'media').length;
  expect(media).toBeGreaterThan(0.7 * BACKLOG);
  expect(media).toBeLessThan(0.8 * BACKLOG);
  // And none is left over when the heavier one has no more.
  expect(ended).toHaveLength(2 * BACKLOG);
});
