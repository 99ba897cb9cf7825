import { expect, test } from 'vitest';
import { startGateway } from '../../../test/gateway-setup.ts';
import { RawWorker } from '../../../test/raw-worker.ts';
import { FaultyEngine } from '../../engine/faulty-engine.ts';
import { MemoryEngine } from '../../engine/memory/memory-engine.ts';

test('a store that fails while a worker comes back with what it runs fails nothing unheard', async () => {
  const engine = new FaultyEngine(new MemoryEngine());
  const unheard: unknown[] = [];
  const onRejection = (error: unknown): void => void unheard.push(error);
  process.on('unhandledRejection', onRejection);
  const running = await startGateway({ engine });
  const client = await running.client();
  const worker = await RawWorker.greeting(running.url);
  const { session } = await worker.next('welcome');
  client.emit('submit', [['1', 'add', '[2,2]', null, 0]]);
  const [assignment] = await worker.next('assign');
  worker.terminate();
  await worker.closed;

  engine.failWrite(1, 'undone');
  const back = await RawWorker.greeting(running.url, {
    session,
    held: [['1', 1, assignment?.[0] ?? '', true, null]],
    definitions: [{ name: 'mul', options: {}, arity: null, params: null }],
  });
  expect(await back.next('refused')).toMatchObject({ code: 'ENGINE_FAILED' });
  await back.closed;
  process.off('unhandledRejection', onRejection);
  expect(unheard).toEqual([]);
});

test('a suspect is cleared once its worker has answered a probe, whenever it beats', async () => {
  const { client, worker } = await startGateway();
  const caller = await client();
  caller.emit('submit', [
    ['1', 'add', '[2,2]', null, 0],
    ['2', 'add', '[2,2]', null, 0],
  ]);
  await caller.next('receipts');
  for (const name of ['w1', 'w2']) {
    const victim = await worker({ name, bootId: name });
    const assigned = await victim.next('assign');
    victim.send(['started', assigned.map(([nonce]) => nonce)]);
    victim.send(['bye', null]);
    await victim.closed;
  }
  const last = await worker({ name: 'w3', bootId: 'w3' });
  const [first] = await last.next('assign');
  last.send(['started', [first?.[0] ?? '']]);
  const [second] = await last.next('assign');
  expect([first?.[1], second?.[1]]).toEqual(['1', '2']);
});
