import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { GatewaySocket, type SocketEnd } from './gateway-socket.ts';

let server: WebSocketServer;
let url: string;
beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  url = `ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterEach(async () => {
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => server.close(resolve));
});

interface Connected {
  readonly socket: GatewaySocket;
  readonly peer: WebSocket;
  readonly ended: Promise<SocketEnd>;
}

async function connect(): Promise<Connected> {
  const accepted = once(server, 'connection');
  const events = new EventEmitter();
  const ended = new Promise<SocketEnd>((resolve) => events.once('closed', resolve));
  const opened = once(events, 'opened');
  const socket = new GatewaySocket(url, {
    opened: () => void events.emit('opened'),
    received: () => undefined,
    closed: (end) => void events.emit('closed', end),
  });
  const [[peer]] = await Promise.all([accepted, opened]);
  return { socket, peer, ended };
}

test('frames that the kernel takes are written before write returns', async () => {
  const { socket, peer } = await connect();
  const received = once(peer, 'message');
  let written = 0;
  socket.write(['one', 'two'], () => written++);
  expect(written).toBe(1);
  const [first] = await received;
  expect(String(first)).toBe('one');
  expect(written).toBe(1);
});

test('frames that the kernel does not take are written when the peer has read them', async () => {
  const { socket, peer } = await connect();
  peer.pause();
  const large = 'x'.repeat(16 * 1024 * 1024);
  const order: string[] = [];
  const drained = new Promise<void>((resolve) => {
    socket.write([large], () => void order.push('large'));
    socket.write(['small'], () => {
      order.push('small');
      resolve();
    });
  });
  expect(order).toEqual([]);
  expect(socket.backlog).toBeGreaterThan(0);
  peer.resume();
  await drained;
  expect(order).toEqual(['large', 'small']);
});

test('frames on a socket that broke are never written', async () => {
  const { socket, peer, ended } = await connect();
  peer.pause();
  let written = 0;
  socket.write(['x'.repeat(16 * 1024 * 1024)], () => written++);
  socket.terminate('broken');
  socket.write(['after'], () => written++);
  expect((await ended).reason).toBe('broken');
  expect(written).toBe(0);
});

test('an HTTP answer in the place of a WebSocket tells its status', async () => {
  server.options.verifyClient = (_info, answer) => answer(false, 403, 'no');
  const ended = await new Promise<SocketEnd>((resolve) => {
    new GatewaySocket(url, { opened: () => undefined, received: () => undefined, closed: resolve });
  });
  expect(ended).toMatchObject({ code: 1006, status: 403 });
});
