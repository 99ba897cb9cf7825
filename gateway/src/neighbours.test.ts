/** A gateway on a server that others listen on as well. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as SocketIo } from 'socket.io';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { RawClient } from '../test/raw-client.ts';
import { RawWorker } from '../test/raw-worker.ts';
import { createGateway, type Gateway } from './gateway.ts';

interface Hosted {
  readonly server: Server;
  readonly gateway: Gateway;
  readonly url: string;
}

/** @param before what listens already when the gateway comes */
async function host(before: (server: Server) => void = () => undefined): Promise<Hosted> {
  const server = createServer((_, response) => response.end('site'));
  before(server);
  const gateway = createGateway({ server, store: 'memory' });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await gateway.start();
  onTestFinished(async () => {
    await gateway.stop();
    server.close();
    server.closeAllConnections();
  });
  return { server, gateway, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

let called = 0;

/** A call comes to a worker. */
async function works(url: string): Promise<void> {
  const client = await RawClient.welcomed(url, { marked: true });
  const worker = await RawWorker.welcomed(url);
  client.emit('submit', [[`${++called}`, 'add', '[2,2]', null, 0]]);
  expect(await worker.works()).toHaveLength(1);
  client.terminate();
  worker.terminate();
}

/** What comes first on a WebSocket: a message, or its end. */
function firstOf(url: string, path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`);
    socket.once('message', (data) => {
      resolve(String(data));
      socket.terminate();
    });
    socket.once('error', (error) => resolve(error.message));
  });
}

function serveFeed(server: Server): void {
  const feed = new WebSocketServer({ server, path: '/feed' });
  feed.on('connection', (socket) => socket.send('feed'));
}

/** It takes whatever comes, on any path. */
function serveEverything(server: Server): void {
  new WebSocketServer({ server }).on('connection', (socket) => socket.send('feed'));
}

describe.each([
  ['a ws server', serveFeed],
  ['a ws server of every path', serveEverything],
])('beside %s', (_, serve) => {
  test('that was there before, each has its own', async () => {
    const { url } = await host(serve);
    await works(url);
    expect(await firstOf(url, '/feed')).toBe('feed');
  });

  test('that comes later, each has its own', async () => {
    const { server, url } = await host();
    serve(server);
    await works(url);
    expect(await firstOf(url, '/feed')).toBe('feed');
  });
});

describe('beside another socket.io on the same path', () => {
  /** Its own pace, not ours. */
  const OTHER = '"pingInterval":25000';
  const PATH = '/socket.io/?EIO=4&transport=websocket';

  test.each(['before', 'later'])('that was there %s, each has its own', async (when) => {
    const serve = (server: Server): void => {
      const other = new SocketIo(server);
      onTestFinished(() => void other.close());
    };
    const { server, url } = await host(when === 'before' ? serve : undefined);
    if (when === 'later') serve(server);
    await works(url);
    expect(await firstOf(url, PATH)).toContain(OTHER);
  });

  test('a client that says nothing of the mark is ours where nobody else takes it', async () => {
    const { server, gateway, url } = await host();
    server.on('upgrade', (request, socket) => {
      if (!gateway.owns(request)) socket.destroy();
    });
    const client = await RawClient.welcomed(url);
    client.terminate();
    expect(await firstOf(url, '/nobody')).toBe('socket hang up');
  });
});

test('what nobody answers does not stay open', async () => {
  const { url } = await host();
  expect(await firstOf(url, '/nobody')).toBe('socket hang up');
});

test('once it has stopped, the server is as it was', async () => {
  const { server, gateway, url } = await host(serveFeed);
  expect(Object.hasOwn(server, 'emit')).toBe(true);
  await gateway.stop();
  expect([Object.hasOwn(server, 'emit'), server.listenerCount('upgrade')]).toEqual([false, 1]);
  expect(await firstOf(url, '/worker')).toBe('Unexpected server response: 400');
  expect(await firstOf(url, '/feed')).toBe('feed');
});

test('one that stops beneath what others have put over it passes everything on', async () => {
  const { server, gateway, url } = await host(serveFeed);
  const seen: unknown[] = [];
  const { emit } = server;
  Object.assign(server, {
    emit: (event: string, ...args: unknown[]) => {
      if (event === 'upgrade') seen.push(event);
      return Reflect.apply(emit, server, [event, ...args]);
    },
  });
  await gateway.stop();
  expect(await firstOf(url, '/feed')).toBe('feed');
  const next = createGateway({ server, store: 'memory' });
  await next.start();
  await works(url);
  await next.stop();
  expect(seen).toHaveLength(3);
});

describe('several gateways on one server', () => {
  test('live below paths of their own', async () => {
    const { server, url } = await host();
    const other = createGateway({ server, store: 'memory', path: '/celeriac' });
    await other.start();
    expect(other.url).toBe(`${url}/celeriac`);
    await works(url);
    await works(`${url}/celeriac`);
    await other.stop();
    await works(url);
    expect(await firstOf(url, '/celeriac/worker')).toBe('socket hang up');
  });

  test('on one path: the second is refused in words', async () => {
    const { server, url } = await host();
    const other = createGateway({ server, store: 'memory' });
    await expect(other.start()).rejects.toMatchObject({
      name: 'OptionError',
      option: 'path',
      message: 'another gateway on this server already answers /worker: give one of them another path',
    });
    await works(url);
  });
});

test('an upgrade of a request that a router has cut is known by where it came to', async () => {
  const { server, gateway } = await host();
  const other = createGateway({ server, store: 'memory', path: '/celeriac' });
  await other.start();
  const cut = { url: '/worker', originalUrl: '/celeriac/worker' } as unknown as IncomingMessage;
  expect([other.owns(cut), gateway.owns({ url: '/celeriac/worker' } as IncomingMessage)]).toEqual([
    true,
    false,
  ]);
  await other.stop();
});
