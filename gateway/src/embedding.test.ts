import { createServer, type Server } from 'node:http';
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
