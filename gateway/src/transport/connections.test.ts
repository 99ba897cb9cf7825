import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Connections, networkOf } from './connections.ts';

/** A socket of an address, without a network. */
class Guest extends Socket {
  override readonly remoteAddress: string;

  constructor(address: string) {
    super();
    this.remoteAddress = address;
  }
}

function gone(socket: EventEmitter): Promise<unknown> {
  return EventEmitter.once(socket, 'close');
}

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::1', '0:0:0:0'],
  ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1'],
  ['2001:DB8::1:2:3:4:5', '2001:db8:0:1'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('finding 25: where strangers fill every place, the address with the most of them gives one up', async () => {
  const connections = new Connections({ maxConnections: 100, maxConnectionsPerAddress: 100, maxPending: 2 });
  const crowd = [1, 2, 3, 4].flatMap((host) => [new Guest(`10.0.0.${host}`), new Guest(`10.0.0.${host}`)]);
  for (const guest of crowd) expect(connections.arrive(guest)).toBeNull();
  expect(connections.arrive(new Guest('10.0.0.1'))).toMatchObject({ code: 'TOO_MANY_CONNECTIONS' });
  const honest = new Guest('10.0.0.9');
  expect(connections.arrive(honest)).toBeNull();
  expect(crowd.map(({ destroyed }) => destroyed)).toEqual([true, ...Array<boolean>(7).fill(false)]);
  expect(honest.destroyed).toBe(false);
});

test('one that is let in is no stranger, and one that left makes room', async () => {
  const connections = new Connections({ maxConnections: 3, maxConnectionsPerAddress: 2, maxPending: 1 });
  const first = new Guest('10.0.0.1');
  expect(connections.enter(first)).toBeNull();
  expect(connections.enter(first)).toBeNull();
  expect(connections.arrive(new Guest('10.0.0.1'))).not.toBeNull();
  connections.letIn(first);
  const second = new Guest('10.0.0.1');
  expect(connections.enter(second)).toBeNull();
  connections.letIn(second);
  const third = new Guest('10.0.0.1');
  expect(connections.enter(third)).toMatchObject({ code: 'TOO_MANY_CONNECTIONS' });
  third.destroy();
  first.destroy();
  await Promise.all([gone(first), gone(third)]);
  expect(connections.enter(new Guest('10.0.0.1'))).toBeNull();
});
