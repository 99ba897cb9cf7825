import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { GatewaySocket, type SocketEnd } from './gateway-socket.ts';
import { refusalOfEnd } from './refusal.ts';

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

/** How a dial ends that is answered with 403. */
function turnedAway(headers: Readonly<Record<string, string>>): Promise<SocketEnd> {
  server.options.verifyClient = (_info, answer) => answer(false, 403, 'no', { ...headers });
  return new Promise((closed) => {
    new GatewaySocket(url, { opened: () => undefined, received: () => undefined, closed });
  });
}

test.each([{}, { 'celeriac-refusal': '%' }, { 'celeriac-refusal': '{"code":5}' }])(
  'an HTTP answer of something on the way is not the gateway’s: %j',
  async (headers) => {
    const ended = await turnedAway(headers);
    expect(ended).toMatchObject({
      code: 1006,
      refusal: undefined,
      reason: 'the server answered 403 instead of opening a WebSocket',
    });
    expect(refusalOfEnd(ended, undefined, false)).toBeUndefined();
  },
);

test('an HTTP answer of the gateway tells why, and that is a verdict', async () => {
  const said = { code: 'BAD_HOST', message: "host 'a' is not one of: b", retryAfterMs: null };
  const ended = await turnedAway({ 'celeriac-refusal': encodeURIComponent(JSON.stringify(said)) });
  expect(ended).toMatchObject({ refusal: said, reason: said.message });
  expect(refusalOfEnd(ended, undefined, true)).toMatchObject({ code: 'BAD_HOST', message: said.message });
});

test('a gateway that is full is no verdict', async () => {
  const said = { code: 'TOO_MANY_CONNECTIONS', message: 'at most 5 connections', retryAfterMs: 1_000 };
  const ended = await turnedAway({ 'celeriac-refusal': encodeURIComponent(JSON.stringify(said)) });
  expect(ended.reason).toBe(said.message);
  expect(refusalOfEnd(ended, undefined, false)).toBeUndefined();
});
