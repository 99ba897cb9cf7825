/** What a client's connection keeps on the bus, seen from the bus. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULT_LIMITS } from '@celeriac/protocol/internal';
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
import { Connections } from '../connections.ts';
import { ClientEndpoint } from './client-endpoint.ts';

/** The endpoint of clients alone, on a broker that the test can look at. */
async function setup() {
  const engine = new MemoryEngine();
  const telemetry = new Telemetry();
  const outside = { clock: systemClock, random: () => 0.5, telemetry };
  const broker = assembleBroker(outside, engine, await engine.open(), RULES);
  const server = createServer();
  const link = new ClientEndpoint(
    server,
    {
      broker,
      clock: systemClock,
      telemetry,
      gatekeeper: new Gatekeeper({ clock: systemClock, authenticate: openAuthenticator, broker }, NO_LIMITS),
      origins: { allowOrigin: [], allowHost: null },
      connections: new Connections({ maxConnections: 1, maxConnectionsPerAddress: 1, maxPending: 1 }),
      limits: DEFAULT_LIMITS,
      path: '',
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

  test('finding 20: on ids of no task is bounded whatever epoch and sequence are named', async () => {
    const { broker, client } = await setup();
    const tasks = Array.from({ length: 10_500 }, (_, position) => [`${position}`, 7]);
    client.emit('watch', { epoch: broker.epoch, tasks });
    const refused: unknown[] = [];
    while (refused.length < 500) {
      const [refusal] = await client.next('refused');
      expect(refusal).toMatchObject({ code: 'TOO_MANY_WATCHES' });
      refused.push(...(refusal as { readonly ids: readonly string[] }).ids);
    }
    await client.ask('get', []);
    const watched = tasks.filter(([id]) => isWatched(broker, String(id)));
    expect(watched).toHaveLength(10_000);
  });

  test('finding 20: on one’s own calls is not, after a reconnect', async () => {
    const { broker, client } = await setup();
    const ids = Array.from({ length: 10_500 }, (_, position) => `${position}`);
    for (let from = 0; from < ids.length; from += 500) {
      const calls = ids.slice(from, from + 500).map((id) => [id, 'add', '', null, 0]);
      client.emit('submit', calls);
      await client.next('receipts');
    }
    client.emit('unwatch', ids);
    await client.ask('get', []);
    expect(isWatched(broker, '0')).toBe(false);
    client.emit('watch', { epoch: broker.epoch, tasks: ids.map((id) => [id, 1]) });
    for (let shown = 0; shown < ids.length; ) {
      const [snapshots] = await client.next('snapshots');
      shown += (snapshots as readonly unknown[]).length;
    }
    expect(client.heard('refused')).toBe(0);
    expect(ids.filter((id) => !isWatched(broker, id))).toEqual([]);
  });

  test('that is taken back before it was looked at is none', async () => {
    const { broker, client } = await setup();
    const tasks = Array.from({ length: 5_000 }, (_, position) => [`${position}`, 7]);
    client.emit('watch', { epoch: broker.epoch, tasks });
    client.emit(
      'unwatch',
      tasks.map(([id]) => id),
    );
    client.emit('watch', { epoch: null, tasks: [['last', 0]] });
    for (let last: unknown; last !== 'last'; ) {
      const [snapshots] = (await client.next('snapshots')) as readonly [readonly { readonly id: string }[]];
      last = snapshots.at(-1)?.id;
    }
    expect(tasks.filter(([id]) => isWatched(broker, String(id)))).toEqual([]);
  });
});
