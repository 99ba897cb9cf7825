import { fileURLToPath } from 'node:url';
import { ManualClock } from '@celeriac/runtime/testing';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { FakeApp } from '../../../test/fake-app.ts';
import { FakeGateway } from '../../../test/fake-gateway.ts';
import { createWorker } from '../../index.ts';

// All its children are begun for real, one after the other: 3 s on a machine that does nothing else.
test('a worker whose children cannot load its tasks says why, and takes none', async () => {
  const gateway = await FakeGateway.listen();
  const clock = new ManualClock();
  const log = pino(
    { base: null },
    {
      write: (line) =>
        void (JSON.parse(line).msg === 'a child of the pool could not start' && clock.advance(10_000)),
    },
  );
  const worker = createWorker(
    new FakeApp().task('add', () => 0),
    {
      gateway: gateway.url,
      pool: 'threads',
      concurrency: 2,
      tasks: fileURLToPath(new URL('../../../test/broken-tasks.ts', import.meta.url)),
      clock,
      log,
    },
  );
  const dialled = gateway.connection().then(() => 'it has dialled');
  const told = worker.start().catch((error: unknown) => error);
  expect(await Promise.race([dialled, told])).toMatchObject({
    name: 'ChildrenBrokenError',
    message: expect.stringMatching(/^no child of the pool could be started: .*no such table/),
  });
  await worker.stop();
  await gateway.close();
});
