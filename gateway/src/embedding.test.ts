import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createGateway, type Gateway } from './gateway.ts';

let server: Server;
let gateway: Gateway;
afterEach(async () => {
  await gateway.stop();
  server.close();
});

function connect(port: number): Promise<'open' | 'ended'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/worker`);
    socket.once('open', () => {
      socket.terminate();
      resolve('open');
    });
    socket.once('error', () => resolve('ended'));
  });
}

test('a worker that comes before the gateway has started is turned away, not left waiting', async () => {
  server = createServer();
  gateway = createGateway({ server, store: 'memory' });
  server.on('upgrade', (request, socket) => {
    if (!gateway.owns(request)) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await connect(port)).toBe('ended');
  await gateway.start();
  expect(await connect(port)).toBe('open');
});

function listening(host: string): Promise<void> {
  return new Promise((resolve) => server.listen(0, host, resolve));
}

/** Every address of this machine, in both families. */
const EVERYWHERE = ['0.0.0.0', '::'];

test.each(EVERYWHERE)('a server that listens on %s is refused without keys', async (host) => {
  server = createServer();
  gateway = createGateway({ server, store: 'memory' });
  await listening(host);
  await expect(gateway.start()).rejects.toThrow(`refusing to listen on ${host} without keys`);
  expect(gateway.owns({ url: '/worker' } as IncomingMessage)).toBe(false);
});

test.each(EVERYWHERE)('a server that listens on %s only after the start ends its gateway', async (host) => {
  server = createServer();
  gateway = createGateway({ server, store: 'memory' });
  await gateway.start();
  await listening(host);
  expect((await gateway.failed).message).toContain(`refusing to listen on ${host} without keys`);
  const { port } = server.address() as AddressInfo;
  server.on('upgrade', (request, socket) => {
    if (!gateway.owns(request)) socket.destroy();
  });
  expect(await connect(port)).toBe('ended');
});

test.each([
  ['with keys', { keys: ['k'.repeat(32)] }],
  ['that is to be open', { insecure: true }],
])('a gateway %s lives on any address', async (_, options) => {
  server = createServer();
  gateway = createGateway({ server, store: 'memory', ...options });
  await listening('0.0.0.0');
  await gateway.start();
  const { port } = server.address() as AddressInfo;
  expect(await connect(port)).toBe('open');
});

test.each(['127.0.0.1', '127.0.0.2', '::1', '::ffff:127.0.0.1'])(
  'a server on %s is reached from this machine only',
  async (host) => {
    server = createServer();
    gateway = createGateway({ server, store: 'memory' });
    await listening(host);
    await gateway.start();
    expect(gateway.url).toContain('http://');
  },
);

test.each([
  ['http:', () => createServer()],
  ['https:', () => createSecureServer()],
])('a gateway on a server of %s says so in its address', async (protocol, create) => {
  server = create();
  gateway = createGateway({ server, store: 'memory', path: '/celeriac' });
  await listening('127.0.0.1');
  await gateway.start();
  expect(new URL(gateway.url)).toMatchObject({ protocol, pathname: '/celeriac' });
});
