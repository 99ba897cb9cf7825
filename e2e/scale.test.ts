import { expect, test } from 'vitest';
import { makeApp, runProgram, startGateway, startWorker } from './harness/house.ts';
import { settledMemory } from './harness/memory.ts';

const MEGABYTE = 1024 * 1024;

/** @returns ids of some of the tasks, the first and the last among them */
async function submit(url: string, count: number): Promise<readonly string[]> {
  const program = runProgram('submit-many.ts', url, [String(count)]);
  const line = await program.line(/^accepted/);
  await program.exited;
  return line.split(' ').slice(1);
}

test('a hundred thousand more queued tasks cost the gateway less than 30 MB, and a worker drains them', async () => {
  const gateway = await startGateway();
  // Its definition is known, so that the tasks are routed; then it leaves.
  const first = await startWorker(gateway.url);
  await makeApp(gateway.url).tasks.noop.delay(0).get({ timeout: 60 });
  await first.stop();

  const samples = [...(await submit(gateway.url, 20_000))];
  const before = await settledMemory(gateway.child.pid);
  for (let batch = 0; batch < 5; batch++) samples.push(...(await submit(gateway.url, 20_000)));
  const after = await settledMemory(gateway.child.pid);
  expect(after - before).toBeLessThan(30 * MEGABYTE);

  const app = makeApp(gateway.url);
  const queued = samples.map((id) => app.AsyncResult(id));
  await Promise.all(queued.map((one) => one.refresh()));
  expect(queued.filter(({ state, known }) => known && state === 'PENDING')).toHaveLength(samples.length);
  const last = app.tasks.noop.delay(-1);
  await last.accepted;
  await startWorker(gateway.url);
  expect(await last.get({ timeout: 60 })).toBe(-1);
  await Promise.all(queued.map((one) => one.get({ timeout: 60 })));
  expect(queued.every((one) => one.successful())).toBe(true);
});

test('a producer keeps nothing of 200,000 accepted calls but its handles: without any, less than 12 MB, as with 20,000', async () => {
  const gateway = await startGateway();
  const keptOf = async (count: number): Promise<number> => {
    const program = runProgram('fire-and-forget.ts', gateway.url, [String(count)]);
    const line = await program.line(/^kept/);
    await program.exited;
    return Number(line.split(' ')[1]);
  };
  // It looks after handles from the ten thousandth call on: of the first ones some 6 MB are kept until they end.
  expect(await keptOf(20_000)).toBeLessThan(12 * MEGABYTE);
  expect(await keptOf(200_000)).toBeLessThan(12 * MEGABYTE);
});
