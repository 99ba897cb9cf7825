import { fileURLToPath } from 'node:url';
import { Celeriac } from '@celeriac/client';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder, startGateway, startWorker } from './harness/house.ts';
import type * as many from './tasks/many.ts';

const MANY = fileURLToPath(new URL('tasks/many.ts', import.meta.url));

test('a worker of thousands of tasks introduces itself, and runs the last of them, also after a restart of the gateway', async () => {
  const gateway = await startGateway();
  const worker = await startWorker(gateway.url, { file: MANY, flags: ['--queues', 'default,documents'] });
  const app = new Celeriac({ url: gateway.url });
  onTestFinished(() => app.close());
  const name = '2499'.padEnd(200, '語');
  expect(await app.sendTask(name, []).get({ timeout: 30 })).toBe(2_499);
  await gateway.restart();
  expect(await app.sendTask(name, []).get({ timeout: 30 })).toBe(2_499);
  expect(worker.running).toBe(true);
});

test.each([
  ['three bytes a character', '語', 250_000],
  ['two bytes a character, escaped twice', '"', 130_000],
  ['line breaks', '\n', 130_000],
])(
  'results of %s before the arguments of links that wait together stop no worker',
  async (_, text, times) => {
    const gateway = await startGateway({ store: 'memory', folder: makeFolder() });
    await startWorker(gateway.url, { file: MANY });
    const app = new Celeriac<typeof many>({ url: gateway.url });
    onTestFinished(() => app.close());
    const ids = Array.from({ length: 12 }, (__, n) => `link ${n}`);
    const parents = ids.map((id) =>
      app.sendTask('produce', [text, times], {
        link: { task: 'consume', args: [], options: { taskId: id, queue: 'documents' }, immutable: false },
      }),
    );
    for (const parent of parents) await parent.get({ timeout: 60 });
    const reader = await startWorker(gateway.url, {
      file: MANY,
      flags: ['--queues', 'documents', '--name', 'reader'],
    });
    for (const id of ids) expect(await app.AsyncResult(id).get({ timeout: 60 })).toBe(times);
    expect(reader.errors).not.toContain('lost the connection to the gateway');
  },
);
