import { EventEmitter } from 'node:events';
import { DEFAULT_LIMITS, type Receipt } from '@celeriac/protocol/internal';
import { expect, test } from 'vitest';
import { setup } from '../../../test/broker-setup.ts';
import { type Grant, OPEN_GRANT } from '../auth/grant.ts';
import { Quotas } from '../auth/quotas.ts';
import { Stay } from '../auth/stay.ts';
import { NO_LIMITS } from '../auth/subject-limits.ts';
import type { TransportContext } from '../context.ts';
import { ClientSession } from './client-session.ts';
import type { ClientSocket } from './client-socket.ts';

const GRANT: Grant = { ...OPEN_GRANT, subject: 'ann', scopes: ['call:*', 'read:*', 'admin:read'] };

/** A client's socket without a network: what it says comes by {@link says}, what it is told is kept. */
class Client extends EventEmitter {
  readonly conn = Object.assign(new EventEmitter(), { transport: { writable: true } });
  readonly told: (readonly [string, unknown])[] = [];
  readonly data;
  connected = true;

  constructor(stay: Stay) {
    super();
    this.data = { grant: GRANT, stay, protocol: 1, address: 'somewhere', frameLimit: 1024 * 1024 };
  }

  override emit(event: string, ...said: readonly unknown[]): boolean {
    this.told.push([event, said[0]]);
    return true;
  }

  says(event: string, said?: unknown): void {
    super.emit(event, said, () => {});
  }

  disconnect(): void {
    this.connected = false;
    this.says('disconnect');
  }
}

async function connected() {
  const world = await setup();
  const quotas = new Quotas(world.clock, world.broker.bus, NO_LIMITS);
  const left: string[] = [];
  const stay = new Stay(GRANT, quotas.enter(GRANT), world.clock, () => left.push('left'));
  const client = new Client(stay);
  const context = {
    broker: world.broker,
    clock: world.clock,
    telemetry: world.telemetry,
    limits: { ...DEFAULT_LIMITS, inFlightTasks: 2 },
  };
  new ClientSession(client as unknown as ClientSocket, context as unknown as TransportContext).open();
  const says = async (event: string, said: unknown): Promise<void> => {
    client.says(event, said);
    await world.turn();
  };
  return { client, left, quotas, says, world };
}

test('a client that is gone has no watch, no stream, no feed and no place any more', async () => {
  const { client, left, quotas, says, world } = await connected();
  await world.caller.calls('other');
  const { bus, monitor, streams } = world.broker;
  const before = [bus.size, monitor.feeds, streams.kept.streams];
  await says('submit', [['own', 'add', '[]', null, 0]]);
  await says('watch', { epoch: null, tasks: [['other', 0]] });
  await says('openStreams', [[1, 'own', 0, 0]]);
  await says('openFeeds', [[1, 'workers']]);
  expect([bus.size, monitor.feeds, streams.kept.streams]).toEqual([2, 1, 1]);
  expect([quotas.size, left]).toEqual([1, []]);
  client.disconnect();
  await world.turn();
  expect([bus.size, monitor.feeds, streams.kept.streams]).toEqual(before);
  expect([quotas.size, left.length]).toEqual([0, 1]);
});

test('calls are on their way until they have their receipts, and no longer', async () => {
  const { client, says } = await connected();
  const receipts = (): readonly unknown[] =>
    client.told
      .flatMap(([event, said]) => (event === 'receipts' ? (said as readonly Receipt[]) : []))
      .map(([id, accepted]) => `${id}: ${accepted}`);
  for (let round = 0; round < 3; round++)
    await says('submit', [
      [`a${round}`, 'add', '[]', null, 0],
      [`b${round}`, 'add', '[]', null, 0],
    ]);
  expect(receipts()).toEqual(['a0: 1', 'b0: 1', 'a1: 1', 'b1: 1', 'a2: 1', 'b2: 1']);
});
