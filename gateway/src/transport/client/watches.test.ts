/** What a client's connection keeps on the bus, seen from the bus. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULT_LIMITS } from '@celeriac/protocol';
import { systemClock } from '@celeriac/runtime';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RULES } from '../../../test/broker-setup.ts';
import { RawClient } from '../../../test/raw-client.ts';
import { assembleBroker, type Broker } from '../../broker/broker.ts';
import { MemoryEngine } from '../../engine/memory/memory-engine.ts';
import { Telemetry } from '../../events/telemetry.ts';
import { openAuthenticator } from '../auth/authenticator.ts';
import { Gatekeeper } from '../auth/gatekeeper.ts';
import { NO_LIMITS } from '../auth/subject-limits.ts';
import { ClientLink } from './client-link.ts';

/** The client link alone, on a broker that the test can look at. */
async function setup() {
  const engine = new MemoryEngine();
  const telemetry = new Telemetry();
  const outside = { clock: systemClock, random: () => 0.5, telemetry };
  const broker = assembleBroker(outside, engine, await engine.open(), RULES);
  const server = createServer();
  const link = new ClientLink(
    server,
    {
      broker,
      clock: systemClock,
      telemetry,
      gatekeeper: new Gatekeeper({ clock: systemClock, authenticate: openAuthenticator, broker }, NO_LIMITS),
      origins: { allowOrigin: [], allowHost: null },
      limits: DEFAULT_LIMITS,
    },
    () => 0.5,
  );
  link.start();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = await RawClient.welcomed(`http://127.0.0.1:${port}`);
  onTestFinished(async () => {
    client.terminate();
    await link.stop();
    await broker.stop();
    server.close();
  });
  return { broker, client };
}

function isWatched(broker: Broker, id: string): boolean {
  let watched = false;
  broker.bus.publish(id, () => {
    watched = true;
    return [];
  });
  return watched;
}

describe('a watch', () => {
  test('of one’s own call begins with it, and ends with the task', async () => {
    const { broker, client } = await setup();
    client.emit('submit', [['1', 'add', '', null, 0]]);
    await client.next('receipts');
    expect(isWatched(broker, '1')).toBe(true);
    await client.ask('revoke', [['1', false, 0]]);
    expect(isWatched(broker, '1')).toBe(false);
  });

  test('of a task that has ended is not kept', async () => {
    const { broker, client } = await setup();
    client.emit('submit', [['1', 'add', '', null, 0]]);
    await client.ask('revoke', [['1', false, 0]]);
    client.emit('watch', { epoch: null, tasks: [['1', 0]] });
    await client.next('snapshots');
    expect(isWatched(broker, '1')).toBe(false);
  });

  test('of a call that is submitted again after its end is not kept', async () => {
    const { broker, client } = await setup();
    client.emit('submit', [['1', 'add', '', null, 0]]);
    await client.ask('revoke', [['1', false, 0]]);
    client.emit('submit', [['1', 'add', '', null, 0]]);
    await client.next('snapshots');
    expect(isWatched(broker, '1')).toBe(false);
  });

  test('ends when its client says so', async () => {
    const { broker, client } = await setup();
    client.emit('watch', { epoch: null, tasks: [['1', 0]] });
    await client.next('snapshots');
    expect(isWatched(broker, '1')).toBe(true);
    client.emit('unwatch', ['1']);
    await client.ask('get', []);
    expect(isWatched(broker, '1')).toBe(false);
  });

  test('on tasks of others is bounded, and those above the bound are named', async () => {
    const { broker, client } = await setup();
    const tasks = Array.from({ length: 10_001 }, (_, position) => [`${position}`, 0]);
    client.emit('watch', { epoch: null, tasks });
    const [refusal] = await client.next('refused');
    expect(refusal).toMatchObject({ code: 'TOO_MANY_WATCHES', ids: ['10000'] });
    expect(isWatched(broker, '9999')).toBe(true);
    expect(isWatched(broker, '10000')).toBe(false);
  });
});
