import { request } from 'node:http';
import { connect } from 'node:net';
import { io } from 'socket.io-client';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { celeriac, makeApp, makeFolder, startGateway, startWorker } from './harness/house.ts';

function httpStatus(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.once('error', reject);
    asked.end();
  });
}

/** @returns 'open', or how the connection was refused */
function tryWorkerPath(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/worker`, { headers });
    socket.once('open', () => {
      socket.close();
      resolve('open');
    });
    socket.once('unexpected-response', (_, response) => resolve(String(response.statusCode)));
    socket.once('error', (error) => resolve(error.message));
  });
}

function tryClientPath(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const socket = io(url, {
    transports: ['websocket'],
    reconnection: false,
    extraHeaders: headers,
    auth: { protocol: { min: 1, max: 1 }, token: null },
  });
  return new Promise((resolve) => {
    socket.once('welcome', () => resolve('open'));
    socket.once('connect_error', () => resolve('refused'));
  }).then((outcome) => {
    socket.close();
    return String(outcome);
  });
}

describe('a foreign page', () => {
  const foreign = [
    ['Origin', { origin: 'https://evil.example' }],
    ['Host', { host: 'evil.example' }],
  ] as const;

  test.each(foreign)('is known by its %s on both links and on HTTP', async (_, headers) => {
    const gateway = await startGateway({ store: 'memory' });
    expect(await httpStatus(`${gateway.url}/healthz`, headers)).toBe(403);
    expect(await tryWorkerPath(gateway.url, headers)).toBe('403');
    expect(await tryClientPath(gateway.url, headers)).toBe('refused');
  });

  test('of a listed origin, or the gateway’s own, is let in', async () => {
    const gateway = await startGateway({
      store: 'memory',
      flags: ['--allow-origin', 'https://good.example'],
    });
    for (const origin of ['https://good.example', gateway.url]) {
      expect(await httpStatus(`${gateway.url}/readyz`, { origin })).toBe(200);
      expect(await tryWorkerPath(gateway.url, { origin })).toBe('open');
      expect(await tryClientPath(gateway.url, { origin })).toBe('open');
    }
  });
});

test('another address than loopback wants keys', async () => {
  const gateway = celeriac(
    ['gateway', '--host', '0.0.0.0', '--port', '0', '--store', 'memory'],
    makeFolder(),
  );
  expect((await gateway.exited).code).toBe(2);
  expect(gateway.errors.trim().split('\n')).toHaveLength(1);
  expect(gateway.errors).toMatch(/0\.0\.0\.0/);
});

test('with keys, a token lets in and decides what may be called', async () => {
  const key = 'k'.repeat(32);
  const gateway = await startGateway({ store: 'memory', flags: ['--key', key] });
  const mint = async (...scopes: string[]): Promise<string> => {
    const flags = scopes.flatMap((scope) => ['--scope', scope]);
    const child = celeriac(['token', '--key', key, ...flags], makeFolder());
    const token = await child.line(/^ey/);
    await child.exited;
    return token;
  };
  const worker = await mint('work:*', 'call:*', 'read:*');
  await startWorker(gateway.url, { flags: ['--token', worker] });
  const caller = await mint('call:add');
  const app = makeApp(gateway.url, { token: () => caller });
  expect(await app.tasks.add.delay(2, 2).get({ timeout: 60 })).toBe(4);
  await expect(app.tasks.noop.delay(1).accepted).rejects.toMatchObject({ name: 'NotAcceptedError' });
  const stranger = makeApp(gateway.url, { acceptTimeout: 1 }).tasks.add.delay(1, 1);
  await expect(stranger.accepted).rejects.toMatchObject({ name: 'NotAcceptedError' });
});

/** Writes raw bytes and waits for the connection's end. @returns what came back */
function sendRaw(url: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (bytes) => {
      answer += bytes.toString();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(answer));
  });
}

test('a path that is no URL, and an upgrade that is nobody’s, are answered and ended', async () => {
  const gateway = await startGateway({ store: 'memory' });
  const { host } = new URL(gateway.url);
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  expect(await sendRaw(gateway.url, `GET // HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 404/,
  );
  expect(await sendRaw(gateway.url, `GET // HTTP/1.1\r\nHost: ${host}\r\n${upgrade}\r\n`)).toBe('');
  expect(await sendRaw(gateway.url, `GET /elsewhere HTTP/1.1\r\nHost: ${host}\r\n${upgrade}\r\n`)).toBe('');
  expect(await httpStatus(`${gateway.url}/readyz`, {})).toBe(200);
});

describe('garbage', () => {
  const garbage = [
    '',
    'null',
    '{}',
    '[]',
    '["settled"]',
    '["hello",{}]',
    '["no-such-frame",1]',
    '[["deep"]]',
    '\u0000',
  ];

  test('from a worker costs only its sender', async () => {
    const gateway = await startGateway({ store: 'memory' });
    await startWorker(gateway.url);
    const app = makeApp(gateway.url);
    const closed = await Promise.all(
      garbage.map(
        (text) =>
          new Promise<number>((resolve) => {
            const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/worker`);
            socket.on('error', () => undefined);
            socket.once('open', () => socket.send(text));
            socket.once('close', resolve);
          }),
      ),
    );
    expect(closed.every((code) => code >= 4_400)).toBe(true);
    expect(await app.tasks.add.delay(2, 2).get({ timeout: 60 })).toBe(4);
  });

  test('from a client costs only its sender', async () => {
    const gateway = await startGateway({ store: 'memory' });
    await startWorker(gateway.url);
    const app = makeApp(gateway.url);
    for (const body of [null, {}, [[]], [[1, 2, 3]], [['id', 'add', 7, null, 0]], 'text']) {
      const socket = io(gateway.url, {
        transports: ['websocket'],
        reconnection: false,
        auth: { protocol: { min: 1, max: 1 }, token: null },
      });
      await new Promise<void>((resolve) => socket.once('welcome', () => resolve()));
      const ended = new Promise<string>((resolve) => socket.once('disconnect', resolve));
      const told = new Promise<{ code: string }>((resolve) => socket.once('refused', resolve));
      socket.emit('submit', body);
      expect((await told).code).toBe('BAD_FRAME');
      expect(await ended).toBe('io server disconnect');
    }
    expect(await app.tasks.add.delay(2, 2).get({ timeout: 60 })).toBe(4);
  });
});
