import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import fc from 'fast-check';
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
  // Its place is free at once, not only when the network has let go of it.
  expect(connections.arrive(new Guest('10.0.0.1'))).toBeNull();
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

test('everybody has the whole room again once all have left, whoever came, entered, was let in or turned away', () => {
  const HOSTS = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
  const bounds = { maxConnections: 4, maxConnectionsPerAddress: 3, maxPending: 2 };
  const step = fc.tuple(
    fc.constantFrom('arrives', 'enters', 'enters anew', 'is let in', 'leaves'),
    fc.nat(20),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const connections = new Connections(bounds);
      const guests: Guest[] = [];
      const leave = (guest: Guest | undefined): boolean | undefined => guest?.emit('close');
      for (const [what, which] of steps) {
        const guest = guests[which % Math.max(1, guests.length)];
        if (what === 'arrives' || what === 'enters anew') {
          const one = new Guest(HOSTS[which % HOSTS.length] ?? '');
          if (connections[what === 'arrives' ? 'arrive' : 'enter'](one) === null) guests.push(one);
          else leave(one);
        } else if (guest === undefined) continue;
        else if (what === 'enters') connections.enter(guest);
        else if (what === 'is let in') connections.letIn(guest);
        else leave(guest);
      }
      for (const guest of guests) leave(guest);
      const comes = (host: string, letIn: boolean): boolean => {
        const one = new Guest(host);
        const entered = connections.enter(one) === null;
        if (letIn) connections.letIn(one);
        return entered;
      };
      const [one = '', two = ''] = HOSTS;
      expect([comes(one, false), comes(one, false), comes(one, false)]).toEqual([true, true, false]);
      expect([comes(two, true), comes(two, true), comes(two, true)]).toEqual([true, true, false]);
    }),
  );
});

test('an address that nobody is connected from any more is not remembered', () => {
  const connections = new Connections({ maxConnections: 9, maxConnectionsPerAddress: 9, maxPending: 2 });
  for (let host = 0; host < 20; host++) {
    const guest = new Guest(`10.0.1.${host}`);
    connections.enter(guest);
    connections.letIn(guest);
    expect(connections.addresses).toBe(1);
    guest.emit('close');
    expect(connections.addresses).toBe(0);
  }
});
