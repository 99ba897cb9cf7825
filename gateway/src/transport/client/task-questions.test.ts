import { expect, test } from 'vitest';
import { startGateway } from '../../../test/gateway-setup.ts';
import { RawClient } from '../../../test/raw-client.ts';
import { SlowEngine } from '../../../test/slow-engine.ts';
import { bearing, KEY } from '../../../test/token.ts';
import { MemoryEngine } from '../../engine/memory/memory-engine.ts';

class CountingEngine extends SlowEngine {
  reads = 0;

  override get(ids: readonly string[]): ReturnType<SlowEngine['get']> {
    this.reads += 1;
    return super.get(ids);
  }
}

test('nothing more is read for a client that is gone', async () => {
  const engine = new CountingEngine(new MemoryEngine());
  const { client: connect, url } = await startGateway({ keys: [KEY], engine, connectionsPerSubject: 1 });
  const client = await connect(await bearing('read:*'));
  engine.holdReads();
  const ids = Array.from({ length: 1_000 }, (_, position) => `${position}`);
  for (let times = 0; times < 3; times += 1) void client.ask('get', ids);
  await expect.poll(() => engine.reads).toBe(1);
  client.terminate();
  // The next one of its subject is let in once the gateway has seen it leave.
  await expect
    .poll(async () => {
      const next = new RawClient(url, await bearing('read:*'));
      const welcomed = await Promise.race([
        next.next('welcome').then(() => true),
        next.next('refused hello').then(() => false),
      ]);
      if (!welcomed) return false;
      engine.answerReads();
      await next.ask('get', ['x']);
      next.terminate();
      return true;
    })
    .toBe(true);
  // The one that was under way, and that of the next client.
  expect(engine.reads).toBe(2);
});
